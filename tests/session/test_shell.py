"""The command shell on a client's line, with a real shell on a real pty."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import psutil
import pytest

from sttelnet.charset import Charset
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.store import Entry
from tests.daemon import LINE_MODE, config_with, daemon, dial
from tests.shell_site import (
    PROMPT,
    SITE,
    alive,
    command,
    eventually,
    in_shell,
    log_in,
    open_shell,
    own_memory,
    pid_of,
    shells,
)

if sys.platform == "win32":
    pytest.skip("a pty is POSIX's", allow_module_level=True)

KEY = "\x1d"


async def rows(server: Server, event: str) -> list[Entry]:
    return [entry for entry in await server.services.store.audit.latest(20) if entry.event == event]


async def enrol(server: Server) -> None:
    """Give ada a second factor, as she would on the page settings/factor."""
    ada = await server.members.get("ada")
    assert ada is not None
    assert isinstance(await server.members.factors.enrol(ada, b"1" * 20, 1, ""), list)
    server.hub.account_changed(ada.id)


# What a shell is for


async def test_commands_run_and_the_end_is_said_on_the_page_before(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        assert "\r\n42\r\n" in await command(peer, "echo $((6*7))")
        await peer.line("exit 3")
        await peer.until("The shell has ended: exit status 3")
        assert "the root page" in peer.shown()


async def test_one_row_of_the_audit_tells_of_a_shell(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        await peer.line("exit 3")
        await peer.until("The shell has ended")
        (row,) = await rows(server, "shell ended")
    assert (row.who, row.peer) == ("ada", "127.0.0.1")
    assert row.detail.startswith("/bin/sh: exited with status 3 after 0 s, ")
    assert "bytes typed" in row.detail


async def test_a_program_killed_by_a_signal_has_the_status_shells_give_it(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        await peer.line("kill -9 $$")
        await peer.until("exit status 137")


async def test_the_window_is_known_before_the_start_and_followed(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server, size=(101, 33)) as peer:
        assert "33 101" in await command(peer, "stty size")
        await peer.line("sh -c 'trap \"stty size\" WINCH; while :; do sleep 0.05; done'")
        await asyncio.sleep(0.3)
        await peer.resize(64, 20)
        await peer.until("20 64")


async def test_a_window_that_changed_meanwhile_leaves_what_is_said_at_the_end(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        await peer.resize(100, 30)
        await command(peer, "true")
        await peer.line("exit")
        await peer.until("The shell has ended")
        await peer.quiet(0.5)
        assert "The shell has ended" in peer.shown()


async def test_ctrl_c_stops_what_floods_the_line(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        await peer.line("yes")
        await peer.until("y\r\ny\r\ny\r\n")
        await peer.send("\x03")
        await peer.until(PROMPT)
        assert "done" in await command(peer, "echo do''ne")


async def test_an_interrupt_command_of_telnet_is_ctrl_c(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        shell = await pid_of(peer)
        await peer.line("sleep 60")
        await eventually(lambda: [child.name() for child in shell.children()] == ["sleep"])
        await peer.send(b"\xff\xf4")
        await peer.until(PROMPT)


async def test_a_cp437_client_sees_boxes_and_types_accents(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("┌──┐ é\n", encoding="utf-8")
    async with shells(tmp_path) as server, in_shell(server, "syncterm", charset=Charset.CP437) as peer:
        assert "┌──┐ é" in await command(peer, "cat box")
        assert "303 251" in await command(peer, "printf é | od -An -to1")
        assert b"\xda\xc4\xc4\xbf \x82" in peer.raw


async def test_backspace_of_a_cp437_client_deletes(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server, "syncterm", charset=Charset.CP437) as peer:
        await peer.line("read line; echo got-$line.")
        await peer.line("ab\x08c")
        await peer.until("got-ac.")


async def test_a_client_that_knows_no_telnet_has_a_shell_too(tmp_path: Path) -> None:
    site = {**SITE, "root": SITE["root"] + "\n"}
    async with shells(tmp_path, site) as server, dial(server, "", frozenset()) as peer:
        await peer.until("? ")
        await peer.send("l\n")
        await peer.until("name: ")
        await peer.send("ada\n")
        await peer.until("? ")
        await open_shell(peer)
        await peer.send("echo $TERM $((6*7))\n")
        await peer.until("dumb 42")


async def test_a_line_mode_client_has_a_shell_too(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, dial(server, "xterm", LINE_MODE) as peer:
        await peer.until("? ")
        await peer.send("l\r\n")
        await peer.until("name: ")
        await peer.send("ada\r\n")
        await peer.until("? ")
        await peer.send("x\r\n")
        await peer.until(PROMPT)
        await peer.send("echo $((6*7))\r\n")
        await peer.until("42\r\n")


# What a program gets


async def test_nothing_of_the_daemon_s_environment_reaches_a_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STTELNET_SECRET", "hunter2")
    async with shells(tmp_path) as server, in_shell(server, "xterm") as peer:
        told = await command(peer, "env | grep -v PS1")
    assert "hunter2" not in told
    assert "TERM=xterm\r\n" in told
    assert "PYTHON" not in told


async def test_a_shell_starts_where_the_site_says(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        assert str(tmp_path) in await command(peer, "pwd")


async def test_a_shell_that_cannot_be_started_is_told_of(tmp_path: Path) -> None:
    async with shells(tmp_path, command=("/bin/nosuch",)) as server, dial(server) as peer:
        await log_in(peer)
        await peer.send("x")
        await peer.until("The shell could not be started.")
        (row,) = await rows(server, "shell ended")
        assert row.detail.startswith("/bin/nosuch: failed")


# Who may


async def test_a_shell_that_is_not_enabled_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with shells(tmp_path, enabled=False) as server, dial(server) as peer:
        await log_in(peer)
        await peer.send("x")
        await peer.until("The shell is not enabled on this host")
        (row,) = await rows(server, "refused")
        assert row.who == "ada"


async def test_a_member_is_refused_with_the_reason(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, dial(server) as peer:
        await log_in(peer, "mia")
        await peer.send("x")
        await peer.until("The shell is for admins on this host.")
        assert [row.who for row in await rows(server, "refused")] == ["mia"]


async def test_an_admin_on_an_open_line_is_refused_with_the_reason(tmp_path: Path) -> None:
    config = config_with(shell={"enabled": True, "command": ("/bin/sh",)}, server={"trusted_loopback": False})
    async with daemon(tmp_path, SITE, config) as server, dial(server) as peer:
        await server.members.register("ada", "correct horse", "127.0.0.1")
        await server.members.set_role("ada", Role.ADMIN)
        await log_in(peer)
        await peer.send("x")
        await peer.until("The shell needs a line that nobody else can read")


async def test_a_site_may_allow_open_lines_and_other_roles(tmp_path: Path) -> None:
    shell = {"enabled": True, "command": ("/bin/sh",), "insecure": True, "role": "member", "environment": ("PS1=$> ",)}
    config = config_with(shell=shell, server={"trusted_loopback": False})
    async with daemon(tmp_path, SITE, config) as server, dial(server) as peer:
        await server.members.register("mia", "correct horse", "127.0.0.1")
        await log_in(peer, "mia")
        await open_shell(peer)


# How it ends


@pytest.mark.parametrize("role", ["operator", "admin"])
async def test_where_others_reach_the_daemon_a_shell_needs_a_second_factor(tmp_path: Path, role: str) -> None:
    async with shells(tmp_path, role=role) as server, dial(server) as peer:
        server.members.all_loopback = False
        await log_in(peer)  # through the site's own handler, which asks for no factor
        if role == "operator":
            await server.members.set_role("ada", Role.OPERATOR)
        await peer.send("x")
        await peer.until("The shell needs a second factor here")
        (row,) = await rows(server, "refused")
        assert (row.who, row.detail.startswith("shell: ")) == ("ada", True)
        assert await rows(server, "shell opened") == []
        await enrol(server)
        await peer.send("x")
        await peer.until(PROMPT)


async def test_a_guest_has_no_shell_where_a_second_factor_is_demanded_and_has_one_where_none_is(
    tmp_path: Path,
) -> None:
    async with shells(tmp_path, role="guest") as server, dial(server) as peer:
        server.members.all_loopback = False
        await peer.until("? ")
        await peer.send("x")
        await peer.until("The shell needs a second factor here")
        server.members.config = config_with(members={"second_factor": "never"}).members
        await peer.send("x")
        await peer.until(PROMPT)


async def test_who_takes_the_second_factor_away_loses_the_shell(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, dial(server) as peer:
        server.members.all_loopback = False
        await log_in(peer)
        await enrol(server)
        await open_shell(peer)
        await server.members.factors.turn_off("ada")
        server.hub.account_changed()
        await peer.until("You may no longer use the shell")


async def test_a_client_that_hangs_up_takes_all_it_started_along(tmp_path: Path) -> None:
    async with shells(tmp_path) as server:
        async with in_shell(server) as peer:
            shell = await pid_of(peer)
            await command(peer, "(trap '' HUP TERM; sleep 600) & nohup sleep 601 >/dev/null 2>&1 &")
            await peer.line("sleep 602")
            await eventually(lambda: len(shell.children(recursive=True)) >= 3)
            family = [shell, *shell.children(recursive=True)]
        await eventually(lambda: not any(map(alive, family)))
        await eventually(lambda: not list(server.hub))
        (row,) = await rows(server, "shell ended")
        assert "hung up" in row.detail


async def test_a_hang_up_is_seen_while_the_program_takes_no_input(tmp_path: Path) -> None:
    async with shells(tmp_path) as server:
        async with in_shell(server) as peer:
            shell = await pid_of(peer)
            await command(peer, "stty raw -echo")
            await peer.send("sleep 600\n")
            await eventually(lambda: bool(shell.children()))
            await peer.send(b"z" * 30_000)
            await asyncio.sleep(0.3)
        await eventually(lambda: not alive(shell))


async def test_a_hang_up_behind_more_than_is_kept_for_a_deaf_program_is_seen(tmp_path: Path) -> None:
    async with shells(tmp_path) as server:
        async with in_shell(server) as peer:
            shell = await pid_of(peer)
            await command(peer, "stty raw -echo")
            await peer.send("sleep 600\n")
            await eventually(lambda: bool(shell.children()))
            await peer.send(b"z" * 1_000_000)
            await asyncio.sleep(0.3)
        await eventually(lambda: not alive(shell), 30)


async def test_much_that_is_pasted_arrives_whole_where_the_program_reads(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        await peer.line("stty raw -echo; printf g''o; head -c 1000000 | cksum; stty sane")
        await peer.until("go")
        await peer.send(b"0123456789" * 100_000)
        await peer.until(" 1000000")


async def test_the_key_leaves_after_a_question_and_ends_what_runs(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        shell = await pid_of(peer)
        await peer.line("sleep 600")
        await peer.send(KEY)
        await peer.until("Leave the shell")
        await peer.send("y")
        await peer.until("You left the shell")
        await eventually(lambda: not alive(shell))
        assert "the root page" in peer.shown()


async def test_another_answer_goes_on_and_the_question_is_gone(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        await peer.send(KEY)
        await peer.until("Leave the shell")
        await peer.send("n")
        await command(peer, "echo go''es on")
        assert "goes on" in peer.shown()
        assert "Leave the shell" not in peer.shown()


async def test_the_key_pressed_twice_reaches_the_program(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        await peer.line("stty -echo -icanon; head -c1 | od -An -tx1; stty echo icanon")
        await asyncio.sleep(0.3)
        await peer.send(KEY + KEY)
        await peer.until("1d")


async def test_a_site_may_have_another_key_or_none(tmp_path: Path) -> None:
    async with shells(tmp_path, escape="Ctrl-A") as server, in_shell(server) as peer:
        await peer.send("\x01")
        await peer.until("Ctrl-A: type it")
    async with shells(tmp_path, escape="") as server, in_shell(server) as peer:
        await peer.send(KEY)
        assert "Leave the shell" not in await command(peer, "")


async def test_a_shell_without_a_key_pressed_is_ended(tmp_path: Path) -> None:
    async with shells(tmp_path, idle_timeout=1.5) as server, in_shell(server) as peer:
        shell = await pid_of(peer)
        await peer.line("while :; do echo busy; sleep 0.1; done")
        await peer.until("No key was pressed for too long")
        assert not alive(shell)


async def test_who_loses_the_role_loses_the_shell(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        shell = await pid_of(peer)
        await server.members.set_role("ada", Role.MEMBER)
        server.hub.account_changed()
        await peer.until("You may no longer use the shell")
        await eventually(lambda: not alive(shell))


async def test_who_is_locked_is_hung_up_on(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        shell = await pid_of(peer)
        await server.members.set_locked("ada", True)
        server.hub.account_changed()
        await peer.rest()
        await eventually(lambda: not alive(shell))


async def test_a_daemon_that_stops_ends_its_shells(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        shell = await pid_of(peer)
        await peer.line("trap '' HUP TERM; sleep 600")
        server.stop()
        assert "going down" in await peer.rest()
        assert not alive(shell)


async def test_a_page_is_seen_again_whatever_a_program_did_to_the_terminal(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        await peer.line(r"printf '\033[?1049h\033[?25l\033[5;10r\033[?1h\033[41m'; kill -9 $$")
        await peer.until("exit status 137")
        assert "the root page" in peer.shown()
        last = peer.raw[-4000:]
        for undone in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[r", b"\x1b[?1l"):
            assert undone in last


# What a shell does to others


async def test_messages_wait_until_the_shell_is_left(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        (desk,) = list(server.hub)
        desk.notice("psst")
        assert "psst" not in await command(peer, "echo hello")
        await peer.line("exit")
        await peer.until("psst")


async def test_who_is_on_tells_who_is_in_a_shell(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server):
        (desk,) = list(server.hub)
        await eventually(lambda: desk.presence().doing == "in the shell")


async def test_a_client_that_reads_nothing_holds_the_program_up_and_costs_no_memory(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer, dial(server) as other:
        shell = await pid_of(peer)
        await peer.line("yes")
        await peer.until("y\r\ny\r\n")
        await asyncio.sleep(1.0)
        before = own_memory()
        (yes,) = shell.children()
        used = yes.cpu_times().user
        await asyncio.sleep(1.0)
        assert yes.cpu_times().user - used < 0.5
        assert own_memory() - before < 4 * 1024 * 1024
        await other.until("the root page")
        await peer.send("\x03")
        await peer.until(PROMPT)


async def test_the_shell_s_output_is_whole(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, in_shell(server) as peer:
        told = await command(peer, "seq 1 100000; echo")
    numbers = [line for line in told.split("\r\n") if line.isdecimal()]
    assert numbers == [str(n) for n in range(1, 100_001)]


async def test_nothing_is_left_of_many_shells(tmp_path: Path) -> None:
    async with shells(tmp_path) as server, dial(server) as peer:
        await log_in(peer)
        this = psutil.Process()
        files = this.num_fds()
        for _ in range(5):
            await open_shell(peer)
            await peer.line("exit")
            await peer.until("The shell has ended")
        assert this.num_fds() <= files + 1
        assert not [child for child in this.children() if child.name() == "sh"]
