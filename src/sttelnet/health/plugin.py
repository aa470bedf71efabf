"""What a monitoring plugin has said: its state, a line, performance data, and further lines. Pure.

monitoring-plugins.org, "Development Guidelines", "Plugin Output for Nagios" and "Performance data"; the several lines
are those of Nagios 3: what stands behind a `|` in the further lines is performance data too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sttelnet.charset import clean, one_line
from sttelnet.health.ranges import Range, read_range
from sttelnet.health.states import State

LONGEST_LINE: Final = 1024  # characters of the first line
LONGEST_TEXT: Final = 16 * 1024  # characters of the further lines
LONGEST_DATA: Final = 32 * 1024  # characters of performance data that are looked at: it is done in the event loop
MOST_FIGURES: Final = 100
LONGEST_LABEL: Final = 100
BYTES: Final = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4, "KiB": 1024, "MiB": 1024**2}  # units
NOTHING_SAID: Final = "(no output)"

# A label is quoted where it has blanks; '' within is one quote. No label has "=" or a quote without that.
_BLANKS = re.compile(r"\s*")
_WORD = re.compile(r"\S*")
_LABEL = re.compile(r"\s*(?:'((?:[^'\n]|'')+)'|([^\s'=]+))=")
_VALUE = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?|U)([^\d\s;+.-][^\d\s;]*)?")


@dataclass(frozen=True, slots=True)
class Figure:
    """One performance value."""

    label: str
    value: float  # NaN where the plugin could not tell: `U`
    unit: str = ""  # "s", "%", "B", "c" (a counter), or any other
    warning: Range | None = None
    critical: Range | None = None
    least: float | None = None
    most: float | None = None

    def __str__(self) -> str:
        value = "U" if math.isnan(self.value) else f"{self.value:.12g}"
        return f"{value}{self.unit}"


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of a check gave; every text in it is cleaned."""

    state: State
    text: str  # one line
    figures: tuple[Figure, ...] = ()
    further: str = ""  # more lines
    broken: tuple[str, ...] = ()  # performance data that could not be read

    def figure(self, label: str) -> Figure | None:
        """Return the performance value of a label."""
        return next((figure for figure in self.figures if figure.label == label), None)


def read_result(status: int, output: bytes) -> Result:
    """Return what a plugin's exit status and output say. Any status but 0 to 2 is UNKNOWN."""
    first, data, further = _parts(output.decode("utf-8", "replace"))
    state = State(status) if 0 <= status <= 3 else State.UNKNOWN
    text = one_line(first)[:LONGEST_LINE] or NOTHING_SAID
    if not 0 <= status <= 3:
        text = f"{text} (exit status {status})"
    figures, broken = read_figures(data)
    return Result(state, text, figures, clean(further).strip("\n")[:LONGEST_TEXT], broken)


def read_figures(text: str) -> tuple[tuple[Figure, ...], tuple[str, ...]]:
    """Return the performance values, and the pieces that are none."""
    if len(text) > LONGEST_DATA:
        text = text[:LONGEST_DATA].rpartition(" ")[0]  # a number cut in half is another number
    figures: list[Figure] = []
    broken: list[str] = []
    for found in _pieces(text):
        if len(figures) == MOST_FIGURES:
            break
        if isinstance(found, Figure):
            figures.append(found)
        elif len(broken) < MOST_FIGURES:
            broken.append(one_line(found)[:LONGEST_LABEL])
    return tuple(figures), tuple(broken)


def _parts(output: str) -> tuple[str, str, str]:
    """Return the first line, all performance data, and the further lines."""
    first, _, rest = output.lstrip("\r\n").replace("\r\n", "\n").partition("\n")
    text, _, data = first.partition("|")
    further, _, more = rest.partition("|")
    return text, f"{data} {more}".replace("\n", " "), further


def _pieces(text: str) -> Iterator[Figure | str]:
    at = 0
    while at < len(text):
        label = _LABEL.match(text, at)
        if label is None:
            at = _end_of_word(text, _behind_blanks(text, at))
            continue
        value = _VALUE.match(text, label.end())
        end = _end_of_word(text, label.end())
        if value is None:
            yield text[label.start() : end].strip()
        else:
            yield _figure(label, value, text[value.end() : end]) or text[label.start() : end].strip()
        at = end


def _behind_blanks(text: str, at: int) -> int:
    return _BLANKS.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing at all, too


def _end_of_word(text: str, at: int) -> int:
    return _WORD.match(text, at).end()  # type: ignore[union-attr]  # it matches nothing at all, too


def _figure(label: re.Match[str], value: re.Match[str], rest: str) -> Figure | None:
    number = math.nan if value[1] == "U" else float(value[1])
    if math.isinf(number) or (rest and not rest.startswith(";")):
        return None
    name = one_line((label[1] or "").replace("''", "'") or label[2])[:LONGEST_LABEL]
    warning, critical, least, most, *_ = [*rest[1:].split(";"), "", "", "", ""]
    return Figure(
        name,
        number,
        one_line(value[2] or "")[:8],
        read_range(warning) if warning else None,
        read_range(critical) if critical else None,
        _number(least),
        _number(most),
    )


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None
