"""Handlers that print a site's own files: STFile any of them, STNews the news."""

from __future__ import annotations

import re
import stat
import textwrap
import time
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sttelnet.ansi import Ansi, Bold, Reset
from sttelnet.charset import art, clean
from sttelnet.client import Client
from sttelnet.handlers.table import width_of
from sttelnet.health.lane import Lane, Look

LARGEST: Final = 256 * 1024  # bytes; a page is some KiB, and every client that sees it gets all of it
MOST_FILES: Final = 64  # kept in memory
NEWS: Final = "news.txt"
NO_NEWS: Final = "No news."

# Windows has them in every folder, with any suffix (learn.microsoft.com, "Naming Files, Paths, and Namespaces").
_DEVICE = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')  # ":" also begins an NTFS stream
_RULE = re.compile(r"-{4,}")
_DATED = re.compile(r"\d{4}-\d\d-\d\d\b")


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
_shelf: OrderedDict[tuple[Path, str], Look[str | Unreadable]] = OrderedDict()


async def STFile(client: Client, name: str) -> str:
    """Print a file of the site's files folder; `.ans` is CP437 art, anything else is text."""
    found = await read(client.services.files, str(name))  # a script may write a number
    if isinstance(found, Unreadable):
        message = f'cannot show "{name}": {found.reason}'
        raise ValueError(message)
    return found


async def STNews(client: Client, count: int = 5, keep: int = 8) -> str:
    """Print the newest sections of news.txt, in pages.

    Lines of four or more hyphens part the sections; in a file without such a line, each line that begins with
    a date (2026-11-23) begins one. Where all begin with a date the newest come first, else the file's order
    counts.
    """
    found = await read(client.services.files, NEWS)
    if isinstance(found, Unreadable):
        if found.missing:
            return NO_NEWS
        message = f"cannot show {NEWS}: {found.reason}"
        raise ValueError(message)
    rows = [row for section in sections(found)[: max(0, count)] for row in (*_set(section, width_of(client)), "")]
    return Ansi("\n").join(client.page(rows[:-1], keep)) if rows else NO_NEWS


def sections(text: str) -> list[list[str]]:
    """Return the sections of a news file, the newest first, each as its lines."""
    lines = clean(text).expandtabs().split("\n")
    by_rules = any(_RULE.fullmatch(line.strip()) for line in lines)
    parts: list[list[str]] = [[]]
    for line in lines:
        if by_rules and _RULE.fullmatch(line.strip()):
            parts.append([])
            continue
        if not by_rules and _DATED.match(line):
            parts.append([])
        parts[-1].append(line.rstrip())
    found = [part for part in map(_trimmed, parts) if part]
    if all(_DATED.match(part[0]) for part in found):
        found.sort(key=lambda part: part[0][:10], reverse=True)
    return found


async def read(folder: Path, name: str) -> str | Unreadable:
    """Return the text of a file below a folder, or why it cannot be shown. Never blocks the loop."""
    if (reason := fault_of(name)) is not None:
        return Unreadable(reason)
    look = _shelf.get((folder, name))
    if look is None:
        look = _shelf[folder, name] = Look(Lane("file", Leaf(folder, name).read), time.monotonic)
    _shelf.move_to_end((folder, name))
    while len(_shelf) > MOST_FILES:
        _shelf.popitem(last=False)
    found = await look.result()
    return Unreadable("the disk has not answered in time") if found is None else found


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


def _trimmed(lines: list[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start]:
        start += 1
    while start < end and not lines[end - 1]:
        end -= 1
    return lines[start:end]


def _set(section: list[str], width: int) -> list[str]:
    """Return a section in rows of at most `width` characters, the first line bold."""
    rows = [row for line in section for row in (textwrap.wrap(line, width) or [""])]
    return [Bold() + rows[0] + Reset(), *rows[1:]]
