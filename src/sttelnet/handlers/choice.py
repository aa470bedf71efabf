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
    marked: dict[tuple[str, str], AreaFile] = field(default_factory=dict)  # by area and name
    looked_at: AreaFile | None = None  # the file whose card is shown

    def is_marked(self, file: AreaFile) -> bool:
        """Whether a file is marked."""
        return (file.area, file.name) in self.marked

    def mark(self, files: Sequence[AreaFile]) -> None:
        """Mark files; all of them marked already takes the marks off."""
        keys = {(file.area, file.name): file for file in files}
        if keys.keys() <= self.marked.keys():
            for key in keys:
                del self.marked[key]
        else:
            self.marked.update(keys)

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
    """Return the files that "1 3-5" names, or names of files; None where something is neither."""
    if text.strip().casefold() == "all":
        return list(shown)
    by_name = {file.name.casefold(): file for file in shown}
    if (whole := by_name.get(text.strip().casefold())) is not None:
        return [whole]
    files: list[AreaFile] = []
    for word in text.replace(",", " ").split():
        if (file := by_name.get(word.casefold())) is not None:
            files.append(file)
        elif numbers := _NUMBERS.fullmatch(word):
            first, last = int(numbers[1]), int(numbers[2] or numbers[1])
            if not 1 <= first <= last <= len(shown):
                return None
            files += shown[first - 1 : last]
        else:
            return None
    return files
