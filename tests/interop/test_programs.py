"""What programs have at hand, against a real daemon: nc, telnet driven by expect, a batch."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sttelnet.server import Server
from tests.daemon import PATIENCE, daemon
from tests.interop.test_clients import need
from tests.program import token_of

pytestmark = pytest.mark.interop

SITE = {
    "root": '{% page:Title("Start") %}\nmenu é\n{% key:who("w"); key:logoff("q") %}',
    "staff": '{% page:Role("operator"); page:Title("Staff"); page:Refresh(1) %}\n{% ansi:Color("red") %}staff │ only\n',
}
BODY = "staff │ only\r\n"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with daemon(tmp_path, {**SITE, "who": "who"}) as running:
        yield running


async def piped(server: Server, *command: str, lines: str) -> bytes:
    """Run a program that calls the daemon, with lines on its standard input; return what it printed."""
    process = await asyncio.create_subprocess_exec(
        *command,
        "127.0.0.1",
        str(server.ports[0]),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    async with asyncio.timeout(PATIENCE):
        output, _ = await process.communicate(lines.encode())
    return output


async def test_one_line_of_nc_reads_a_page(server: Server) -> None:
    need("nc")
    output = await piped(server, "nc", lines="/exec root --end DONE\r\n/quit\r\n")
    assert b"\r\n+OK 0 9 Start\r\nmenu \xc3\xa9\r\nDONE 0\r\n" in output
    assert b"/exec" not in output
    assert b"\x1b" not in output


async def test_a_batch_of_nc_is_answered_in_order_and_nothing_else_comes(server: Server) -> None:
    need("nc")
    token = await token_of(server, "kim")
    batch = f"/token {token}\n/exec staff --end A\n/exec nowhere --end B\n/health memory --end C\n/quit\n"
    output = await piped(server, "nc", lines=batch)
    begin, _, answers = output.partition(b"+OK 0 0 kim operator\r\n")
    assert token.encode() not in begin
    pattern = (
        rb"\+OK 0 16 Staff\r\nstaff \xe2\x94\x82 only\r\nA 0\r\n"
        rb'-ERR 21 0 There is no page "nowhere"\.\r\nB 21\r\n'
        rb"\+OK 0 \d+ OK\r\nMEMORY OK [^\r\n]*\r\nC 0\r\n"
        rb"\+OK 0 0 Goodbye\.\r\n"
    )
    assert re.fullmatch(pattern, answers), answers


async def test_nc_that_answers_negotiation_gets_the_same(server: Server) -> None:
    need("nc")
    token = await token_of(server, "kim")
    output = await piped(server, "nc", "-t", lines=f"/token {token}\r\n/exec staff\r\n/quit\r\n")
    assert output.endswith(f"+OK 0 0 kim operator\r\n+OK 0 16 Staff\r\n{BODY}+OK 0 0 Goodbye.\r\n".encode())


@pytest.mark.skipif(sys.platform == "win32", reason="pexpect needs a pty")
@pytest.mark.parametrize("options", [(), ("-8",)], ids=["plain", "binary"])
async def test_expect_waits_for_the_marker_through_a_real_telnet(server: Server, options: tuple[str, ...]) -> None:
    need("telnet")
    token = await token_of(server, "kim")
    talked = await asyncio.to_thread(expect, server.ports[0], token, options)
    assert talked == ["kim operator", "Staff\r\nstaff │ only\r\n", "0", "21"]


def expect(port: int, token: str, options: tuple[str, ...]) -> list[str]:
    """Do what an expect script does: send, wait for a pattern, send."""
    import pexpect

    child = pexpect.spawn("telnet", [*options, "127.0.0.1", str(port)], encoding="utf-8", timeout=PATIENCE, echo=False)
    try:
        child.expect("menu")
        child.send("/machine\r")
        child.expect(r"\+OK 0 0 sttelnet\r\n")
        child.send(f"/token {token}\r")
        child.expect(r"\+OK 0 0 (\w+ \w+)\r\n")
        found = [child.match[1]]
        assert token not in child.before
        child.send("/exec staff --end N4711\r")
        child.expect(r"N4711 (\d+)\r\n")
        found += [child.before.partition("+OK 0 16 ")[2], child.match[1]]
        child.send("/exec nowhere --end N4712\r")
        child.expect(r"N4712 (\d+)\r\n")
        found.append(child.match[1])
        child.send("/quit\r")
        child.expect(pexpect.EOF)
        return found
    finally:
        child.close(force=True)
