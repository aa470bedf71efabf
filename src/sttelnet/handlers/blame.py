"""Which line a thread is in: named where it keeps others waiting."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType
from typing import Final

SITE_PACKAGE: Final = "sttelnet_site_"  # a site's modules are loaded as a package of this name and a number


def place_of_thread(ident: int | None) -> str:
    """Return where a thread is, as "scripts/h.py:12 in Work"; "" for one that has ended."""
    frame = sys._current_frames().get(ident) if ident is not None else None  # noqa: SLF001 - the documented way
    return "" if frame is None else place_of(frame)


def place_of(frame: FrameType) -> str:
    """Return the innermost line of a site's module; where there is none, the innermost of all."""
    at: FrameType | None = frame
    while at is not None:
        if _module(at).startswith(SITE_PACKAGE):
            return _shown(at)
        at = at.f_back
    return _shown(frame)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _shown(frame: FrameType) -> str:
    """Name the line as errors do: a site's file from the folder of scripts on, others from their package on."""
    path = Path(frame.f_code.co_filename)
    parts = _module(frame).count(".") + (path.stem == "__init__") + 1  # the package's folder among them
    return f"{'/'.join(path.parts[-parts:])}:{frame.f_lineno} in {frame.f_code.co_name}"
