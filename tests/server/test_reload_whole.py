"""A reload: config, scripts and handlers together, or none of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from sttelnet.config import AreaConfig, Config
from sttelnet.errors import ConfigError
from sttelnet.role import Role
from sttelnet.server import Server
from tests.daemon import config_with, daemon, dial

STILL = {"reload": False}  # edits wait for the reload
BEFORE = {"root": '{% get:Word %} page one\n{% key:refresh("r") %}', "h.py": "def Word(client):\n    return 'old'\n"}
NEW_PAGE = '{% get:Word %} page two\n{% key:refresh("r") %}'
NEW_WORD = "def Word(client):\n    return 'new'\n"


def will_read(server: Server, config: Config | Exception) -> None:
    """Have the next reload find this config.toml."""

    def read() -> Config:
        if isinstance(config, Exception):
            raise config
        return config

    server._plan = server._reload._plan = replace(server._plan, config_reload=read)


def edit(tmp_path: Path, page: str = NEW_PAGE, module: str = NEW_WORD) -> None:
    (tmp_path / "scripts/root.txt").write_text(page)
    (tmp_path / "scripts/h.py").write_text(module)


async def test_config_scripts_and_handlers_are_switched_together(tmp_path: Path) -> None:
    async with daemon(tmp_path, BEFORE, config_with(scripts=STILL)) as server, dial(server) as peer:
        await peer.until("old page one")
        edit(tmp_path)
        after = config_with(scripts=STILL, server={"max_sessions": 7}, people={"chat": "admin"})
        will_read(server, after)
        assert await server.reload() == []
        assert server.services.config is after
        await peer.until("new page two")


async def test_a_shell_that_is_opened_to_others_demands_a_second_factor_of_them_at_once(tmp_path: Path) -> None:
    wide = config_with(shell={"enabled": True, "role": "operator"})
    async with daemon(tmp_path, BEFORE, config_with()) as server:
        server.members.all_loopback = False
        assert not server.members.factors.demanded_of(Role.OPERATOR)
        will_read(server, wide)
        assert await server.reload() == []
        assert server.members.factors.demanded_of(Role.OPERATOR)
        assert not server.members.factors.demanded_of(Role.MEMBER)


BROKEN_PAGE = "{% get:Nobody %}"
BROKEN_MODULE = NEW_WORD + "\n1/0\n"
NO_WORD = "def Other(client):\n    return 'new'\n"


@pytest.mark.parametrize(
    ("page", "module", "config", "reason"),
    [
        (BROKEN_PAGE, NEW_WORD, None, 'scripts/root.txt:1:8: unknown handler "Nobody"'),
        (NEW_PAGE, BROKEN_MODULE, None, "scripts/h.py:4:1: cannot load: ZeroDivisionError"),
        (NEW_PAGE, NO_WORD, None, 'unknown handler "Word"'),
        (NEW_PAGE, NEW_WORD, ConfigError(["config.toml:3: server.prot: unknown key"]), "config.toml:3: server.prot"),
        (NEW_PAGE, NEW_WORD, PermissionError(13, "Permission denied", "config.toml"), "Permission denied"),
    ],
)
async def test_where_anything_is_wrong_nothing_changes_and_the_reason_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, page: str, module: str, config: Exception | None, reason: str
) -> None:
    taken: list[Config] = []
    async with daemon(tmp_path, BEFORE, config_with(scripts=STILL)) as server, dial(server) as peer:
        await peer.until("old page one")
        server._plan = server._reload._plan = replace(server._plan, config_taken=taken.append)
        before = server.services.config
        edit(tmp_path, page, module)
        will_read(server, config or config_with(scripts=STILL, server={"max_sessions": 7}))
        assert any(reason in problem for problem in await server.reload())
        assert "not reloaded: " in caplog.text
        assert reason in caplog.text
        assert server.services.config is before
        assert server.members.config is before.members
        assert taken == []
        await peer.send("r")
        await peer.until("old page one")
        assert await peer.quiet() == ""
        # … and once it is mended, everything counts.
        edit(tmp_path)
        after = config_with(scripts=STILL, server={"max_sessions": 8})
        will_read(server, after)
        assert await server.reload() == []
        assert server.services.config is after
        await peer.until("new page two")


async def test_both_a_broken_config_and_a_broken_page_are_told_at_once(tmp_path: Path) -> None:
    async with daemon(tmp_path, BEFORE, config_with(scripts=STILL)) as server:
        edit(tmp_path, BROKEN_PAGE)
        will_read(server, ConfigError(["config.toml:3: server.prot: unknown key"]))
        problems = " ".join(await server.reload())
        assert "server.prot" in problems
        assert "Nobody" in problems


async def test_an_area_that_cannot_be_served_keeps_the_whole_reload_back(tmp_path: Path) -> None:
    async with daemon(tmp_path, BEFORE, config_with(scripts=STILL)) as server, dial(server) as peer:
        await peer.until("old page one")
        edit(tmp_path)
        will_read(server, config_with(scripts=STILL, files={"areas": {"bad": AreaConfig(directory="scripts")}}))
        [problem] = await server.reload()
        assert 'area "bad" is not served' in problem
        assert [one.name for one in server.areas.visible(Role.ADMIN)] == ["public"]
        assert server.operations.config_problems() == [problem]


async def test_two_reloads_at_once_come_one_after_the_other(tmp_path: Path) -> None:
    async with daemon(tmp_path, BEFORE, config_with(scripts=STILL)) as server:
        edit(tmp_path)
        assert list(await asyncio.gather(server.reload(), server.reload())) == [[], []]


async def test_registration_stays_closed_where_the_listeners_are_those_of_the_start(tmp_path: Path) -> None:
    config = config_with(server={"listen": ("0.0.0.0",)})
    async with daemon(tmp_path, BEFORE, config) as server:
        assert not server.members.all_loopback
        will_read(server, config_with())
        await server.reload()
        assert not server.members.all_loopback
