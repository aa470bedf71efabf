"""Handlers of the file areas: which there are, what is in them, marking, searching."""

from __future__ import annotations

import textwrap
from typing import Final, Literal, TypeAlias

from sttelnet.ansi import Ansi, Bold, Color, Reset
from sttelnet.areas import Area, AreaFile, Unavailable
from sttelnet.charset import clean
from sttelnet.client import Client
from sttelnet.handlers.account import when
from sttelnet.handlers.choice import MOST_MARKED, Choice, choice_of, picked
from sttelnet.handlers.table import Column, listed, width_of
from sttelnet.outcome import BACK, REPEAT, Goto, Outcome
from sttelnet.role import Role
from sttelnet.store import TransferRow
from sttelnet.words import count_words, rate_words, size_words

# Scripts that name anything else are refused when they load.
AreaFact: TypeAlias = Literal["title", "count", "size", "quota", "marked"]

LIST: Final = "files/list"
NO_AREAS: Final = "There are no file areas here for you."
NO_AREA: Final = "Choose an area first."
EMPTY: Final = "There are no files here yet."
NOTHING_FOUND: Final = "Nothing was found."
NO_TRANSFERS: Final = "No files have been moved yet."
NOT_THERE: Final = "There is no such file in the list: numbers as 1 3-5, names, or all."
MAY_NOT_LIST: Final = "You may not see what is in this area."
TRANSFERS: Final = 500  # rows looked back

_AREAS = (
    Column("NO", 3, "right"),
    Column("AREA", 30),
    Column("FILES", 6, "right", window=60),
    Column("SIZE", 8, "right", window=60),
    Column("YOU MAY", 10),
)
_FILES = (
    Column("NO", 4, "right"),
    Column("", 1),
    Column("NAME", 22),
    Column("SIZE", 7, "right"),
    Column("DATE", 10, window=60),
    Column("DESCRIPTION", 10),
)
_FOUND = (*_FILES[:-1], Column("AREA", 10, window=70), _FILES[-1])
_TRANSFERS = (
    Column("WHEN", 16),
    Column("WHO", 12, window=60),
    Column("", 4),
    Column("NAME", 20),
    Column("SIZE", 7, "right"),
    Column("RATE", 9, "right", window=70),
    Column("RESULT", 7),
)


async def STAreas(client: Client, keep: int = 8) -> str:
    """Print the file areas the client may do anything in, in pages."""
    areas = client.services.areas.visible(client.role)
    if not areas:
        return NO_AREAS
    return listed(client, _AREAS, [await _area_row(client, number, area) for number, area in enumerate(areas, 1)], keep)


async def _area_row(client: Client, number: int, area: Area) -> list[str]:
    count = size = "-"
    if area.may_list(client.role) and isinstance(files := await client.services.areas.files(area), list):
        count, size = str(len(files)), size_words(sum(file.size for file in files))
    return [str(number), area.title, count, size, _rights(client, area)]


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
    choice = choice_of(client)
    choice.area, choice.words, choice.shown = area.name, "", []
    return Goto(page)


def area_of(client: Client) -> Area | None:
    """Return the area the client has opened, if it is still there for them."""
    area = client.services.areas.find(choice_of(client).area)
    return area if area is not None and area.is_visible(client.role) else None


async def STArea(client: Client, fact: AreaFact = "title") -> str:
    """Print a fact about the open area: title, count, size, quota; or how much is marked."""
    choice, area = choice_of(client), area_of(client)
    if fact == "marked":
        files = count_words(len(choice.marked), "file")
        return f"{files}, {size_words(choice.size)}" if choice.marked else "nothing"
    if choice.words and fact == "title":
        return f'Search for "{choice.words}"'
    if area is None:
        return ""
    match fact:
        case "title":
            return area.title
        case "quota":
            return size_words(area.quota)
        case "count" | "size":
            files_there = await client.services.areas.files(area) if area.may_list(client.role) else []
            if isinstance(files_there, Unavailable):
                return "-"
            return str(len(files_there)) if fact == "count" else size_words(sum(file.size for file in files_there))
    message = f'unknown fact "{fact}" (one of title count size quota marked)'
    raise ValueError(message)


async def STFiles(client: Client, keep: int = 8) -> str:
    """Print the files of the open area, or what was found, in pages; marked ones with a star."""
    choice = choice_of(client)
    if choice.words:
        choice.shown = await client.services.areas.search(client.role, choice.words)
        return _table(client, choice, keep) if choice.shown else NOTHING_FOUND
    area = area_of(client)
    if area is None:
        return NO_AREA
    if not area.may_list(client.role):
        choice.shown = []
        return MAY_NOT_LIST
    files = await client.services.areas.files(area)
    if isinstance(files, Unavailable):
        return files.reason
    choice.shown = files
    return _table(client, choice, keep) if files else EMPTY


def _table(client: Client, choice: Choice, keep: int) -> str:
    columns = _FOUND if choice.words else _FILES
    rows = [_file_row(number, file, choice) for number, file in enumerate(choice.shown, 1)]
    return listed(client, columns, rows, keep)


def _file_row(number: int, file: AreaFile, choice: Choice) -> list[str]:
    star = Color("bright yellow") + "*" + Reset() if choice.is_marked(file) else ""
    row = [str(number), star, file.name, size_words(file.size), when(file.modified)[:10]]
    return [*row, file.area, file.summary] if choice.words else [*row, file.summary]


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
    if len(choice.marked) + len(files) > MOST_MARKED:
        client.notice(f"{MOST_MARKED} marks at one time are enough.")
        return REPEAT
    if files:
        choice.mark(files)
    return BACK


async def STFilesSearch(client: Client, data: str, page: str = LIST) -> Outcome:
    """Take words, and go to the page that lists the files of all areas in whose name or description they stand."""
    words = " ".join(clean(data).split())[:60]
    if not words:
        return BACK
    choice = choice_of(client)
    choice.words, choice.shown = words, []
    client.page_index = 0
    return Goto(page)


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


def STFileCard(client: Client) -> str:
    """Print what is known of the file the client looks at: size, date, who brought it, SHA-256, description."""
    file = choice_of(client).looked_at
    if file is None:
        return NOT_THERE
    width = width_of(client)
    rows = [
        Bold() + file.name + Reset(),
        "",
        f"Size         {size_words(file.size)} ({file.size:,} bytes)",
        f"Date         {when(file.modified)}",
        f"Area         {file.area}",
    ]
    if file.uploader:
        rows.append(f"Brought by   {file.uploader}, {when(file.uploaded)}")
    rows.append(f"Taken        {count_words(file.downloads, 'time')}")
    if file.sha256:
        rows.append(f"SHA-256      {file.sha256}")
    rows.append("")
    rows += [row for line in file.description.split("\n") for row in textwrap.wrap(line, width) or [""]]
    return Ansi("\n").join(rows)


async def STTransfers(client: Client, keep: int = 8) -> str:
    """Print the newest transfers in pages: a member's own, and everybody's for operators and admins."""
    everybody = client.role >= Role.OPERATOR
    if not everybody and client.user_id is None:
        return NO_TRANSFERS
    rows = await client.services.store.transfers.latest(TRANSFERS, None if everybody else client.user_id)
    return listed(client, _TRANSFERS, map(_transfer_row, rows), keep) if rows else NO_TRANSFERS


def _transfer_row(row: TransferRow) -> list[str]:
    return [
        when(row.at),
        row.who,
        "took" if row.direction == "download" else "gave",
        row.name,
        size_words(row.size),
        rate_words(row.size, row.seconds) if row.size else "",
        row.result,
    ]
