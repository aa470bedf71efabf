"""lrzsz against the daemon, both roles, through its telnet port and the shipped pages of the file areas.

First behind our own imitation of a terminal program, then behind plink and inetutils telnet: bytes, date, exit
status, and no second in which a side waits for nothing. That is measured in batches: a second lost with each file
adds up to more than a busy machine takes.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import random
import re
import select
import shutil
import socket
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.server import Server
from tests.bridge import PATIENCE, RECEIVES, SENDS, Bridge, Outcome, dialled, download, upload
from tests.file_pages import (
    DATE,
    OPEN,
    PUBLIC,
    area_folder,
    become_member,
    go_to,
    mark,
    serving,
    written,
)
from tests.handlers.member_site import events

pytestmark = pytest.mark.interop

if not (shutil.which("sz") and shutil.which("rz")):
    if os.environ.get("REQUIRE_PEERS") == "1":
        pytest.fail("REQUIRE_PEERS=1, but lrzsz is not installed", pytrace=False)
    pytest.skip("lrzsz is not installed", allow_module_level=True)

STALL = 0.7  # seconds for each file of a batch, far more than it needs: one that waits for nothing takes a second
SMALL_STALL = 0.1  # the same where there are a thousand
WAIT = 0.9  # seconds: the shortest of the waits for an answer that does not come is one
TRIES = 5
SOURCE = random.Random(13)
LARGE = SOURCE.randbytes(10_000_000)


def contents() -> dict[str, bytes]:
    sizes = {f"size{n}.bin": SOURCE.randbytes(n) for n in (1, 1023, 1024, 1025, 8191, 8192, 8193)}
    return sizes | {
        "empty.bin": b"",
        "every.bin": bytes(range(256)) * 40,
        "zdle.bin": b"\x18" * 20_000,
        "rubout.bin": b"\xff" * 20_000,
        "returns.bin": b"@\r" * 5000 + b"\r" * 5000 + b"@\x8d" * 5000,
        "text.txt": b"The quick brown fox jumps over the lazy dog.\r\n" * 3000,
        "random.bin": SOURCE.randbytes(300_000),
    }


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return written(tmp_path_factory.mktemp("sources") / "all", contents())


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return written(tmp_path_factory.mktemp("large") / "all", {"large.bin": LARGE})


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """The folder of the client."""
    (folder := tmp_path / "client").mkdir()
    return folder


def named(options: Sequence[str]) -> str:
    return " ".join(options) or "default"


def check(outcome: Outcome, sources: Sequence[Path], folder: Path, *, stall: float = STALL) -> None:
    assert outcome.status == 0, outcome.said
    check_files(sources, folder)
    assert len(sources) == 1 or outcome.seconds < stall * len(sources)


def check_files(sources: Sequence[Path], folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in sources)
    for source in sources:
        arrived = folder / source.name
        assert arrived.read_bytes() == source.read_bytes(), source.name
        assert int(arrived.stat().st_mtime) == DATE, source.name


async def give(
    bridge: Bridge, server: Server, sources: Sequence[Path], options: Sequence[str] = (), *, stall: float = STALL
) -> None:
    """Bring files into the open area, from the page that lists it."""
    await bridge.say(b"u")
    outcome = await upload(bridge, sources, ["sz", "-q", *options])
    check(outcome, sources, area_folder(server), stall=stall)
    await bridge.until(b"Received " + all_of(sources))


async def take(
    bridge: Bridge,
    sources: Sequence[Path],
    folder: Path,
    options: Sequence[str] = (),
    *,
    key: str = "d",
    stall: float = STALL,
) -> None:
    """Mark all files of the page that lists them, and take them."""
    await mark(bridge, "all")
    await bridge.say(key.encode())
    outcome = await download(bridge, folder, ["rz", "-q", *options])
    check(outcome, sources, folder, stall=stall)
    await bridge.until(b"Sent " + all_of(sources))


def all_of(sources: Sequence[Path]) -> bytes:
    """Return how the report of a batch goes on that arrived whole."""
    count = len(sources)
    return f"{count} of {count} files, ".encode() if count > 1 else sources[0].name.encode()


def lay(server: Server, sources: Sequence[Path]) -> None:
    """Let files lie in the public area."""
    for source in sources:
        shutil.copy2(source, area_folder(server))


# Options, with BINARY and without

WAYS = pytest.mark.parametrize("binary", [True, False], ids=["binary", "no binary"])


@WAYS
@pytest.mark.parametrize(
    "options",
    [[], ["-8"], ["-4"], ["-e"], ["-o"], ["-w", "8192"], ["-L", "256"], ["-r"], ["-k"], ["-b", "-8", "-e", "-o"]],
    ids=named,
)
async def test_sz_gives_every_kind_of_file(
    options: list[str], binary: bool, sources: list[Path], tmp_path: Path
) -> None:
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0], binary=binary) as bridge:
        await go_to(bridge, "public")
        await give(bridge, server, sources, options)


@WAYS
@pytest.mark.parametrize("key", ["d", "8"])
@pytest.mark.parametrize("options", [[], ["-e"], ["-w", "8192"], ["-r"], ["-b", "-y"]], ids=named)
async def test_rz_takes_every_kind_of_file(
    options: list[str], key: str, binary: bool, sources: list[Path], mine: Path, tmp_path: Path
) -> None:
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0], binary=binary) as bridge:
        lay(server, sources)
        await go_to(bridge, "public")
        await take(bridge, sources, mine, options, key=key)


@WAYS
async def test_ten_megabytes_are_given_and_taken(binary: bool, large: list[Path], mine: Path, tmp_path: Path) -> None:
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0], binary=binary) as bridge:
        await go_to(bridge, "public")
        await give(bridge, server, large)
        await bridge.say(b"\x03")
        await bridge.until(b"\r\n> ")
        await take(bridge, large, mine)


async def test_a_thousand_small_files_are_given_and_taken_without_a_stall(mine: Path, tmp_path: Path) -> None:
    sources = written(tmp_path / "small", {f"{n:04}.bin": SOURCE.randbytes(1000) for n in range(1000)})
    async with (
        serving(tmp_path, {"public": OPEN}, most_files=1000) as server,
        dialled(server.ports[0]) as bridge,
    ):
        await go_to(bridge, "public")
        await give(bridge, server, sources, stall=SMALL_STALL)
        await bridge.say(b"\x03")
        await bridge.until(b"\r\n> ")
        await take(bridge, sources, mine, stall=SMALL_STALL)


async def test_a_line_with_errors_is_mended(mine: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The file is without 0x98: where a star stands before it, rz takes stale data for a header and gives up."""
    caplog.set_level(logging.INFO, "sttelnet.session")
    sources = written(tmp_path / "noisy", {"file.bin": LARGE[:2_000_000].translate(None, b"\x98")})
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        lay(server, sources)
        await go_to(bridge, "public")
        await take(bridge, sources, mine, ["--errors", "300000"])

    sent = next(event for event in events(caplog) if "sent" in event)
    assert re.search(r"errors=[1-9]", sent), sent


