"""What a script is once it has been read: frozen values, in the order they are sent."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from sttelnet.ansi import Ansi
from sttelnet.charset import cells
from sttelnet.role import Role

Value: TypeAlias = int | str


class Kind(enum.Enum):
    """The six statement types."""

    ANSI = "ansi"
    GET = "get"
    SET = "set"
    POST = "post"
    KEY = "key"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands: `scripts/root.txt:12:17` (line and column count from 1)."""

    path: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with a script or a site module: place, what, cure."""

    place: Place
    message: str
    cure: str = ""  # 'did you mean "STHost"?'
    source: str = ""  # the source line, for the picture
    width: int = 1  # characters the caret line underlines
    code: str = "script"  # a stable word for tools: "unknown-handler", "syntax", …
    warning: bool = False  # true: worth saying, not in the way

    def __str__(self) -> str:
        """Return `scripts/root.txt:12:17: unknown handler "STHots" (did you mean "STHost"?)`."""
        return f"{self.place}: {self.message}" + (f" ({self.cure})" if self.cure else "")

    def picture(self) -> str:
        """Return the line above with the source line and a caret below it."""
        if not self.source:
            return str(self)
        start = self.place.column - 1
        lead = "\t".join(" " * cells(part) for part in self.source[:start].split("\t"))
        marked = cells(self.source[start : start + self.width].replace("\t", " "))
        gutter = f"{self.place.line} | "
        caret = " " * (len(gutter) - 2) + "| " + lead + "^" * max(1, marked)
        return f"{self}\n{gutter}{self.source}\n{caret}"


@dataclass(frozen=True, slots=True)
class Call:
    """A handler's name and the arguments the script gives it."""

    name: str
    positional: tuple[Value, ...]
    keywords: Mapping[str, Value]
    place: Place


@dataclass(frozen=True, slots=True)
class Text:
    """Text to send as it stands; line ends are already CR LF."""

    text: str


@dataclass(frozen=True, slots=True)
class Draw:
    """An `ansi` statement: its bytes, worked out when the script was read."""

    name: str
    ansi: Ansi


@dataclass(frozen=True, slots=True)
class Get:
    """A `get` statement; `width` cells and `align` ("left", "right", "center") are the language's own."""

    call: Call
    width: int | None = None
    align: str = "left"


@dataclass(frozen=True, slots=True)
class Set:
    """A `set` statement; `prompt` is the language's own."""

    call: Call
    prompt: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A `post` statement."""

    call: Call


@dataclass(frozen=True, slots=True)
class Key:
    """A `key` statement: any of the strings, without case, leads to the target."""

    target: str  # a keyword, or "back", "refresh", "logoff"
    strings: tuple[str, ...]  # as written; compared with casefold()
    place: Place


@dataclass(frozen=True, slots=True)
class Page:
    """Facts about the script itself."""

    title: str = ""
    role: Role = Role.GUEST
    secure: bool = False
    refresh: int | None = None  # seconds
    prompt: str | None = None


Piece: TypeAlias = Text | Draw | Get


@dataclass(frozen=True, slots=True)
class Script:
    """One script, read and ready to be sent."""

    keyword: str
    path: str  # as errors name it: "scripts/admin/members.txt"
    body: tuple[Piece, ...] = ()
    sets: tuple[Set, ...] = ()
    posts: tuple[Post, ...] = ()
    keys: tuple[Key, ...] = ()
    page: Page = field(default_factory=Page)
    source_lines: tuple[str, ...] = field(default=(), repr=False, compare=False)  # for pictures

    @property
    def title(self) -> str:
        """The page's title, or its keyword."""
        return self.page.title or self.keyword
