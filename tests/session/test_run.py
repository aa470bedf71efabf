"""Commands that script files name, with real commands."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from sttelnet.handlers import HANDLERS
from sttelnet.role import Role
from sttelnet.script import check, parse
from sttelnet.server import Server
from sttelnet.store import Entry
from tests.daemon import LINE_MODE, config_with, daemon, dial
from tests.shell_site import MODULE, WORD, alive, eventually, log_in

if sys.platform == "win32":
    pytest.skip("the commands are POSIX's", allow_module_level=True)

ROOT = '{% page:Prompt("? "); key:login("l"); key:page("p"); key:post("r"); key:sure("s") %}'
LOG_IN = '{% page:Prompt("name: "); set:Enter %}'


def site(get: str = "echo printed", post: str = "echo run", arguments: str = "") -> dict[str, str]:
    return {
        "root": f"the root page\n{ROOT}",
        "login": LOG_IN,
        "page": f'above\n{{% get:STRun("{get}"{arguments}) %}}\nbelow\n{{% page:Prompt("> "); key:root("q") %}}',
        "post": f'the post page\n{{% post:STRun("{post}"); page:Prompt("> "); key:root("q") %}}',
        "sure": f'the sure page\n{{% post:STRun("{post}", confirm="yes"); page:Prompt("> "); key:root("q") %}}',
        "h.py": MODULE,
    }


@asynccontextmanager
async def runs(folder: Path, scripts: dict[str, str], **keys: object) -> AsyncIterator[Server]:
    config = config_with(run={"enabled": True, **keys})
    async with daemon(folder, scripts, config) as server:
        for name, role in (("olga", Role.OPERATOR), ("mia", Role.MEMBER)):
            await server.members.register(name, WORD, "127.0.0.1")
            await server.members.set_role(name, role)
        yield server


async def rows(server: Server, event: str) -> list[Entry]:
    return [entry for entry in await server.services.store.audit.latest(20) if entry.event == event]


# On a page


async def test_a_page_shows_what_a_command_writes(tmp_path: Path) -> None:
    async with runs(tmp_path, site("echo one; echo two >&2")) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("p")
        await peer.until("below")
        assert "above\none\ntwo\nbelow" in peer.shown()


async def test_only_its_first_lines_are_shown_cut_to_the_window(tmp_path: Path) -> None:
    scripts = site("seq 1 100; printf '%0200d' 0", arguments=", lines=3")
    async with runs(tmp_path, scripts) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("p")
        await peer.until("below")
        assert "above\n1\n2\n… 99 lines more\nbelow" in peer.shown()


async def test_what_it_writes_can_do_nothing_to_the_terminal(tmp_path: Path) -> None:
    async with runs(tmp_path, site(r"printf '\\033[31mred\\033[2J\\007'")) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("p")
        await peer.until("below")
        assert "above\nred\nbelow" in peer.shown()


@pytest.mark.parametrize("deaf", ["", "trap '' INT TERM HUP; "], ids=["that listens", "that is deaf"])
async def test_a_command_that_takes_too_long_is_ended_and_the_page_comes_all_the_same(
    deaf: str, tmp_path: Path
) -> None:
    config = {"get_timeout": 4}
    scripts = site(f"{deaf}echo begun; exec sleep 612")
    async with daemon(tmp_path, scripts, config_with(run={"enabled": True, "role": "guest"}, scripts=config)) as server:
        async with dial(server) as peer:
            await peer.until("? ")
            await peer.send("p")
            shown = await peer.until("below")
            assert "begun\r\n[it took too long]\r\n" in shown
    assert not [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", "612"]]


async def test_it_is_run_once_for_all_and_again_when_the_time_is_over(tmp_path: Path) -> None:
    scripts = site(f"echo x >> {tmp_path}/count; sleep 0.3; wc -l < {tmp_path}/count", arguments=", seconds=2")
    async with runs(tmp_path, scripts, role="guest") as server, dial(server) as one, dial(server) as two:
        for peer in (one, two):
            await peer.until("? ")
            await peer.send("p")
        for peer in (one, two):
            await peer.until("below")
            assert "above\n1\nbelow" in peer.shown()
        await asyncio.sleep(2.1)
        await one.send("q")
        await one.until("? ")
        await one.send("p")
        await one.until("below")
        assert "above\n2\nbelow" in one.shown()


async def test_no_more_run_at_a_time_than_allowed(tmp_path: Path) -> None:
    scripts = site(
        "true", post=f"echo begun; echo x >> {tmp_path}/at; sleep 0.5; wc -l < {tmp_path}/at; echo > {tmp_path}/at"
    )
    async with runs(tmp_path, scripts, role="guest", at_once=1) as server, dial(server) as one, dial(server) as two:
        for peer in (one, two):
            await peer.until("? ")
            await peer.send("r")
        await one.until("Enter returns.")
        await one.line("")
        await two.until("begun")


# Watched


async def test_a_command_is_watched_and_its_end_is_said(tmp_path: Path) -> None:
    async with runs(tmp_path, site(post="echo one; sleep 0.2; echo two; exit 3")) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("r")
        assert "Exit status 3 after 0." in await peer.until("Enter returns.")
        assert "one\ntwo\n" in peer.shown()
        await peer.line("")
        await peer.until("the post page")
        (row,) = await rows(server, "run")
        assert row.who == "olga"
        assert row.detail.startswith("echo one; sleep 0.2; echo two; exit 3: exit status 3 after 0.")


async def test_something_moves_while_it_is_silent_and_leaves_no_trace(tmp_path: Path) -> None:
    async with runs(tmp_path, site(post="sleep 2; echo done")) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("r")
        assert "\b/" in await peer.until("Enter returns.")
        assert "\ndone\n" in peer.shown()


async def test_a_client_without_cursor_control_sees_nothing_move(tmp_path: Path) -> None:
    async with (
        runs(tmp_path, site(post="sleep 1; echo done"), role="guest") as server,
        dial(server, "", LINE_MODE) as peer,
    ):
        await peer.until("? ")
        await peer.send("r\r\n")
        assert "\b" not in await peer.until("Enter returns.")


async def test_ctrl_c_interrupts_it(tmp_path: Path) -> None:
    async with runs(tmp_path, site(post="echo begun; sleep 600")) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("r")
        await peer.until("\r\nbegun")
        await peer.send("\x03")
        await peer.until("Exit status 130")


async def test_a_client_that_hangs_up_ends_it(tmp_path: Path) -> None:
    async with runs(tmp_path, site(post="echo $$; sleep 613")) as server:
        async with dial(server) as peer:
            await log_in(peer, "olga")
            await peer.send("r")
            shown = await peer.until("\r\n")
            await eventually(lambda: bool(_sleeping("613")))
        (sleeper,) = _sleeping("613")
        await eventually(lambda: not alive(sleeper))
        await eventually(lambda: not list(server.hub))
        (row,) = await rows(server, "run")
        assert "hung up" in row.detail
        del shown


def _sleeping(seconds: str) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if one.info["cmdline"] == ["sleep", seconds]]


async def test_one_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    async with runs(tmp_path, site(post="sleep 600"), timeout=1) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("r")
        await peer.until("It took too long, and was ended")


async def test_what_it_writes_past_the_limit_is_left_out(tmp_path: Path) -> None:
    async with runs(tmp_path, site(post="seq 1 100000"), output=1) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("r")
        shown = await peer.until("Enter returns.")
        assert "The rest of what it wrote is left out." in shown
        assert len(shown) < 3000


async def test_it_runs_only_for_who_types_the_word(tmp_path: Path) -> None:
    scripts = site(post=f"touch {tmp_path}/run; echo did")
    async with runs(tmp_path, scripts) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("s")
        await peer.until("Type yes to go on: ")
        await peer.line("no")
        await peer.until("Not run.")
        assert not (tmp_path / "run").exists()
        await peer.send("q")
        await peer.until("? ")
        await peer.send("s")
        await peer.until("Type yes to go on: ")
        await peer.line("YES")
        await peer.until("Exit status 0")
        assert (tmp_path / "run").exists()


# Who may


@pytest.mark.parametrize(
    ("who", "keys", "reason"),
    [
        ("olga", {"enabled": False}, "Commands are not run on this host"),
        ("mia", {}, "Commands are for operators on this host."),
        ("", {}, "Log in to see this."),
    ],
)
async def test_others_are_told_why_not(who: str, keys: dict[str, object], reason: str, tmp_path: Path) -> None:
    scripts = site(f"touch {tmp_path}/run", post=f"touch {tmp_path}/run")
    async with runs(tmp_path, scripts, **keys) as server, dial(server) as peer:
        if who:
            await log_in(peer, who)
        else:
            await peer.until("? ")
        await peer.send("p")
        await peer.until(reason)
        await peer.send("q")
        await peer.until("? ")
        await peer.send("r")
        await peer.until(reason)
        assert not (tmp_path / "run").exists()
        assert [row.who for row in await rows(server, "refused")] == [who or "GUEST"]


async def test_a_daemon_that_stops_ends_them(tmp_path: Path) -> None:
    async with runs(tmp_path, site(post="echo begun; sleep 614")) as server, dial(server) as peer:
        await log_in(peer, "olga")
        await peer.send("r")
        await peer.until("begun")
        server.stop()
        assert "going down" in await peer.rest()
        await eventually(lambda: not _sleeping("614"))


# For handlers


async def test_a_handler_has_a_shell_of_its_own(tmp_path: Path) -> None:
    module = (
        "async def Look(client):\n"
        "    async with client.command as shell:\n"
        "        await shell.run('cd /')\n"
        "        return (await shell.run('pwd; echo $TERM')).text\n"
        "def Plain(client):\n"
        "    client.command\n"
    )
    async with daemon(tmp_path, {"root": "{% get:Look %}\n{% get:Plain %}", "h.py": module}) as server:
        async with dial(server) as peer:
            assert "/\r\ndumb\r\n" in await peer.until("?")


def test_what_prints_and_what_runs_take_arguments_of_their_own() -> None:
    text = '{% get:STRun("a", seconds=3, lines=2) %}{% post:STRun("b", confirm="yes") %}'
    good = parse(text, "root", "root.txt").script
    assert good is not None
    assert check(good, HANDLERS, []) == []
    for wrong, cure in (
        ('{% get:STRun("a", confirm="yes") %}', "write get:STRun(command, seconds=0, lines=15)"),
        ('{% post:STRun("a", seconds=3) %}', "write post:STRun(command, confirm='')"),
    ):
        script = parse(wrong, "root", "root.txt").script
        assert script is not None
        (problem,) = check(script, HANDLERS, [])
        assert cure in str(problem)
