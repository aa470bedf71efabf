"""What people type stays between them and the daemon: no password, token or key stroke is written down anywhere."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from sttelnet import logs
from sttelnet.config import LogConfig
from sttelnet.role import Role
from sttelnet.store.proof import Whole, prove
from tests.daemon import Peer, config_with, daemon, dial
from tests.program import token_of
from tests.shell_site import PROMPT, SHELL, command, open_shell

if sys.platform == "win32":
    pytest.skip("a pty is POSIX's", allow_module_level=True)

RIGHT, WRONG, AS_NAME, IN_SHELL = "correct horse 81", "wrong-horse-82", "horse.as.name-83", "shell-horse-84"
SITE = {
    "root": 'the root page\n{% page:Prompt("? "); key:shell("x"); key:login("l") %}',
    "login": '{% page:Prompt("name: "); set:STLoginID(prompt="name: "); set:STLoginPassword(prompt="password: ") %}',
    "shell": "{% post:STShell %}",
}


async def log_in(peer: Peer, name: str, password: str) -> None:
    await peer.line(name)
    await peer.until("password: ")
    await peer.line(password)


def everything_in(folder: Path) -> bytes:
    """Return what stands in every file, the database's own among them."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_what_was_typed_is_nowhere_and_what_was_done_is_in_the_audit(tmp_path: Path) -> None:
    shell = {
        "enabled": True,
        "command": SHELL,
        "directory": str(tmp_path),
        "environment": (f"PS1={PROMPT}", "HISTFILE=/dev/null"),
    }
    config = config_with(shell=shell, audit={"file": "audit.jsonl"})
    log = io.StringIO()
    with logs.running(LogConfig(level="debug"), log):
        async with daemon(tmp_path, SITE, config) as server:
            await server.members.register("ada", RIGHT, "127.0.0.1")
            await server.members.set_role("ada", Role.ADMIN)
            token = await token_of(server, "ada", Role.MEMBER)
            async with dial(server) as peer:
                await peer.until("? ")
                await peer.send("l")
                await peer.until("name: ")
                await log_in(peer, AS_NAME, WRONG)
                await peer.until("name: ")
                await log_in(peer, "ada", WRONG)
                await peer.until("name: ")
                await log_in(peer, "ada", RIGHT)
                await peer.until("? ")
                await open_shell(peer)
                await peer.line("stty -echo; read secret; stty echo; echo got ${#secret}")
                await peer.line(IN_SHELL)
                await peer.until(f"got {len(IN_SHELL)}")
                await command(peer, f": {IN_SHELL}")
                await peer.line("exit")
                await peer.until("The shell has ended")
            async with dial(server, "", frozenset()) as peer:
                await peer.until("? ")
                await peer.send(f"/token {token[:-1]}\r\n")
                await peer.send(f"/token {token}\r\n/quit\r\n")
                await peer.rest()
            told = {(row.event, row.who) for row in await server.services.store.audit.latest(99)}
            rows = repr(await server.services.store.audit.after(0, 99))

    assert told >= {
        ("log-in failed", ""),
        ("log-in failed", "ada"),
        ("log-in", "ada"),
        ("shell opened", "ada"),
        ("shell ended", "ada"),
        ("token made", "ada"),
        ("token used", "ada"),
    }
    assert isinstance(prove(tmp_path / "sttelnet.db", tmp_path / "audit.jsonl"), Whole)
    written = everything_in(tmp_path).decode("utf-8", "replace")
    assert "shell opened" in written
    assert "log-in failed" in log.getvalue()
    for secret in (RIGHT, WRONG, AS_NAME, IN_SHELL, token, token[:-1]):
        for where in (rows, written, log.getvalue()):
            assert secret not in where
