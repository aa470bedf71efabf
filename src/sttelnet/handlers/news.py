"""The news of a site: news.txt in its files folder."""

from __future__ import annotations

import re
import textwrap
from datetime import UTC, datetime
from typing import Final

from sttelnet.ansi import Ansi, Bold, Color, Reset
from sttelnet.charset import clean
from sttelnet.client import Client
from sttelnet.handlers.account import LAST_LOG_IN
from sttelnet.handlers.files import Unreadable, read_dated
from sttelnet.handlers.table import width_of
from sttelnet.members import Member

NEWS: Final = "news.txt"
NO_NEWS: Final = "No news."
_NEW: Final = "NEW "
_RULE = re.compile(r"-{4,}")
_DATED = re.compile(r"\d{4}-\d\d-\d\d\b")


async def STNews(client: Client, count: int = 5, keep: int = 8) -> str:
    """Print the newest sections of news.txt, in pages; those since the member's last visit are marked.

    Lines of four or more hyphens part the sections; in a file without such a line, each line that begins with
    a date (2026-11-23) begins one. Where all begin with a date the newest come first, else the file's order
    counts.
    """
    found, changed = await read_dated(client.services.files, NEWS)
    if isinstance(found, Unreadable):
        if found.missing:
            return NO_NEWS
        message = f"cannot show {NEWS}: {found.reason}"
        raise ValueError(message)
    parts = sections(found)[: max(0, count)]
    fresh = count_new(parts, changed, last_visit(client))
    rows = [row for at, part in enumerate(parts) for row in (*_set(part, width_of(client), new=at in fresh), "")]
    return Ansi("\n").join(client.page(rows[:-1], keep)) if rows else NO_NEWS


async def STNewsNew(client: Client, otherwise: str = "", count: int = 5) -> str:
    """Print how much is new in the newest sections since the member's last visit, `otherwise` where nothing is."""
    found, changed = await read_dated(client.services.files, NEWS)
    if isinstance(found, Unreadable):
        return otherwise
    fresh = count_new(sections(found)[: max(0, count)], changed, last_visit(client))
    return f"{len(fresh)} new since your last visit" if fresh else otherwise


def last_visit(client: Client) -> float | None:
    """Return when a member logged in before this time, None for guests and newcomers."""
    before = client.client_data.get(LAST_LOG_IN)
    return before.last_login if isinstance(before, Member) else None


def count_new(parts: list[list[str]], changed: float, visit: float | None) -> set[int]:
    """Return which sections came after a visit: those with its date or a later one, in a file changed since.

    A section without a date is new where it stands first.
    """
    if visit is None or changed <= visit:
        return set()
    day = datetime.fromtimestamp(visit, UTC).astimezone().strftime("%Y-%m-%d")
    dated = [part[0][:10] if _DATED.match(part[0]) else "" for part in parts]
    return {at for at, date in enumerate(dated) if (date >= day if date else at == 0)}


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


def _trimmed(lines: list[str]) -> list[str]:
    start, end = 0, len(lines)
    while start < end and not lines[start]:
        start += 1
    while start < end and not lines[end - 1]:
        end -= 1
    return lines[start:end]


def _set(section: list[str], width: int, *, new: bool) -> list[str]:
    """Return a section in rows of at most `width` characters, the first line bold."""
    mark = _NEW if new else ""
    head, *body = section
    first, *rest = textwrap.wrap(head, width, initial_indent=mark) or [mark]
    rows = [row for line in body for row in (textwrap.wrap(line, width) or [""])]
    shown = Color("bright green") + mark + Reset() if new else Ansi("")
    return [shown + Bold() + first[len(mark) :] + Reset(), *rest, *rows]
