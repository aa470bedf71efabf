"""Members: who they are, how they get in, and who may not. The rules over the store."""

from __future__ import annotations

from sttelnet.members.accounts import Members
from sttelnet.members.factors import Factors
from sttelnet.members.rules import Refusal
from sttelnet.members.settings import MOST_ROWS, Change, Settings, read_settings
from sttelnet.members.tokens import Pass, Tokens
from sttelnet.store import Entry, Member, Token

__all__ = [
    "MOST_ROWS",
    "Change",
    "Entry",
    "Factors",
    "Member",
    "Members",
    "Pass",
    "Refusal",
    "Settings",
    "Token",
    "Tokens",
    "read_settings",
]
