"""How the operating system is asked: what it does not give is None, never an exception."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

import psutil

P = ParamSpec("P")
T = TypeVar("T")

# What psutil raises on purpose, and what reading an odd /proc ends in: a missing btime line is a
# RuntimeError, missing swap counters a RuntimeWarning, a missing line of meminfo a KeyError, a function that
# was not built an AttributeError.
MISSING: Final = (
    psutil.Error,
    NotImplementedError,
    OSError,
    RuntimeError,
    RuntimeWarning,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
)


def ask(question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
    """Return the answer, None where this host has none."""
    try:
        return question(*args, **kwargs)
    except MISSING:
        return None
