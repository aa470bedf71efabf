"""Opening files in a folder strangers may write to."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from sttelnet.transfer.source import open_regular


def open_file(path: Path) -> BinaryIO:
    """Open a regular file for reading: no link is followed, no pipe waited for. Raises OSError for anything else."""
    return os.fdopen(open_regular(path), "rb")
