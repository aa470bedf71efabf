"""What a member has chosen about how the service behaves on their terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, TypeAlias

import msgspec

MOST_ROWS = 200


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """One member's choices; each key may be missing where they are kept."""

    colours: bool = True
    hot_keys: bool = True  # a page of single keys acts on one key press
    pause: Annotated[int, msgspec.Meta(ge=0, le=MOST_ROWS)] = 0  # rows of a list's page; 0 goes by the window

    def room(self, window: int, keep: int) -> int:
        """Return how many rows a page of a list has in a window of so many, with `keep` of them left for the rest."""
        room = max(1, window - keep)
        return min(room, self.pause) if self.pause else room


Change: TypeAlias = Callable[[Settings], Settings]


def read_settings(text: str) -> Settings:
    """Return what is kept; what cannot be understood, as of a later version, is as if nothing were."""
    try:
        return msgspec.json.decode(text, type=Settings)
    except (msgspec.DecodeError, UnicodeError):
        return Settings()


def settings_text(settings: Settings) -> str:
    """Return what is kept."""
    return msgspec.json.encode(settings).decode()
