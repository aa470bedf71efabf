"""The event loops that are measured. uvloop is no dependency: where it is not installed, asyncio's own is the only one."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import Callable
from typing import Any, Final

ASYNCIO: Final = "asyncio"  # the daemon's own
UVLOOP: Final = "uvloop"
LOOPS: Final = (ASYNCIO, UVLOOP) if importlib.util.find_spec("uvloop") else (ASYNCIO,)


def uvloop() -> Any:
    """Return the module."""
    return importlib.import_module("uvloop")


def loop_factory(loop: str) -> Callable[[], asyncio.AbstractEventLoop]:
    """Return what makes such a loop."""
    factory: Callable[[], asyncio.AbstractEventLoop] = (
        uvloop().new_event_loop if loop == UVLOOP else asyncio.new_event_loop
    )
    return factory
