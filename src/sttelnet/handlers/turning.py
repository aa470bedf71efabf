"""Pages of a table that is too long to be read whole: each begins behind the last row of the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sttelnet.client import Client

MOST_READ: Final = 300  # entries at a time, however high the window

_KEY: Final = "sttelnet.turning"  # client_data


@dataclass(slots=True)
class Turning:
    """Where the pages of a client's list begin, as far as they have turned them."""

    of: object  # what is listed
    room: int  # rows of a page
    page: int = 0  # the one to show
    starts: list[int | None] = field(default_factory=lambda: [None])  # each page has the entries before this number

    @property
    def before(self) -> int | None:
        """The number below which the page's entries are; None for the newest."""
        return self.starts[self.page]

    @property
    def limit(self) -> int:
        """How many entries to read: one more than a page can take tells that there is another page."""
        return min(self.room + 1, MOST_READ)

    def fill(self, entries: Sequence[tuple[int, list[str]]]) -> list[str]:
        """Return the page's rows, of the numbers and rows of entries, and remember where the next page begins."""
        del self.starts[self.page + 1 :]
        rows: list[str] = []
        last = None
        for number, text in entries:
            if rows and len(rows) + len(text) > self.room:
                break
            rows += text[: self.room]
            last = number
        if entries and (last != entries[-1][0] or len(entries) == self.limit):
            self.starts.append(last)
        return rows


def turning(client: Client, of: object, keep: int) -> Turning:
    """Return the pages of a list; another list, or pages of another height, begin at its first page."""
    room = client.settings.room(client.terminal.size.rows, keep)
    pages = client.client_data.get(_KEY)
    if not (isinstance(pages, Turning) and (pages.of, pages.room) == (of, room)):
        client.client_data[_KEY] = pages = Turning(of, room)
        client.page_index = 0
    pages.page = client.page_index = min(client.page_index, len(pages.starts) - 1)
    return pages


def turned(client: Client, pages: Turning, rows: list[str], keep: int) -> list[str]:
    """Return the rows of the page, and let the client turn to the pages that are known."""
    others = len(pages.starts) - 1 - pages.page
    filler = [""] * (pages.room - len(rows) + others) if others else []
    return client.page([""] * (pages.page * pages.room) + rows + filler, keep)
