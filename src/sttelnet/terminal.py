"""A client's terminal over any channel: text out in its charset, keys in.

Input is taken from the channel a line (or a key) at a time. What lies behind it stays in bytes, so that
`release` can hand the channel to a transfer or a shell with nothing lost and nothing read twice.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import dataclass
from time import monotonic

from sttelnet.ansi import Ansi, without_colours
from sttelnet.channel import Channel, Size
from sttelnet.charset import Charset, Decoder, clean, encode, for_terminal, is_plain
from sttelnet.editor import Line
from sttelnet.errors import ChannelClosed
from sttelnet.keys import Key, Keys

# RFC 854, "The NVT printer and keyboard": a CR that ends no line is followed by NUL. Terminals ignore the NUL.
CARRIAGE_RETURN = "\r\0"
NEW_LINE = "\r\n"

_LINE = re.compile(rb"[^\r\n]{0,4095}(?:\r\n|\r\0|\r|\n)?")
# What needs no key reader and no editor: a line of printable ASCII with an end that leaves nothing open.
_WHOLE_LINE = re.compile(rb"([\x20-\x7e]{0,1024})(?:\r\n|\r\0|\n)")
# Seconds a client may keep the loop with what it sent at once; then the others have their turn. Somebody waits for two
# turns of everybody who sends without a pause, each longer by the page it ends with.
TURN = 0.001


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """What handlers are told of a terminal."""

    size: Size
    charset: Charset
    type: str  # "" where the client told none
    plain: bool  # no cursor control and no colour: ASCII lines only


class Terminal:
    """Text and keys over a channel."""

    __slots__ = (
        "_at",
        "_between_keys",
        "_chosen",
        "_decoder",
        "_facts",
        "_held",
        "_keys",
        "_out",
        "_queue",
        "_turn",
        "channel",
        "colours",
    )

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self._chosen: Charset | None = None
        self._facts = self._read_facts()
        self._decoder = Decoder(self._facts.charset)
        self._keys = Keys()
        self._queue: deque[Key] = deque()
        self._held = b""
        self._at = 0
        self._turn = monotonic()
        self._between_keys = True  # no key or character is half read
        self._out: list[str] = []
        self.colours = True

    @property
    def facts(self) -> TerminalFacts:
        """Size, charset, type as last taken up by `update`."""
        return self._facts

    def update(self) -> bool:
        """Take up what the channel has learnt; True when something is other than before."""
        facts, before = self._read_facts(), self._facts
        if facts == before:
            return False
        self.flush()  # what was collected before is in the old charset
        self._facts = facts
        if facts.charset is not before.charset:
            self._decoder = Decoder(facts.charset)
        return True

    def choose_charset(self, charset: Charset | None) -> None:
        """Use this charset whatever the terminal's type; None goes by the type again."""
        self._chosen = charset
        self.update()

    def ready(self, text: str) -> str:
        """Return text as it is sent: an Ansi as it is (bare where the terminal is plain), any other str cleaned.

        Line ends become CR LF (RFC 854), whichever way they came.
        """
        if not isinstance(text, Ansi):
            return clean(text).replace("\n", "\r\n")
        if self._facts.plain:
            text = text.plain()
        return text.replace("\r\n", "\n").replace("\n", "\r\n") if "\n" in text else str(text)

    def send(self, ready: str) -> None:
        """Collect text that is `ready`; it leaves in one piece at `flush`, `drain` or the next wait for input."""
        self._out.append(ready)

    def flush(self) -> None:
        """Send what was collected."""
        if self._out:
            text = "".join(self._out)
            self._out.clear()
            if not self.colours:
                text = without_colours(text)
            self.channel.send(encode(text, self._facts.charset))

    async def drain(self) -> None:
        """Send what was collected and wait until the client has taken it. Raises ChannelClosed."""
        self.flush()
        await self.channel.drain()

    async def read(self, *, single: bool = False, whole: bool = False) -> Key | Line | None:
        """Return the next key, or None when the channel was woken. Raises ChannelClosed at the end.

        With `single` no byte behind the key is looked at. With `whole` a line that came in one piece and
        needs no editing may be returned as a Line.
        """
        if (self._queue or self._at < len(self._held)) and monotonic() - self._turn > TURN:
            await self._let_others()
        while not self._queue:
            if self._at >= len(self._held):
                self.flush()
                data = await self.channel.receive()
                self._turn = monotonic()
                if data is None:
                    return None
                if not data:
                    message = "the client has hung up"
                    raise ChannelClosed(message)
                self._held, self._at = data, 0
            if whole and self._between_keys and (line := _WHOLE_LINE.match(self._held, self._at)):
                self._at = line.end()
                return Line(line[1].decode("ascii"))
            self._queue.extend(self._read_piece(single))
        return self._queue.popleft()

    async def _let_others(self) -> None:
        """Send what was collected, and give the others their turn. Raises ChannelClosed.

        Whoever sends thousands of keys and is gone is found out by what we send, and the rest is not worked on.
        """
        self.flush()
        await asyncio.sleep(0)
        if not self.channel.congested:
            await self.channel.drain()
        self._turn = monotonic()

    def release(self) -> None:
        """Give the bytes not yet looked at back to the channel, for a transfer or a shell to take."""
        if self._at < len(self._held):
            self.channel.unread(self._held[self._at :])
        self._held, self._at = b"", 0

    def _read_piece(self, single: bool) -> list[Key]:
        piece = self._piece(single)
        self._between_keys = piece.isascii() and piece[-1:] in (b"\n", b"\0")
        return self._keys.receive(self._decoder.decode(piece))

    def _piece(self, single: bool) -> bytes:
        start = self._at
        if single:
            self._at = start + 1
        else:
            found = _LINE.match(self._held, start)
            self._at = max(start + 1, found.end() if found else 0)
        return self._held[start : self._at]

    def _read_facts(self) -> TerminalFacts:
        channel = self.channel
        plain = is_plain(channel.terminal_type)
        charset = self._chosen or for_terminal(channel.terminal_type)
        return TerminalFacts(channel.size, charset, channel.terminal_type or "", plain)