@pytest.mark.parametrize("way", ["given", "taken"])
async def test_one_file_is_moved_without_a_wait(way: str, mine: Path, tmp_path: Path) -> None:
    """A wait is there every time, a busy machine is not: what was slow is tried again."""
    sources = written(tmp_path / "one", {f"{n}.bin": b"12345" for n in range(TRIES)})
    slow: list[float] = []
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        if way == "taken":
            lay(server, sources)
        await go_to(bridge, "public")
        for source in sources:
            if way == "given":
                await bridge.say(b"u")
                outcome = await upload(bridge, [source], ["sz", "-q"])
                await bridge.until(b"Received ")
                await bridge.say(b"\x03")
            else:
                await mark(bridge, source.name)
                await bridge.say(b"d")
                outcome = await download(bridge, mine, ["rz", "-q"])
                await bridge.until(b"Sent ")
            assert outcome.status == 0, outcome.said
            if outcome.seconds < WAIT:
                return
            slow.append(outcome.seconds)
    pytest.fail(f"slow each time: {slow}")


# A member's evening


async def test_a_member_takes_gives_and_says_what_it_is(tmp_path: Path, mine: Path) -> None:
    theirs = {"one.bin": b"1" * 3000, "two.bin": b"\x18\xff\r" * 1000, "three.bin": b"3"}
    gift = written(tmp_path / "gift", {"gift.bin": b"\xff" * 5000})
    async with serving(tmp_path, {"public": PUBLIC}) as server, dialled(server.ports[0]) as bridge:
        sources = written(area_folder(server), theirs)
        await become_member(bridge, server)
        await go_to(bridge, "1")
        assert "2 files, 6 KB marked" in await mark(bridge, "one.bin two.bin")
        await bridge.say(b"d")
        outcome = await download(bridge, mine, ["rz", "-q"])
        await bridge.until(b"Sent 2 of 2 files, ")
        assert outcome.status == 0, outcome.said
        check_files([path for path in sources if path.name != "three.bin"], mine)

        await bridge.say(b"u")
        outcome = await upload(bridge, gift, ["sz", "-q"])
        await bridge.until(b"Received gift.bin")
        await bridge.until(b"What is gift.bin? ")
        await bridge.line("For everybody")
        page = await bridge.until(b"\r\n> ")

    assert outcome.status == 0, outcome.said
    assert b"For everybody" in page


