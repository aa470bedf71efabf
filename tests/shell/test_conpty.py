"""The pseudo console's adapter, over a console that does what Wine cannot show and Windows seldom does."""

from __future__ import annotations

import asyncio
import queue
import threading

import pytest

from sttelnet.channel import Size
from sttelnet.shell.conpty import ConPty
from sttelnet.shell.conpty_stream import MOST

PATIENCE = 10.0  # seconds until a wait counts as a hang
LAST = b"\x1b[?9001l\x1b[?1004l"


class ConsoleError(Exception):
    """What this console's calls raise, as winpty.WinptyError."""


class Console:
    """A pseudo console of our own: what it shows and how it ends is told by the test."""

    def __init__(self) -> None:
        self.pid = 0  # nothing to be ended
        self.typed: list[str] = []
        self.sizes: list[tuple[int, int]] = []
        self.status: int | None = None
        self.alive = True
        self.gone = False  # calls fail
        self.cancelled = threading.Event()
        self._shown: queue.Queue[str | None] = queue.Queue()

    def show(self, text: str) -> None:
        self._shown.put(text)

    def end(self, status: int | None, *, told: bool = True) -> None:
        self.status, self.alive = status, False
        if told:
            self._shown.put(None)

    def read(self, blocking: bool = False) -> str:
        assert blocking
        while not self.cancelled.is_set():
            try:
                text = self._shown.get(timeout=0.05)
            except queue.Empty:
                continue
            if text is None and self.gone:
                raise ConsoleError
            return text or ""
        return ""

    def write(self, to_write: str) -> int:
        if self.gone:
            raise ConsoleError
        self.typed.append(to_write)
        return 0

    def set_size(self, cols: int, rows: int) -> None:
        if self.gone:
            raise ConsoleError
        self.sizes.append((cols, rows))

    def isalive(self) -> bool:
        return self.alive

    def iseof(self) -> bool:
        return not self.alive

    def get_exitstatus(self) -> int | None:
        return self.status

    def cancel_io(self) -> bool:
        self.cancelled.set()
        return True


async def rest(pty: ConPty) -> bytes:
    shown = b""
    async with asyncio.timeout(PATIENCE):
        while data := await pty.read():
            shown += data
    return shown


async def shown_by(pty: ConPty, wanted: bytes) -> bytes:
    shown = b""
    async with asyncio.timeout(PATIENCE):
        while wanted not in shown:
            shown += await pty.read()
    return shown


@pytest.mark.parametrize("raises", [False, True], ids=["an empty read", "an error"])
@pytest.mark.parametrize(
    ("told", "status"), [(0, 0), (7, 7), (None, 259), (-1073741510, 0xC000013A), (0xC0000135, 0xC0000135)]
)
async def test_the_end_is_told_by_an_empty_read_or_an_error(told: int | None, status: int, raises: bool) -> None:
    console = Console()
    console.gone = raises
    pty = ConPty(console, ConsoleError)
    console.show("bye")
    console.end(told)
    assert await rest(pty) == b"bye" + LAST
    async with asyncio.timeout(PATIENCE):
        assert await pty.wait() == status
    assert await pty.read() == b""
    await pty.close()


async def test_an_end_that_is_never_told_is_found_all_the_same() -> None:
    console = Console()
    pty = ConPty(console, ConsoleError)
    console.show("bye")
    console.end(3, told=False)
    assert await rest(pty) == b"bye" + LAST
    assert await pty.wait() == 3
    await pty.close()


async def test_the_console_s_questions_are_answered_and_the_client_does_not_see_them() -> None:
    console = Console()
    pty = ConPty(console, ConsoleError)
    console.show("\x1b[6n\x1b")
    console.show("[cready")
    assert await shown_by(pty, b"ready") == b"ready"
    async with asyncio.timeout(PATIENCE):
        while "".join(console.typed) != "\x1b[1;1R\x1b[?1;0c":
            await asyncio.sleep(0.01)
    await pty.close()


async def test_characters_are_typed_whole_however_they_arrive() -> None:
    console = Console()
    pty = ConPty(console, ConsoleError)
    for byte in "é漢😀".encode():
        await pty.write(bytes((byte,)))
    await pty.write(b"\xff")
    assert "".join(console.typed) == "é漢😀\ufffd"
    await pty.close()


async def test_much_that_is_typed_goes_in_small_pieces() -> None:
    console = Console()
    pty = ConPty(console, ConsoleError)
    await pty.write(b"x" * 10_000)
    assert "".join(console.typed) == "x" * 10_000
    assert max(map(len, console.typed)) <= 4096
    await pty.close()


async def test_what_no_charset_can_carry_is_replaced() -> None:
    console = Console()
    pty = ConPty(console, ConsoleError)
    console.show("<\ud800>")
    assert await shown_by(pty, b">") == b"<?>"
    await pty.close()


async def test_a_flood_nobody_takes_is_interrupted_cut_and_told_of() -> None:
    console = Console()
    pty = ConPty(console, ConsoleError)
    for _ in range(3 * MOST // 32_768):
        console.show("x" * 32_768)
    async with asyncio.timeout(PATIENCE):
        while console._shown.qsize():
            await asyncio.sleep(0.01)
    assert console.typed == ["\x03"]
    console.end(0)
    shown = await rest(pty)
    assert shown.count(b"x") <= MOST
    assert b"bytes left out: the line is slower than the program]" in shown
    assert shown.endswith(LAST)
    await pty.close()


async def test_sizes_are_columns_then_rows_and_sane() -> None:
    console = Console()
    pty = ConPty(console, ConsoleError)
    pty.resize(Size(100, 30))
    pty.resize(Size(0, 40_000))
    assert console.sizes == [(100, 30), (1, 500)]
    await pty.close()


async def test_a_console_that_is_gone_is_neither_resized_nor_typed_at() -> None:
    console = Console()
    pty = ConPty(console, ConsoleError)
    console.end(0)
    await rest(pty)
    await pty.wait()
    console.gone = True
    pty.resize(Size(100, 30))
    await pty.write(b"ls\r")
    assert console.sizes == []
    assert console.typed == []
    await pty.close()
    await pty.close()


async def test_closing_while_all_wait_lets_all_go() -> None:
    console = Console()
    pty = ConPty(console, ConsoleError)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(pty.read())
        waiting = tasks.create_task(pty.wait())
        await asyncio.sleep(0.1)
        await pty.close()
    assert reading.result() == b""
    assert waiting.result() == -1
    async with asyncio.timeout(PATIENCE):
        while pty._reader.is_alive() or pty._writer.is_alive():
            await asyncio.sleep(0.01)
