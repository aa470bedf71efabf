"""Zip archives, made by zipfile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

DIZ = "FILE_ID.DIZ"


def zipped(content: bytes, name: str = DIZ, *, method: int = zipfile.ZIP_DEFLATED, comment: bytes = b"") -> bytes:
    """Return an archive with a file of its own, a member of that name, and another file."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        archive.writestr("tools/readme.txt", "Read me.\r\n" * 50)
        archive.writestr(name, content)
        archive.writestr("tools.exe", bytes(range(256)))
        archive.comment = comment
    return data.getvalue()


def put(folder: Path, data: bytes, name: str = "tools.zip") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
