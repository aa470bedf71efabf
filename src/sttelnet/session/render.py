"""A script made into the text of one page: pieces in reading order, `get` values put in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sttelnet.ansi import FUNCTIONS, MOVES, Ansi, Position, cursor_after, strip
from sttelnet.charset import cells, clean, cut, pad
from sttelnet.script.model import Get, Script, Text

# Sequences as plain str: what is put together here is ready to be sent and must not be cleaned once more.
HOME = str(FUNCTIONS["Home"]())
CLEAR = str(FUNCTIONS["Clear"]())
RESET = str(FUNCTIONS["Reset"]())
BELL = str(FUNCTIONS["Bell"]())
ERASE_TO_LINE_END = "\x1b[K"  # ECMA-48 8.3.41 EL
ERASE_TO_SCREEN_END = "\x1b[J"  # ECMA-48 8.3.39 ED
_CLEARS = "Clear"

CallGet = Callable[[Get], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Rendered:
    """One page's text, ready to be sent, and what the prompt and a redraw need to know of it."""

    text: str
    moves: bool  # the page places the cursor itself

    def height(self, columns: int) -> int:
        """Return how many rows the page takes in a window so wide, long lines wrapped."""
        return sum(max(1, -(-cells(strip(line)) // columns)) for line in self.text.split("\n"))

    def end(self, start: Position, columns: int) -> Position:
        """Return where the cursor stands after the page."""
        return cursor_after(self.text, start, columns)

    @property
    def tail(self) -> str:
        """The text behind the last line end: the page's own prompt, if it has one."""
        return self.text.rpartition("\n")[2]

    def in_place(self) -> str:
        """Return the bytes that redraw the page over itself: no clear, so no flicker."""
        if self.moves:
            return RESET + CLEAR + self.text
        lines = self.text.replace("\r\n", f"{ERASE_TO_LINE_END}\r\n")
        return HOME + lines + ERASE_TO_LINE_END + ERASE_TO_SCREEN_END


async def render(script: Script, call: CallGet, *, plain: bool, skip_clear: bool) -> Rendered:
    """Work out a page's text; `plain` leaves `ansi` out, `skip_clear` the script's own clear."""
    parts: list[str] = []
    moves = False
    for piece in script.body:
        if isinstance(piece, Text):
            parts.append(piece.text)
        elif isinstance(piece, Get):
            parts.append(fit(await call(piece), piece, plain=plain))
        elif not plain:
            moves = moves or piece.name in MOVES
            if not (skip_clear and piece.name == _CLEARS):
                parts.append(piece.ansi)
    text = "".join(parts)
    return Rendered(text, moves)


def fit(value: str, get: Get, *, plain: bool) -> str:
    """Return a `get` value as it is sent: cleaned, CR LF line ends, padded or cut to its width."""
    if not isinstance(value, Ansi):
        value = clean(value)
    elif plain:
        value = value.plain()
    if get.width is not None:
        value = _to_width(value, get.width, get.align)
    return value.replace("\r\n", "\n").replace("\n", "\r\n") if "\n" in value else value


def _to_width(value: str, width: int, align: str) -> str:
    if isinstance(value, Ansi):
        return value.cut(width).pad(width, align)
    return pad(cut(value, width), width, align)
