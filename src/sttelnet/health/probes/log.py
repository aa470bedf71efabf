"""A log file: the lines of a pattern that have come since the last look."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sttelnet.charset import one_line
from sttelnet.health.lane import Lane
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.blocking import WAIT_SHARE, WORK_SHARE, no_answer, reason
from sttelnet.health.probes.judging import judged, unknown
from sttelnet.health.probes.matching import LONGEST_LINE, TOO_SLOW, matches
from sttelnet.health.probes.model import Asked
from sttelnet.health.probes.tail import Tail
from sttelnet.health.states import State
from sttelnet.words import count_words, size_words

LONGEST_SHOWN: Final = 200  # characters of the last line
MOST_SHOWN: Final = 10  # lines
MOST_LOOKS: Final = 16  # of a run, a mebibyte each


@dataclass(slots=True)
class Found:
    """What was found and has not been told yet."""

    lines: int = 0
    size: int = 0  # bytes that were read
    behind: int = 0
    problem: str = ""
    last: tuple[str, ...] = ()


class LogProbe:
    """Follows a log. What a look finds is kept until a run tells it: one that was cancelled loses no line."""

    def __init__(self, asked: Asked, home: Path) -> None:
        self._asked = asked
        self._tail = Tail(home / asked.target)
        self._found = Found()
        self._lane = Lane("probe log", self._look)

    async def run(self) -> Result:
        """Tell of the lines that have come."""
        if not await self._lane.answer(self._asked.timeout * WAIT_SHARE):
            return unknown(no_answer(self._asked.timeout))
        found, self._found = self._found, Found()  # the thread is at its end, so nobody else has it
        return self._judged(found)

    def _look(self) -> bool:
        """Read on, in the lane's thread; always True, for None is no answer."""
        deadline = time.monotonic() + self._asked.timeout * WORK_SHARE
        self._found.problem = ""
        try:
            for _ in range(MOST_LOOKS):
                self._read_on(deadline)
                if self._found.problem or not self._found.behind or time.monotonic() >= deadline:
                    break
        except OSError as error:
            self._found.problem = reason(error)
        return True

    def _read_on(self, deadline: float) -> None:
        found, grown = self._found, self._tail.grown()
        if isinstance(grown, str):
            found.problem = grown
            return
        found.size, found.behind = found.size + grown.size, grown.behind
        lines = [_text(line) for line in grown.lines]
        is_found = matches(self._asked.match, lines, deadline)
        if is_found is None:
            found.problem = f"{TOO_SLOW}; {count_words(len(lines), 'line')} not looked at"
            return
        wanted = [line for line, is_one in zip(lines, is_found, strict=True) if is_one]
        found.lines += len(wanted)
        found.last = (*found.last, *(one_line(line)[:LONGEST_SHOWN] for line in wanted[-MOST_SHOWN:]))[-MOST_SHOWN:]

    def _judged(self, found: Found) -> Result:
        text = count_words(found.lines, "line") if found.lines else "no line"
        if found.last:
            text += f", the last: {found.last[-1]}"
        if found.behind:
            text += f" ({size_words(found.behind)} still to be read)"
        figures = (
            Figure("lines", found.lines, "", self._asked.warning, self._asked.critical, 0),
            Figure("read", found.size, "B", least=0),
        )
        if found.problem:
            return judged(found.problem + (f"; {text}" if found.lines else ""), *figures, state=State.UNKNOWN)
        return judged(text, *figures, further="\n".join(found.last))


def _text(line: bytes) -> str:
    """Return a line as it is matched: its beginning, and UTF-16 of Windows without the NULs that it mostly is."""
    return line[: 2 * LONGEST_LINE].replace(b"\0", b"").decode("utf-8", "replace").rstrip("\r")[:LONGEST_LINE]
