"""FILE_ID.DIZ: the description an archive brings with it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sttelnet.areas.archive import member
from sttelnet.areas.reading import open_file
from sttelnet.areas.text import block, decoded

MOST_BYTES: Final = 4096  # read of it, however long it says it is
_NAME: Final = b"file_id.diz"


def diz(path: Path) -> str:
    """Return the FILE_ID.DIZ at the top level of a zip as at most ten lines of 45 columns, "" for none. Blocks.

    Never raises: an archive that is broken, encrypted or made to hurt has no description.
    """
    try:
        with open_file(path) as file:
            data = member(file, _NAME, MOST_BYTES)
    except (OSError, ValueError):  # a name no disk takes is a ValueError
        return ""
    return block(decoded(data, whole=len(data) < MOST_BYTES)) if data else ""
