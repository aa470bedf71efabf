"""A member's own settings."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from sttelnet.charset import Charset
from sttelnet.client import Client
from sttelnet.handlers.account import GUEST
from sttelnet.members import MOST_ROWS, Change, Refusal
from sttelnet.outcome import BACK, REPEAT, Outcome

# Scripts that name anything else are refused when they load.
Switch: TypeAlias = Literal["colours", "keys"]
Choice: TypeAlias = Literal["colours", "keys", "pause", "charset"]

STORED: Final = "Your settings are stored."
_CHARSETS: Final = {charset.value: charset for charset in Charset} | {"utf8": Charset.UTF_8}


def STSetting(client: Client, what: Choice) -> str:
    """Print a setting of the client: "colours", "keys", "pause", "charset"."""
    settings = client.settings
    match what:
        case "colours":
            return "on" if settings.colours else "off"
        case "keys":
            return "one press acts" if settings.hot_keys else "a letter and Enter"
        case "pause":
            return f"{settings.pause} rows" if settings.pause else "as many rows as the window has"
        case "charset":
            chosen = client.member.charset if client.member else None
            return chosen or f"{client.terminal.charset.value}, by the terminal's type"


async def STSettingSwitch(client: Client, what: Switch) -> Outcome:
    """Switch a setting over: "colours" or "keys"."""
    settings = client.settings
    if what == "colours":
        return await _store(client, lambda kept: msgspec.structs.replace(kept, colours=not settings.colours))
    return await _store(client, lambda kept: msgspec.structs.replace(kept, hot_keys=not settings.hot_keys))


async def STSettingPause(client: Client, data: str) -> Outcome:
    """Take how many rows a page of a list has, 0 for as many as the window; an empty line goes back."""
    text = data.strip()
    if not text:
        return BACK
    if not (text.isascii() and text.isdecimal()) or int(text[:4]) > MOST_ROWS or len(text) > 3:
        client.notice(f"A number from 0 to {MOST_ROWS}, please.")
        return REPEAT
    return await _store(client, lambda kept: msgspec.structs.replace(kept, pause=int(text)))


async def STSettingCharset(client: Client, data: str) -> Outcome:
    """Take a charset: utf-8, cp437, ascii, or auto for what the terminal's type says; an empty line goes back."""
    text = data.strip().casefold()
    if not text:
        return BACK
    if text != "auto" and text not in _CHARSETS:
        client.notice("The charsets are utf-8, cp437, ascii; auto goes by your terminal's type.")
        return REPEAT
    await client.choose_charset(_CHARSETS.get(text))
    return BACK


async def _store(client: Client, change: Change) -> Outcome:
    if client.member is None:
        client.notice(GUEST)
        return BACK
    refusal = await client.change_settings(change)
    client.notice(refusal.value if isinstance(refusal, Refusal) else STORED)
    return BACK
