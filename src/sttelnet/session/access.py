"""Who may see a script: role first, then a secure channel."""

from __future__ import annotations

import enum

from sttelnet.client import Client
from sttelnet.role import Role
from sttelnet.script.model import Script

# Log-in and registration are never on the stack of `back`, and their visits have the log-in grace.
LOG_IN_PAGES = frozenset({"login", "register"})


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
    if client.role >= script.page.role:
        return Verdict.ALLOWED
    if client.role is not Role.GUEST:
        return Verdict.ROLE
    return Verdict.LOG_IN_FIRST if has_login else Verdict.NO_LOG_IN
