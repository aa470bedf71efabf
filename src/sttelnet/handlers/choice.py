"""What a client has before them in the file areas: an area or what was found, and what they have marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sttelnet.areas import AreaFile
from sttelnet.client import Client

_KEY: Final = "sttelnet.files"
_NUMBERS: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
MOST_MARKED: Final = 1000


@dataclass(slots=True)
class Choice:
    """One client's place in the file areas, kept for the session."""

    area: str = ""  # the area's name, "" before one was opened
    words: str = ""  # what was searched for, "" while an area is shown
    shown: list[AreaFile] = field(default_factory=list)  # what was last listed: numbers count from it
    page: int = 0  # of that list
    marked: dict[tuple[str, str], AreaFile] = field(default_factory=dict)  # by area and name
    looked_at: AreaFile | None = None  # the file whose card is shown
    _visit: object = None  # the input queue of the script the list was last shown on: each visit has its own

    def turn_to(self, *, area: str = "", words: str = "") -> None:
        """Turn to an area, or to what is found in all of them; the area that was open stays so meanwhile."""
        self.area, self.words = area or self.area, words
        self.shown, self.page = [], 0

    def find_page(self, client: Client) -> None:
        """Have the list's page shown again where a script has just been entered: several show the one list."""
        if self._visit is not client.set_commands:
            self._visit = client.set_commands
            client.page_index = self.page

    def is_marked(self, file: AreaFile) -> bool:
        """Whether a file is marked."""
        return (file.area, file.name) in self.marked

    def mark(self, files: Sequence[AreaFile]) -> bool:
        """Mark files; all of them marked already takes the marks off. False where that would be too many marks."""
        keys = {(file.area, file.name): file for file in files}
        if keys.keys() <= self.marked.keys():
            for key in keys:
                del self.marked[key]
            return True
        if len(self.marked.keys() | keys.keys()) > MOST_MARKED:
            return False
        self.marked.update(keys)
        return True

    def unmark(self, area: str, name: str) -> None:
        """Take one mark off, if it is there."""
        self.marked.pop((area, name), None)

    @property
    def size(self) -> int:
        """How many bytes are marked."""
        return sum(file.size for file in self.marked.values())


def choice_of(client: Client) -> Choice:
    """Return the client's choice."""
    choice = client.client_data.setdefault(_KEY, Choice())
    assert isinstance(choice, Choice)  # noqa: S101 - the key is ours
    return choice


def picked(text: str, shown: Sequence[AreaFile]) -> list[AreaFile] | None:
    """Return the files that "1 3-5" names, or names of files, each once; None where something is neither.

    A number counts before a name: else a file called 3 would stand in the way of the third.
    """
    if text.strip().casefold() == "all":
        return list(shown)
    by_name = {file.name.casefold(): place for place, file in enumerate(shown)}
    words = [_numbered(word, len(shown)) or word for word in text.replace(",", " ").split()]
    whole = by_name.get(text.strip().casefold())
    if whole is not None and not all(isinstance(word, range) for word in words):
        return [shown[whole]]  # a name may have blanks
    places: dict[int, None] = {}
    for word in words:
        if isinstance(word, range):
            places.update(dict.fromkeys(word))
        elif (place := by_name.get(word.casefold())) is not None:
            places[place] = None
        else:
            return None
    return [shown[place] for place in places]


def _numbered(word: str, count: int) -> range | None:
    """Return the places in the list that "3" or "3-5" means; None where there is no such."""
    numbers = _NUMBERS.fullmatch(word)
    if numbers is None:
        return None
    first, last = int(numbers[1]), int(numbers[2] or numbers[1])
    return range(first - 1, last) if 1 <= first <= last <= count else None
