"""Which check a line begins with: names may hold blanks, and people write the shortest that will do. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sttelnet.charset import one_line
from sttelnet.script.suggest import did_you_mean

MOST_SHOWN: Final = 5  # names in an answer
LONGEST_SHOWN: Final = 40  # characters of what was written


def named(text: str, names: Mapping[str, str]) -> tuple[str | None, str]:
    """Return the name a line begins with and what stands behind it; None and a sentence where there is none.

    `names` gives the name for everything a check is called, its name and its title; case and blanks do not count.
    `disk / fixing it` and `"disk /" fixing it` have the longest that fits. Where none does, the first word is enough
    if one name alone begins with it.
    """
    written = text.strip()
    if written.startswith('"') and '"' in written[1:]:
        quoted, _, rest = written[1:].partition('"')
        found = _longest(_words(quoted), names)
        return (
            (names[found], rest.strip()) if found and _words(found) == _words(quoted) else (None, _none(quoted, names))
        )
    words = _words(written)
    found = _longest(words, names)
    if found is not None:
        return names[found], _behind(written, len(found.split()))
    possible = sorted({name for called, name in names.items() if words and _words(called)[:1] == words[:1]})
    match possible:
        case [name]:
            return name, _behind(written, 1)
        case []:
            return None, _none(written.split()[0] if words else "", names)
        case _:
            return None, _several(written.split()[0], possible)


def _words(text: str) -> list[str]:
    return text.casefold().split()


def _longest(words: list[str], names: Mapping[str, str]) -> str | None:
    """Return the longest of what checks are called that the words begin with."""
    fitting = [called for called in names if _words(called) and words[: len(called.split())] == _words(called)]
    return max(fitting, key=lambda called: len(called.split()), default=None)


def _behind(text: str, count: int) -> str:
    """Return what stands behind so many words."""
    return "".join(text.split(maxsplit=count)[count:])


def _none(written: str, names: Mapping[str, str]) -> str:
    cure = did_you_mean(written, names.values())
    return f'There is no check "{one_line(written)[:LONGEST_SHOWN]}"{f" ({cure})" if cure else ""}.'


def _several(word: str, names: list[str]) -> str:
    shown = ", ".join(f'"{one_line(name)}"' for name in names[:MOST_SHOWN])
    more = f" and {len(names) - MOST_SHOWN} more" if len(names) > MOST_SHOWN else ""
    return f'Several checks begin with "{one_line(word)[:LONGEST_SHOWN]}": {shown}{more}.'
