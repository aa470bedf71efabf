"""Who may see a script: role first, then a secure channel; and the record of who may not."""

from __future__ import annotations

import enum
import time
from typing import Final

from sttelnet.client import Client
from sttelnet.role import Role
from sttelnet.script.model import Script
from sttelnet.store import Entry

# Log-in and registration are never on the stack of `back`, and their visits have the log-in grace.
LOG_IN_PAGES = frozenset({"login", "register"})
AUDIT_EVERY: Final = 60.0  # seconds: a held-down key must not fill the disk


class Verdict(enum.Enum):
    """What the access check says; the value is the sentence the client is shown."""

    ALLOWED = ""
    LOG_IN_FIRST = "Log in to see that page."
    NO_LOG_IN = "That page is for members, and this site has no log-in."
    INSECURE = "That page needs an encrypted line (TLS) or a client on this machine."
    ROLE = "Your role does not allow that page."


def judge(script: Script, client: Client, *, has_login: bool) -> Verdict:
    """Return whether a client may see a script now, or why not."""
    if script.page.secure and not client.secure:
        return Verdict.INSECURE
    if client.stranger and script.keyword not in LOG_IN_PAGES:
        return Verdict.LOG_IN_FIRST if has_login else Verdict.NO_LOG_IN
    if client.role >= script.page.role:
        return Verdict.ALLOWED
    if client.role is not Role.GUEST:
        return Verdict.ROLE
    return Verdict.LOG_IN_FIRST if has_login else Verdict.NO_LOG_IN


class Refusals:
    """What one session was refused: an audit row for each page, once a minute."""

    def __init__(self) -> None:
        self._written: dict[str, float] = {}  # by keyword, of pages there are

    async def write(self, client: Client, keyword: str, verdict: Verdict) -> None:
        """Write a refusal down, now or later."""
        now = time.monotonic()
        if now - self._written.get(keyword, -AUDIT_EVERY) < AUDIT_EVERY:
            return
        if client.member is None and not client.services.members.notes_refusal(client.peer):
            return  # a guest who comes again and again would push out what else is known of them
        self._written[keyword] = now
        entry = Entry(time.time(), "refused", client.nick_name, client.peer, f"{keyword}: {verdict.name.lower()}")
        await client.services.store.audit.add(entry)
