"""Handlers of the file areas: which there are, what is in them, marking, searching."""

from __future__ import annotations

import asyncio
import textwrap
from collections.abc import Callable, Sequence
from typing import Final, Literal, TypeAlias, TypeVar

from sttelnet.ansi import Ansi, Bold, Color, Reset
from sttelnet.areas import Area, AreaFile, Unavailable
from sttelnet.charset import cells, clean, cut
from sttelnet.client import Client
from sttelnet.handlers.account import when
from sttelnet.handlers.choice import MOST_MARKED, Choice, choice_of, picked
from sttelnet.handlers.table import Column, listed, table, width_of
from sttelnet.outcome import BACK, REPEAT, Goto, Outcome
from sttelnet.role import Role
from sttelnet.store import TransferRow
from sttelnet.words import count_words, rate_words, size_words

T = TypeVar("T")

# Scripts that name anything else are refused when they load.
AreaFact: TypeAlias = Literal["title", "area", "count", "size", "quota", "marked"]

LIST: Final = "files/list"
NO_AREAS: Final = "There are no file areas here for you."
NO_AREA: Final = "Choose an area first."
EMPTY: Final = "There are no files here yet."
NOTHING_FOUND: Final = "Nothing was found."
NO_TRANSFERS: Final = "No files have been moved yet."
NOT_THERE: Final = "There is no such file in the list: numbers as 1 3-5, names, or all."
GONE: Final = "That file is no longer there."
MAY_NOT_LIST: Final = "You may not see what is in this area."
TRANSFERS: Final = 500  # rows looked back

_AREAS = (
    Column("NO", 3, "right"),
    Column("AREA", 30),
    Column("FILES", 6, "right", window=65),
    Column("SIZE", 8, "right", window=65),
    Column("YOU MAY", 14, window=49),
)
_FILES = (
    Column("NO", 4, "right"),
    Column("", 1),
    Column("NAME", 22),
    Column("SIZE", 7, "right"),
    Column("DATE", 10, window=60),
    Column("DESCRIPTION", 11, window=50),
)
_FOUND = (*_FILES[:-1], Column("AREA", 10, window=70), _FILES[-1])
_TRANSFERS = (
    Column("WHEN", 16, window=39),
    Column("WHO", 12, window=60),
    Column("", 4),
    Column("NAME", 16),
    Column("SIZE", 7, "right"),
    Column("RATE", 9, "right", window=70),
    Column("RESULT", 9),
)


async def STAreas(client: Client, keep: int = 8) -> str:
    """Print the file areas the client may do anything in, in pages."""
    areas = client.services.areas.visible(client.role)
    if not areas:
        return NO_AREAS
    async with asyncio.TaskGroup() as tasks:  # all are asked at once, as one may not answer
        rows = [tasks.create_task(_area_row(client, number, area)) for number, area in enumerate(areas, 1)]
    return listed(client, _AREAS, [row.result() for row in rows], keep)


async def _area_row(client: Client, number: int, area: Area) -> list[str]:
    count, size = await _held(client, area)
    return [str(number), area.title, count, size, _rights(client, area)]


async def _held(client: Client, area: Area) -> tuple[str, str]:
    """Return how many files an area has, and of what size together."""
    if not area.may_list(client.role):
        return "-", "-"
    files = await client.services.areas.files(area)
    if isinstance(files, Unavailable):
        return "-", "-"
    return str(len(files)), size_words(sum(file.size for file in files))


def _rights(client: Client, area: Area) -> str:
    rights = {"list": area.may_list, "take": area.may_download, "give": area.may_upload}
    return " ".join(word for word, may in rights.items() if may(client.role))


async def STAreaOpen(client: Client, data: str, page: str = LIST, search: str = "", transfers: str = "") -> Outcome:
    """Take an area's number or name and go to the page that lists it; an empty line goes back.

    "s" and "t" go to the pages given as `search` and `transfers`.
    """
    text = data.strip()
    if not text:
        return BACK
    areas = client.services.areas.visible(client.role)
    area = next((area for area in areas if text.casefold() in {area.name.casefold(), area.title.casefold()}), None)
    if area is None and text.isdecimal() and 1 <= int(text) <= len(areas):
        area = areas[int(text) - 1]
    if area is None and (elsewhere := {"s": search, "t": transfers}.get(text.casefold())):
        return Goto(elsewhere)
    if area is None:
        client.notice("There is no such area.")
        return REPEAT
    choice_of(client).turn_to(area=area.name)
    return Goto(page)


def area_of(client: Client) -> Area | None:
    """Return the area the client has opened, if it is still there for them."""
    area = client.services.areas.find(choice_of(client).area)
    return area if area is not None and area.is_visible(client.role) else None


async def STArea(client: Client, fact: AreaFact = "title") -> str:
    """Print a fact about the open area: title, count, size, quota; or how much is marked.

    While what was found is listed, the title says so; "area" is the open area's all the same.
    """
    choice, area = choice_of(client), area_of(client)
    if fact == "marked":
        files = count_words(len(choice.marked), "file")
        return f"{files}, {size_words(choice.size)}" if choice.marked else "nothing"
    if choice.words and fact == "title":
        return f'Search for "{choice.words}"'
    if area is None:
        return ""
    match fact:
        case "title" | "area":
            return area.title
        case "quota":
            return size_words(area.quota)
        case "count":
            return (await _held(client, area))[0]
        case "size":
            return (await _held(client, area))[1]
    message = f'unknown fact "{fact}" (one of title area count size quota marked)'
    raise ValueError(message)


