"""What to believe of a client's answers about its terminal. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

from sttelnet.channel import Size

LEAST_SIZE: Final = Size(20, 5)
MOST_SIZE: Final = Size(500, 200)
TYPES_MOST: Final = 4  # answers; Windows telnet stalls when the cycle goes on
_VTNT: Final = "vtnt"  # Windows telnet's last offer: console cells, not a byte stream
# MUD clients answer with their own name first, then a terminal, then the bits of MTTS.
_NO_TERMINALS: Final = ("mtts", "mudlet", "tintin", "mushclient", "cmud", "zmud", "kildclient", "potato", "blowtorch")


class Verdict(NamedTuple):
    """What an answer to TTYPE SEND comes to: a type to take, or another question, or neither."""

    terminal_type: str | None = None
    ask_again: bool = False


class TypeCycle:
    """The answers to TTYPE SEND (RFC 1091): the first that is a terminal's counts, and ends the questions.

    Asking on would change the emulation of the client: the last type it has told is the one it uses.
    """

    __slots__ = ("_heard",)

    def __init__(self) -> None:
        self._heard: tuple[str, ...] = ()

    def hear(self, name: str) -> Verdict:
        """Judge one answer. Where the cycle ends without a terminal's name, the first told has to do."""
        ended = name in self._heard or len(self._heard) + 1 >= TYPES_MOST
        self._heard = (*self._heard, name)[:TYPES_MOST]
        if name not in ("", _VTNT) and not name.startswith(_NO_TERMINALS):
            return Verdict(name)
        if not ended:
            return Verdict(ask_again=True)
        return Verdict(next((heard for heard in self._heard if heard not in ("", _VTNT)), None))


def believed_size(told: tuple[int, int], known: Size) -> Size:
    """Return the size to draw for: zero says nothing (RFC 1073), and nobody's screen costs more than MOST_SIZE."""
    columns, rows = told
    return Size(
        min(max(columns or known.columns, LEAST_SIZE.columns), MOST_SIZE.columns),
        min(max(rows or known.rows, LEAST_SIZE.rows), MOST_SIZE.rows),
    )
