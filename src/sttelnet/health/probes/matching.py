"""Regular expressions over text that strangers write, with a limit of time.

A pattern may take longer than the universe for one line: `(a+)+$`. Python holds its global lock while it matches, so
in a thread such a line would stop the whole daemon. A pattern that is more than plain text is therefore matched in a
process of its own, which ends itself at its time and is killed if it does not.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from sttelnet.health.runner import environment

LONGEST_PATTERN: Final = 1000  # characters
LONGEST_LINE: Final = 4096  # characters of a line that are matched
LEAST_SECONDS: Final = 0.1
TOO_SLOW: Final = "the pattern takes too long: make it simpler"

_SPECIAL = re.compile(r"[.^$*+?{}\[\]\\|()]")

# It is given the pattern and the texts with NULs between, and answers with a 0 or 1 for each. The watchdog is a thread
# of C that needs no lock: it ends the process even where the daemon is gone.
_MATCHER: Final = """
import faulthandler, os, re, sys
faulthandler.dump_traceback_later(float(sys.argv[1]), exit=True, file=open(os.devnull, "w"))
pattern, *texts = sys.stdin.buffer.read().decode("utf-8", "surrogatepass").split("\\0")
search = re.compile(pattern).search
sys.stdout.write("".join("1" if search(text) else "0" for text in texts))
"""


def pattern_problem(pattern: str) -> str:
    """Return why a pattern cannot be used, "" if it can."""
    if len(pattern) > LONGEST_PATTERN:
        return f"the pattern is longer than {LONGEST_PATTERN} characters: make it shorter"
    if "\0" in pattern:
        return "the pattern has a NUL in it: take it out"
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return f"the pattern cannot be read: {error}"
    return ""


def matches(pattern: str, texts: Sequence[str], deadline: float) -> list[bool] | None:
    """Say which of the texts a good pattern is found in; None where that takes until the deadline (time.monotonic).

    Blocks. Raises OSError where no process can be started.
    """
    if not _SPECIAL.search(pattern):
        return [pattern in text for text in texts]
    if not texts:
        return []
    seconds = max(LEAST_SECONDS, deadline - time.monotonic())
    given = "\0".join([pattern, *(text.replace("\0", "") for text in texts)])
    try:
        done = subprocess.run(  # noqa: S603 - this Python, with code from here
            (sys.executable, "-I", "-S", "-c", _MATCHER, f"{seconds:.3f}"),
            input=given.encode("utf-8", "surrogatepass"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment(os.environ),
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0 or len(done.stdout) != len(texts):
        return None
    return [mark == ord("1") for mark in done.stdout]
