"""What a member has chosen about how the service behaves on their terminal."""

from __future__ import annotations

from typing import Annotated

import msgspec

MOST_ROWS = 200


class Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """One member's choices; each key may be missing where they are kept."""

    colours: bool = True
    hot_keys: bool = True  # a page of single keys acts on one key press
    pause: Annotated[int, msgspec.Meta(ge=0, le=MOST_ROWS)] = 0  # rows of a list's page; 0 goes by the window


def read_settings(text: str) -> Settings:
    """Return what is kept; what cannot be understood, as of a later version, is as if nothing were."""
    try:
        return msgspec.json.decode(text, type=Settings)
    except (msgspec.DecodeError, UnicodeError):
        return Settings()


def settings_text(settings: Settings) -> str:
    """Return what is kept."""
    return msgspec.json.encode(settings).decode()