async def test_what_rz_has_already_is_skipped_and_the_next_arrives(tmp_path: Path, mine: Path) -> None:
    async with serving(tmp_path, {"public": OPEN}) as server, dialled(server.ports[0]) as bridge:
        written(area_folder(server), {"mine.bin": b"yours", "new.bin": b"new"})
        written(mine, {"mine.bin": b"mine"})
        await go_to(bridge, "public")
        await mark(bridge, "all")
        await bridge.say(b"d")
        await download(bridge, mine, ["rz", "-q"])
        await bridge.until(b"Sent 1 of 2 files, ")

    assert {path.name: path.read_bytes() for path in mine.iterdir()} == {"mine.bin": b"mine", "new.bin": b"new"}


# Going on where it stopped

CUT = 3_000_000  # bytes that are there when the connection is cut, at least


async def cut_off(bridge: Bridge, arrived: Callable[[], int]) -> None:
    """Cut the connection as soon as so many bytes have arrived, and end the client's program."""
    async with asyncio.timeout(PATIENCE):
        while arrived() < CUT:
            await asyncio.sleep(0.002)
    bridge.writer.transport.abort()
    assert bridge.program is not None
    bridge.program.kill()


def size_of(folder: Path, pattern: str) -> int:
    """Return the size of the largest file there."""
    return max((path.stat().st_size for path in folder.glob(pattern)), default=0)


async def everybody_has_left(server: Server) -> None:
    async with asyncio.timeout(PATIENCE):
        while server.hub.presences():
            await asyncio.sleep(0.01)


async def test_an_upload_that_was_cut_off_goes_on_where_it_stopped(large: list[Path], tmp_path: Path) -> None:
    async with serving(tmp_path, {"public": PUBLIC}) as server:
        folder = area_folder(server)
        async with dialled(server.ports[0]) as bridge:
            await become_member(bridge, server)
            await go_to(bridge, "public")
            await bridge.say(b"u")
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(upload(bridge, large, ["sz", "-q", "-r"]))
                tasks.create_task(cut_off(bridge, lambda: size_of(folder, ".*.part")))
        await everybody_has_left(server)
        arrived = size_of(folder, ".*.part")
        assert CUT <= arrived < len(LARGE)
        async with dialled(server.ports[0]) as bridge:
            await become_member(bridge, server)
            await go_to(bridge, "public")
            before = bridge.wire_out
            await give(bridge, server, large, ["-r"])
            sent = bridge.wire_out - before
        books = await server.services.store.files.in_area("public")

    assert books["large.bin"].sha256 == hashlib.sha256(LARGE).hexdigest()
    assert sent < 1.05 * (len(LARGE) - arrived) + 10_000


async def test_a_download_that_was_cut_off_goes_on_where_it_stopped(
    large: list[Path], mine: Path, tmp_path: Path
) -> None:
    async with serving(tmp_path, {"public": PUBLIC}) as server:
        lay(server, large)
        async with dialled(server.ports[0]) as bridge:
            await become_member(bridge, server)
            await go_to(bridge, "public")
            await mark(bridge, "1")
            await bridge.say(b"d")
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(download(bridge, mine, ["rz", "-q", "-r"]))
                tasks.create_task(cut_off(bridge, lambda: size_of(mine, "*")))
        await everybody_has_left(server)
        arrived = size_of(mine, "*")
        assert CUT <= arrived < len(LARGE)
        async with dialled(server.ports[0]) as bridge:
            await become_member(bridge, server)
            await go_to(bridge, "public")
            before = bridge.wire_in
            await take(bridge, large, mine, ["-r"])
            received = bridge.wire_in - before

    assert received < 1.05 * (len(LARGE) - arrived) + 20_000  # the pages are in it


# Real telnet clients in front


