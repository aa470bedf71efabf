"""STFile prints a file of the site's own; reading such files."""

from __future__ import annotations

import re
import stat
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sttelnet.ansi import Ansi, Reset
from sttelnet.charset import art, clean
from sttelnet.client import Client
from sttelnet.health.lane import Lane, Look

LARGEST: Final = 256 * 1024  # bytes; a page is some KiB, and every client that sees it gets all of it
MOST_FILES: Final = 64  # kept in memory

# Windows has them in every folder, with any suffix (learn.microsoft.com, "Naming Files, Paths, and Namespaces").
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')  # ":" also begins an NTFS stream


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a file cannot be shown."""

    reason: str
    missing: bool = False


class Leaf:
    """One file, read again when it has changed. Blocks: asked in a lane's thread."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder = folder
        self._name = name
        self._stamp: tuple[int, int] | None = None
        self._text: str = ""
        self.changed = 0.0  # seconds since 1970, as of the last `read`

    def read(self) -> str | Unreadable:
        """Return the file's text, an Ansi for art."""
        path = self._folder / self._name
        try:
            if not path.resolve().is_relative_to(self._folder.resolve()):
                return Unreadable("a link leads out of the files folder")
            facts = path.stat()
            if not stat.S_ISREG(facts.st_mode):
                return Unreadable("it is no file")
            if facts.st_size > LARGEST:
                return Unreadable(f"it has more than {LARGEST // 1024} KiB")
            self.changed = facts.st_mtime
            if (stamp := (facts.st_mtime_ns, facts.st_size)) != self._stamp:
                with path.open("rb") as file:
                    self._text = as_text(self._name, file.read(LARGEST))
                self._stamp = stamp
        except FileNotFoundError:
            return Unreadable("it is not in the files folder", missing=True)
        except (OSError, ValueError, RuntimeError) as error:  # a name no disk takes, links in a circle
            return Unreadable(str(error))
        return self._text


# The daemon has one files folder and few files; whoever is not asked for longest makes room.
_shelf: OrderedDict[tuple[Path, str], tuple[Leaf, Look[str | Unreadable]]] = OrderedDict()


async def STFile(client: Client, name: str) -> str:
    """Print a file of the site's files folder; `.ans` is CP437 art, anything else is text."""
    found = await read(client.services.files, str(name))  # a script may write a number
    if isinstance(found, Unreadable):
        message = f'cannot show "{name}": {found.reason}'
        raise ValueError(message)
    return found


async def read(folder: Path, name: str) -> str | Unreadable:
    """Return the text of a file below a folder, or why it cannot be shown. Never blocks the loop."""
    return (await read_dated(folder, name))[0]


async def read_dated(folder: Path, name: str) -> tuple[str | Unreadable, float]:
    """Return the same, and when the file was changed, in seconds since 1970."""
    if (reason := fault_of(name)) is not None:
        return Unreadable(reason), 0.0
    leaf, look = _shelf.get((folder, name)) or (None, None)
    if leaf is None or look is None:
        leaf = Leaf(folder, name)
        look = Look(Lane("file", leaf.read), time.monotonic)
        _shelf[folder, name] = leaf, look
    _shelf.move_to_end((folder, name))
    while len(_shelf) > MOST_FILES:
        _shelf.popitem(last=False)
    found = await look.result()
    return (Unreadable("the disk has not answered in time"), 0.0) if found is None else (found, leaf.changed)


def fault_of(name: str) -> str | None:
    """Return what is wrong with a file's name, None for one that stays in the files folder on every system."""
    if not 1 <= len(name) <= 255:
        return "a name has 1 to 255 characters"
    for part in name.split("/"):
        if not part:
            return "names are relative to the files folder"
        if part.startswith(".") or part.endswith((".", " ")) or _FORBIDDEN.search(part) or _DEVICE.fullmatch(part):
            return "such names are not allowed"
    return None


def as_text(name: str, data: bytes) -> str:
    """Return a file's text: art as Ansi, as it is; anything else without what acts on a terminal."""
    if name.lower().endswith(".ans"):
        return Ansi(art(data).rstrip("\r\n")) + Reset()
    return clean(_decode(data)).rstrip("\n")


def _decode(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("cp437")  # text from the days before
