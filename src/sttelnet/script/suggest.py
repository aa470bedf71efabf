"""Did you mean …?"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

# "STHots" is as near to "STHost" as 0.83, and "Count" to "STAccounts" as 0.67, as "got" is to "get".
_NEAR = 0.7
_NEAR_AS_LONG = 0.6  # where the words are of one length, or nearly


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `did you mean "STHost"?` for the nearest known word, or "" where none is near."""
    by_fold = {name.casefold(): name for name in known}
    folded = word.casefold()
    as_long = [name for name in by_fold if abs(len(name) - len(folded)) <= 1]
    nearest = difflib.get_close_matches(folded, by_fold, n=1, cutoff=_NEAR) or difflib.get_close_matches(
        folded, as_long, n=1, cutoff=_NEAR_AS_LONG
    )
    return f'did you mean "{by_fold[nearest[0]]}"?' if nearest else ""