class Joined:
    """A telnet client with a socket as its terminal, and the other end of that socket: we type, or a program does.

    The socket stays blocking, as a program that has it for its input wants it.
    """

    def __init__(self, end: socket.socket) -> None:
        self._end = end

    async def say(self, data: bytes) -> None:
        """Type."""
        await asyncio.to_thread(self._end.sendall, data)

    async def until(self, wanted: bytes) -> bytes:
        """Read up to this and no further: what follows may be for a program."""
        return await asyncio.to_thread(self._until, wanted)

    def _until(self, wanted: bytes) -> bytes:
        said, late = b"", time.monotonic() + PATIENCE
        while wanted not in said:
            ready, _, _ = select.select([self._end], [], [], max(0.0, late - time.monotonic()))
            if not ready:
                raise AssertionError(f"no {wanted!r} in {said!r}")
            there = self._end.recv(65536, socket.MSG_PEEK)
            if not there:
                raise AssertionError(f"hung up before {wanted!r}; got {said!r}")
            at = (said + there).find(wanted)
            here = self._end.recv(len(there) if at < 0 else at + len(wanted) - len(said))
            said += here
        return said

    async def run(self, command: Sequence[str | Path], folder: Path) -> Outcome:
        """Let a program have the terminal."""
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *map(str, command),
            stdin=self._end.fileno(),
            stdout=self._end.fileno(),
            stderr=asyncio.subprocess.PIPE,
            cwd=folder,
        )
        try:
            async with asyncio.timeout(2 * PATIENCE):
                _, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        return Outcome(process.returncode or 0, time.monotonic() - began, said.decode(errors="replace"))


@asynccontextmanager
async def joined(command: Sequence[str]) -> AsyncIterator[Joined]:
    """Start a telnet client."""
    ours, its = socket.socketpair()
    process = await asyncio.create_subprocess_exec(
        *command, stdin=its.fileno(), stdout=its.fileno(), stderr=asyncio.subprocess.DEVNULL
    )
    its.close()
    try:
        yield Joined(ours)
    finally:
        ours.close()
        if process.returncode is None:
            process.kill()
        await process.wait()


CLIENTS = {
    "plink": "plink -telnet -P {} 127.0.0.1",
    "telnet -E": "telnet -E 127.0.0.1 {}",
    "telnet -8 -E": "telnet -8 -E 127.0.0.1 {}",
}


@pytest.mark.parametrize("client", CLIENTS)
async def test_lrzsz_moves_files_behind_a_real_telnet_client(
    client: str, sources: list[Path], mine: Path, tmp_path: Path
) -> None:
    """Neither client needs a terminal: its standard input and output are one end of a socket pair, lrzsz has the other.

    plink: as it comes. Off a terminal it edits and echoes lines itself until the daemon's WILL ECHO and WILL SGA,
    which come before the first page. It takes BINARY when asked for it, both ways, and doubles IACs.

    telnet: with `-E`. Without it the byte 1D of a file opens its own prompt, and an upload hangs; seen to go well
    without it are downloads, files that lack that byte, and `sz -e`, which hides it. It takes BINARY when asked for
    it: `-8` is not needed and does no harm.
    """
    if shutil.which(client.split(maxsplit=1)[0]) is None:
        if os.environ.get("REQUIRE_PEERS") == "1":
            pytest.fail(f"REQUIRE_PEERS=1, but {client.split(maxsplit=1)[0]} is not installed")
        pytest.skip(f"{client.split(maxsplit=1)[0]} is not installed")
    async with serving(tmp_path, {"public": OPEN}) as server:
        async with joined(CLIENTS[client].format(server.ports[0]).split()) as terminal:
            await terminal.until(b"Your choice: ")
            await terminal.say(b"f")
            await terminal.until(b"Area: ")
            await terminal.say(b"1\r")
            await terminal.until(b"\r\n> ")

            await terminal.say(b"u")
            await terminal.until(RECEIVES)
            check(await terminal.run(["sz", "-q", *sources], tmp_path), sources, area_folder(server))
            # Late programs read what is behind a transfer too: the next page is waited for, not this one.
            await terminal.say(b"\x03")
            await terminal.until(b"\r\n> ")

            await terminal.say(b"m")
            await terminal.until(b"Mark: ")
            await terminal.say(b"all\r")
            await terminal.until(b"\r\n> ")
            await terminal.say(b"d")
            await terminal.until(SENDS)
            check(await terminal.run(["rz", "-q"], mine), sources, mine)
            await terminal.say(b"q")
            await terminal.until(b"Area: ")
