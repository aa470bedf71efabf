"""The log and the audit on the shipped pages, turned by real clients."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet import logs
from sttelnet.charset import Charset
from sttelnet.config import LogConfig
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.store import Entry
from tests.daemon import Peer, daemon, dial

SCRIPTS = Path(__file__).parents[2] / "scripts"
SHIPPED = {
    path.relative_to(SCRIPTS).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
    for path in SCRIPTS.rglob("*.txt")
}
WORD = "correct horse"
log = logs.event_logger("sttelnet.test")


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[Server]:
    with logs.running(LogConfig(), io.StringIO(), {}):
        async with daemon(folder, SHIPPED) as server:
            await server.members.register("ada", WORD, "127.0.0.1")
            await server.members.set_role("ada", Role.ADMIN)
            yield server


async def sees(peer: Peer, *texts: str) -> None:
    """Read until all of it stands on the client's screen."""
    await peer.until(lambda peer: all(text in peer.shown() for text in texts))


async def open_page(peer: Peer, *pages: tuple[str, str]) -> None:
    """Log in as ada and press keys, each until its page is there."""
    await sees(peer, "Your choice:")
    await peer.send("l")
    await sees(peer, "LOG IN")
    await peer.line("ada")
    await peer.line(WORD)
    await sees(peer, "Welcome, ada.")
    for key, text in pages:
        await peer.send(key)
        await sees(peer, text)


async def press(peer: Peer, key: str) -> str:
    """Press a key and return the page, read up to its prompt."""
    await peer.quiet(0.05)
    await peer.send(key)
    await peer.until(lambda peer: "> " in peer.text.rpartition(" Help")[2])
    return peer.shown()


def rows_of(page: str) -> list[str]:
    """Return the rows of a page without its head, in which the time stands."""
    return page.splitlines()[3:]


@pytest.mark.parametrize("charset", [Charset.UTF_8, Charset.CP437], ids=str)
async def test_what_the_daemon_writes_appears_by_itself(charset: Charset, tmp_path: Path) -> None:
    kind = {Charset.UTF_8: "xterm", Charset.CP437: "ansi"}[charset]
    async with house(tmp_path) as server, dial(server, kind, charset=charset) as ada:
        await open_page(ada, ("a", "ADMINISTRATION"), ("l", "logged in session=1 peer=127.0.0.1 member=ada"))
        log.warning("look \x1b[2J here", name="x" * 200)
        await sees(ada, "WARNING look \\x1b[2J here name=xxx")
        assert max(map(len, ada.shown().splitlines())) <= 79


async def test_the_audit_is_turned_to_its_first_row_and_back(tmp_path: Path) -> None:
    async with house(tmp_path) as server, dial(server) as ada:
        audit = server.services.store.audit
        await audit.add(Entry(1.0, "oldest", "kim"))
        for number in range(60):
            await audit.add(Entry(2.0, "role", f"kim{number}", "10.0.0.9", "many words " * (number % 12)))
        await open_page(ada, ("a", "ADMINISTRATION"))
        pages = [await press(ada, "u")]
        while "oldest" not in pages[-1]:
            pages.append(await press(ada, "n"))
        assert len(pages) > 5
        seen = [row.split()[3].removesuffix(":") for page in pages for row in page.splitlines() if " role kim" in row]
        assert seen == [f"kim{number}" for number in reversed(range(60))]
        for page in reversed(pages[:-1]):
            assert rows_of(await press(ada, "p")) == rows_of(page)
