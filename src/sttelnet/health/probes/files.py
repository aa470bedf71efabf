"""Files: how old the newest is that a path or a pattern names. What backups are judged by."""

from __future__ import annotations

import glob
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.dialing import left
from sttelnet.health.probes.judging import failed, judged
from sttelnet.health.probes.model import Asked
from sttelnet.health.probes.regular import absence, what_is
from sttelnet.words import duration_words, size_words

MOST_FILES: Final = 100_000  # that a pattern may name
HOUR: Final = 3600
LEAD: Final = 1.0  # hours that a file may be ahead of this host's clock


def look_at_file(asked: Asked, home: Path, deadline: float) -> Result:
    """Find the newest file. Blocks; raises TimeoutError."""
    found: tuple[str, os.stat_result] | str
    if glob.has_magic(asked.target):
        found = _newest(glob.iglob(os.path.join(glob.escape(str(home)), asked.target)), deadline)
    else:
        found = _status(str(home / asked.target))
    if isinstance(found, str):
        return failed(found)
    name, status = found
    age = (time.time() - status.st_mtime) / HOUR
    if -LEAD < age < 0:
        age = 0.0
    words = f"{duration_words(age * HOUR)} old" if age >= 0 else "from the future"
    return judged(
        f"{Path(name).name} {words}, {size_words(status.st_size)}",
        Figure("age", round(age, 3), "h", asked.warning, asked.critical),
        Figure("size", status.st_size, "B", least=0),
    )


def _status(path: str) -> tuple[str, os.stat_result] | str:
    try:
        status = os.stat(path)
    except (OSError, ValueError) as error:
        return absence(error)
    wrong = what_is(status)
    return f"it is {wrong}" if wrong else (path, status)


def _newest(paths: Iterator[str], deadline: float) -> tuple[str, os.stat_result] | str:
    """Return the newest regular file of many."""
    newest: tuple[str, os.stat_result] | None = None
    for count, path in enumerate(paths):
        if count >= MOST_FILES:
            return f"there are more than {MOST_FILES} files: make the pattern narrower"
        left(deadline)
        found = _status(path)
        if not isinstance(found, str) and (newest is None or found[1].st_mtime > newest[1].st_mtime):
            newest = found
    return newest or "there is no such file"
