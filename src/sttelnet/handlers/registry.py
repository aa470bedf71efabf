"""What the session needs to know of a handler besides its function."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Handler:
    """One handler: a shipped ST… function, or a public function of a site's module."""

    name: str
    function: Callable[..., object]
    where: str  # "scripts/example.py:7"; "sttelnet" for a shipped one
    shipped: bool
    masked: bool
    is_async: bool
    getter: Handler | None = None  # what is called where a `get` names it; None: the same

    @classmethod
    def of(cls, name: str, function: Callable[..., object], where: str = "sttelnet") -> Handler:
        """Return the handler for a function, its marks read off it."""
        getter = getattr(function, "getter", None)
        return cls(
            name,
            function,
            where,
            shipped=where == "sttelnet",
            masked=bool(getattr(function, "masked", False)),
            is_async=inspect.iscoroutinefunction(function),
            getter=cls.of(name, getter, where) if getter is not None else None,
        )
