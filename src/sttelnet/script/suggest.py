"""Did you mean …?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "STHost"?` for the nearest known word, or "" where none is near."""
    by_fold = {name.casefold(): name for name in known}
    nearest = difflib.get_close_matches(word.casefold(), by_fold, n=1)
    return f'did you mean "{by_fold[nearest[0]]}"?' if nearest else ""