async def STFiles(client: Client, keep: int = 8) -> str:
    """Print the files of the open area, or what was found, in pages; marked ones with a star."""
    choice = choice_of(client)
    choice.shown = []
    files = await _listing(client, choice)
    if isinstance(files, str):
        return files
    choice.shown = files
    choice.find_page(client)
    columns = _FOUND if choice.words else _FILES
    printed = _paged(client, columns, files, lambda number, file: _file_row(number, file, choice), keep)
    choice.page = client.page_index
    return printed


async def _listing(client: Client, choice: Choice) -> list[AreaFile] | str:
    """Return the files to list, or why there are none."""
    areas, area = client.services.areas, area_of(client)
    if choice.words:
        return await areas.search(client.role, choice.words) or NOTHING_FOUND
    if area is None:
        return NO_AREA
    if not area.may_list(client.role):
        return MAY_NOT_LIST
    files = await areas.files(area)
    return files.reason if isinstance(files, Unavailable) else files or EMPTY


def _paged(
    client: Client, columns: Sequence[Column], items: Sequence[T], row: Callable[[int, T], list[str]], keep: int
) -> Ansi:
    """Return the titles and the rows of the list page the client is on: of thousands no more are made than that."""
    numbers = map(int, client.page([str(number) for number in range(1, 1 + len(items))], keep))
    rows = [row(number, items[number - 1]) for number in numbers]
    return Ansi("\n").join(table(columns, rows, width_of(client)))


def _file_row(number: int, file: AreaFile, choice: Choice) -> list[str]:
    star = Color("bright yellow") + "*" + Reset() if choice.is_marked(file) else ""
    row = [str(number), star, file.name, size_words(file.size), _date(file.modified)[:10]]
    return [*row, file.area, file.summary] if choice.words else [*row, file.summary]


def _date(seconds: float) -> str:
    """Return a file's date, "" for one beyond the calendar: whoever wrote the file could choose it."""
    try:
        return when(seconds)
    except (ValueError, OverflowError, OSError):
        return ""


async def STFilesMark(client: Client, data: str) -> Outcome:
    """Take numbers or names of files and mark them, or take their marks off; "none" takes all off."""
    choice, text = choice_of(client), data.strip()
    if text.casefold() == "none":
        choice.marked.clear()
        return BACK
    files = picked(text, choice.shown)
    if files is None:
        client.notice(NOT_THERE)
        return REPEAT
    if not choice.mark(files):
        client.notice(f"{MOST_MARKED} marks at one time are enough.")
        return REPEAT
    return BACK


async def STFilesSearch(client: Client, data: str, page: str = LIST) -> Outcome:
    """Take words, and go to the page that lists the files of all areas in whose name or description they stand.

    An empty line goes back, and from what was found to the open area, if there is one.
    """
    choice, words = choice_of(client), " ".join(clean(data).split())[:60]
    if words:
        choice.turn_to(words=words)
        return Goto(page)
    if choice.words and area_of(client) is not None:
        choice.turn_to(area=choice.area)
    return BACK


async def STFileShow(client: Client, data: str, page: str = "files/file") -> Outcome:
    """Take a file's number or name and go to the page with its card; an empty line goes back."""
    choice = choice_of(client)
    files = picked(data.strip(), choice.shown)
    if files is None or len(files) > 1:
        client.notice(NOT_THERE)
        return REPEAT
    if not files:
        return BACK
    choice.looked_at = files[0]
    return Goto(page)


def STFileCard(client: Client, keep: int = 7) -> str:
    """Print what is known of the file the client looks at: size, date, who brought it, SHA-256, description."""
    file = choice_of(client).looked_at
    area = client.services.areas.find(file.area) if file is not None else None
    if file is None or area is None or not area.may_list(client.role):
        return GONE
    width = width_of(client)
    facts = [
        f"Size         {size_words(file.size)} ({file.size:,} bytes), taken {count_words(file.downloads, 'time')}",
        f"Date         {_date(file.modified)}",
        f"Area         {area.title}",
    ]
    if file.uploader:
        facts.append(f"Brought by   {file.uploader}, {when(file.uploaded)}")
    if file.sha256:
        facts.append(f"SHA-256      {file.sha256}")
    text = [*facts, "", *file.description.split("\n")]
    rows: list[str] = [Bold() + row + Reset() for row in _wrapped(file.name, width)]
    rows += [row for line in text for row in _wrapped(line, width)]
    return Ansi("\n").join(client.page(rows, keep))


def _wrapped(text: str, width: int) -> list[str]:
    """Return text in rows of at most so many cells, broken between words where that can be."""
    rows: list[str] = []
    for row in textwrap.wrap(text, width) or [""]:
        rest = row
        while cells(rest) > width:  # letters of two cells
            rows.append(cut(rest, width))
            rest = rest[len(rows[-1]) :]
        rows.append(rest)
    return rows


async def STTransfers(client: Client, keep: int = 8) -> str:
    """Print the newest transfers in pages: a member's own, and everybody's for operators and admins."""
    everybody = client.role >= Role.OPERATOR
    if not everybody and client.user_id is None:
        return NO_TRANSFERS
    rows = await client.services.store.transfers.latest(TRANSFERS, None if everybody else client.user_id)
    return _paged(client, _TRANSFERS, rows, _transfer_row, keep) if rows else NO_TRANSFERS


def _transfer_row(_: int, row: TransferRow) -> list[str]:
    return [
        when(row.at),
        row.who,
        "took" if row.direction == "download" else "gave",
        row.name,
        size_words(row.size),
        rate_words(row.size, row.seconds) if row.size else "",
        row.result,
    ]
