"""Where received files go: under a name of their own until they are whole, and never over what is there."""

from __future__ import annotations

import contextlib
import os
import re
import time
import unicodedata
from pathlib import Path
from typing import Final

_LONGEST: Final = 255  # bytes of a name
_LATEST: Final = 24 * 60 * 60  # seconds a file may be dated ahead of our clock
# Devices on Windows, whatever their suffix: refused everywhere, for a folder may be shared.
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])(\..*)?", re.IGNORECASE)
_FORBIDDEN: Final = frozenset('<>:"|?*')
_NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


def safe_name(offered: bytes) -> str | None:
    """Return the last part of an offered path, where it is fit to be a file's name everywhere."""
    try:
        text = offered.decode()
    except UnicodeDecodeError:
        text = offered.decode("cp437")
    name = unicodedata.normalize("NFC", re.split(r"[/\\]", text)[-1]).rstrip(". ")
    fit = (
        name
        and name[0] not in "-."
        and len(name.encode()) <= _LONGEST
        and _FORBIDDEN.isdisjoint(name)
        and (name.isprintable() or not any(map(_acts, name)))
        and not _DEVICE.fullmatch(name)
    )
    return name if fit else None


def _acts(letter: str) -> bool:
    """Whether a letter is none: it controls, parts lines, or stands for nothing. Blanks of every width are letters."""
    return unicodedata.category(letter).startswith("C") or unicodedata.category(letter) in {"Zl", "Zp"}


class Incoming:
    """A file that is being received."""

    def __init__(self, folder: str, name: str) -> None:
        self.name = name
        self._path = os.path.join(folder, name)
        self._part = os.path.join(folder, f".zmodem-{os.urandom(8).hex()}.part")
        self._file = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o666)

    def write(self, data: bytes) -> None:
        """Append."""
        view = memoryview(data)
        while view:
            view = view[os.write(self._file, view) :]

    def publish(self, mtime: int | None) -> bool:
        """Give it its name and date; False where another has taken the name meanwhile."""
        os.close(self._file)
        self._file = -1
        if mtime:
            latest = int(time.time()) + _LATEST
            os.utime(self._part, (min(mtime, latest),) * 2)
        try:
            self._link()
        except FileExistsError:
            return False
        finally:
            self.discard()
        return True

    def _link(self) -> None:
        try:
            os.link(self._part, self._path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, 0o666))
            os.replace(self._part, self._path)

    def discard(self) -> None:
        """Leave nothing behind of what was not published."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._part)


class Folder:
    """A directory files are received into."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)

    def receive(self, offered: bytes) -> Incoming | None:
        """Begin a file; None where its name is no good or taken."""
        name = safe_name(offered)
        if name is None or os.path.lexists(os.path.join(self._path, name)):
            return None
        return Incoming(self._path, name)
