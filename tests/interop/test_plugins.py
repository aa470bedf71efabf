"""Debian's monitoring-plugins as checks, from the folder and from config.toml."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sttelnet.config import CheckConfig
from sttelnet.health import Check, State
from sttelnet.health.runner import run_program
from sttelnet.server import Server
from tests.daemon import config_with, daemon
from tests.required import missing

pytestmark = pytest.mark.interop

PLUGINS = Path("/usr/lib/nagios/plugins")
HANG = 20.0


def plugin(name: str) -> str:
    """Return a plugin's path; skip where it is not installed, unless the machine is said to have all peers."""
    path = PLUGINS / name
    return str(path) if path.exists() else missing(f"{path} is not installed")


@asynccontextmanager
async def serving(folder: Path, checks: dict[str, CheckConfig], scripts: dict[str, str]) -> AsyncIterator[Server]:
    config = msgspec.structs.replace(config_with(), checks=checks)
    async with daemon(folder, {"root": "hello", **scripts}, config) as server:
        yield server


async def ran(server: Server, name: str, state: State) -> Check:
    """Wait until a check has that state."""
    async with asyncio.timeout(HANG):
        while True:
            check = server.checks.find(name)
            if check is not None and check.ran_at and check.state is state:
                return check
            await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("name", "arguments", "label"),
    [
        ("check_disk", ("-w", "1%", "-c", "0%", "-p", "/"), "/"),
        ("check_load", ("-w", "900,900,900", "-c", "999,999,999"), "load1"),
        ("check_procs", ("-w", "1:90000", "-c", "1:99999"), "procs"),
    ],
)
async def test_what_a_plugin_says_of_the_host_is_read_whole(
    name: str, arguments: tuple[str, ...], label: str, tmp_path: Path
) -> None:
    checks = {"it": CheckConfig(command=(plugin(name), *arguments), interval=1)}
    async with serving(tmp_path, checks, {}) as server:
        check = await ran(server, "it", State.OK)
        assert check.result.broken == ()
        figure = check.result.figure(label)
        assert figure is not None
        assert figure.critical is not None
        assert not figure.critical.alerts(figure.value)


async def test_a_port_that_is_closed_turns_the_check_critical_and_well_again_when_it_opens(tmp_path: Path) -> None:
    listening = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    command = (plugin("check_tcp"), "-H", "127.0.0.1", "-p", str(port))
    checks = {"web": CheckConfig(command=command, interval=1, retry_interval=1, retries=2)}
    async with serving(tmp_path, checks, {}) as server:
        await ran(server, "web", State.OK)
        listening.close()
        check = await ran(server, "web", State.CRITICAL)
        assert "refused" in check.result.text.lower()
        async with await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", port):
            await ran(server, "web", State.OK)


async def test_a_plugin_in_the_folder_is_a_check(tmp_path: Path) -> None:
    script = f"#!/bin/sh\nexec {plugin('check_dummy')} 1 'half full'\n"
    async with serving(tmp_path, {}, {"checks/dummy.sh": script}) as server:
        check = await ran(server, "dummy", State.WARNING)
        assert check.result.text == "WARNING: half full"


async def test_a_plugin_used_wrongly_is_unknown_with_what_it_says() -> None:
    run = await run_program((plugin("check_load"), "-w"), HANG)
    assert (run.result.state, run.status) == (State.UNKNOWN, 3)
