"""A telnet client for programs: calls, types, reads whole pages."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sttelnet.ansi import Ansi
from sttelnet.channel import DEFAULT_SIZE
from sttelnet.cli.dial import Answers

QUIET: Final = 0.15  # seconds without a byte: the page is there; the daemon sends one in one piece
LONGEST_PAGE: Final = 1 << 20  # a host that never stops sending is not believed


class Phone:
    """One call to a daemon on this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: Answers | None) -> None:
        self._reader = reader
        self._writer = writer
        self._answers = answers

    @classmethod
    @asynccontextmanager
    async def call(cls, port: int, *, answers: bool = True) -> AsyncIterator[Phone]:
        """Connect, as an xterm; without `answers` as a client that knows no telnet."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield cls(reader, writer, Answers("xterm-256color", DEFAULT_SIZE) if answers else None)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def first(self) -> bytes:
        """Wait for the first text behind the opening offer."""
        answers = Answers(None, DEFAULT_SIZE)  # to tell offers from text; nothing is sent
        while True:
            data = await self._read()
            shown = answers.receive_data(data)
            if shown:
                return shown

    async def type(self, keys: str) -> None:
        """Press keys; "\\r" is Enter."""
        data = keys.encode()
        self._writer.write(self._answers.encode(data) if self._answers else data)
        await self._writer.drain()

    async def page(self, after: str = "") -> str:
        """Read until something has come and then nothing for a moment; return it without sequences.

        `after` is what comes first and is no page yet, as the daemon's greeting.
        """
        shown, text = b"", ""
        while len(shown) < LONGEST_PAGE:
            try:
                async with asyncio.timeout(QUIET if text.strip() not in ("", after) else None):
                    shown += self._take(await self._read())
            except TimeoutError:
                break
            text = Ansi(shown.decode("utf-8", "replace")).plain()
        return text

    async def _read(self) -> bytes:
        data = await self._reader.read(65536)
        if not data:
            message = "the daemon hung up"
            raise ConnectionError(message)
        return data

    def _take(self, data: bytes) -> bytes:
        if self._answers is None:
            return data
        shown = self._answers.receive_data(data)
        self._writer.write(self._answers.data_to_send())
        return shown
