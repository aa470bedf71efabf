"""What a `set` or `post` handler tells the session to do next.

A handler may return the article's words ("refresh", "repeat", a keyword, …) or these values;
`read` turns either into an Outcome. Outcomes are returned, never raised.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final, TypeAlias


class Step(enum.Enum):
    """Every outcome that needs no keyword; the value is the word a handler may return instead."""

    ACCEPTED = ""
    REFRESH = "refresh"
    REMAIN = "remain"
    REPEAT = "repeat"
    BACK = "back"
    LOGOFF = "logoff"


@dataclass(frozen=True, slots=True)
class Goto:
    """Go to a script: clear, send it, read input."""

    keyword: str


Outcome: TypeAlias = Step | Goto

ACCEPTED: Final = Step.ACCEPTED
REFRESH: Final = Step.REFRESH
REMAIN: Final = Step.REMAIN
REPEAT: Final = Step.REPEAT
BACK: Final = Step.BACK
LOGOFF: Final = Step.LOGOFF
ROOT: Final = Goto("root")

# These words name outcomes, so no script may have one as its keyword ("root" is the exception: it is a script).
RESERVED_WORDS: Final = frozenset(step.value for step in Step if step.value)
# What a `key:` statement may name besides a script.
KEY_WORDS: Final = frozenset({"back", "refresh", "logoff"})

_WORDS: Final = {step.value: step for step in Step}


def read(value: object) -> Outcome | None:
    """Return the outcome a handler's return value stands for, or None when it stands for none."""
    if value is None:
        return ACCEPTED
    if isinstance(value, (Step, Goto)):
        return value
    if isinstance(value, str):
        return _WORDS.get(value) or Goto(value)
    return None
