"""One visit to a script: how it is entered, and what the session keeps while the client is on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from sttelnet.channel import Channel
from sttelnet.script.model import Script

PAGE_TURNS = {"n": 1, "p": -1}  # what turns a list where the script does not claim the letter


@dataclass(frozen=True, slots=True)
class Enter:
    """Show a script next."""

    script: Script
    clear: bool = True
    skip_clear: bool = False  # leave out the script's own ansi:Clear
    posts: bool = True


@dataclass(frozen=True, slots=True)
class HangUp:
    """End the session, with this sentence; `polite` shows the goodbye page first."""

    words: str = ""
    polite: bool = False


@dataclass(frozen=True, slots=True)
class Speak:
    """Talk with a program from here on: the machine dialect, until one of the two hangs up."""


Move: TypeAlias = Enter | HangUp | Speak


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn a list by this many pages."""

    by: int


@dataclass(slots=True)
class Visit:
    """The script a client is on."""

    script: Script
    line: int = 0  # how many lines of the input queue have been taken: further fields stand further down
    targets: dict[str, str] = field(default_factory=dict)  # key string, case folded -> target
    hot: bool = False  # every key string is one character

    @classmethod
    def of(cls, script: Script) -> Visit:
        """Return a visit to a script that begins now."""
        targets = {text.casefold(): key.target for key in script.keys for text in key.strings}
        return cls(script, targets=targets, hot=bool(targets) and all(len(text) == 1 for text in targets))

    def reads_keys(self, channel: Channel, *, queue_empty: bool) -> bool:
        """Whether one key press acts at once."""
        return self.hot and queue_empty and channel.character_mode

    def page_turn(self, text: str) -> int:
        """Return by how many list pages a typed letter turns, 0 for none."""
        return 0 if text.casefold() in self.targets else PAGE_TURNS.get(text.casefold(), 0)


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that waits until it disturbs nothing."""

    text: str
    stored: int | None = None  # its number in the member's mailbox
    urgent: bool = False  # rings


@dataclass(slots=True)
class Attention:
    """What has happened to a session while it waited for input; the reason its channel was woken."""

    terminal: bool = False  # size, type or echo changed
    charset: bool = False  # another charset was chosen: the page is drawn again in it
    account: bool = False  # the member's row changed, or what guests may
    script: bool = False  # the script's file changed
    refresh: bool = False  # page:Refresh is due
    redraw: bool = False  # a transfer has had the line
    move: Move | None = None  # what was decided meanwhile
    hang_up: str | None = None  # the daemon ends the session, with this sentence
    may_finish: bool = False  # … once a transfer that is under way has ended
    notices: list[Notice] = field(default_factory=list)

    @property
    def wanted(self) -> bool:
        """Whether anything has happened."""
        return bool(
            self.terminal
            or self.charset
            or self.account
            or self.script
            or self.refresh
            or self.redraw
            or self.move is not None
            or self.notices
            or self.hang_up is not None
        )
