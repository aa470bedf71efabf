"""Handlers for a new password, and what else chooses one.

A password typed twice is not kept between the two lines: its digest is, and the second line is the password.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sttelnet.client import Client, masked
from sttelnet.handlers.account import GUEST
from sttelnet.members import Member, Refusal
from sttelnet.outcome import ACCEPTED, BACK, REFRESH, REPEAT, ROOT, Outcome
from sttelnet.passwords import as_bytes

DIFFER = "The two differ."
OLD_FIRST = "Give the old password first."
WILL_DO = "That one will do."

# Where these handlers keep what they need between two lines, in client_data.
CHOSEN = "sttelnet.chosen_password"
VERIFIED = "sttelnet.old_password_verified"
_REFUSED = "sttelnet.password_refused"


@masked
async def STPasswordOld(client: Client, data: str) -> Outcome:
    """Take the old password, before a new one is chosen."""
    if client.member is None:
        client.notice(GUEST)
        return ROOT
    result = await client.services.members.verify_password(client.member.id, data, client.peer)
    if isinstance(result, Refusal):
        client.log.warning("password refused", member=client.nick_name, reason=result.name.lower())
        client.notice("That is not your password." if result is Refusal.WRONG else result.value)
        return REFRESH
    client.client_data[VERIFIED] = result
    return ACCEPTED


def _is_verified(row: Member | None, member: Member) -> bool:
    """Whether the old password was proved, as this member; the row as it was then is what a change compares with."""
    return row is not None and row.id == member.id


@masked
def STPasswordNew(client: Client, data: str) -> Outcome:
    """Take the new password."""
    if client.member is None or not _is_verified(client.client_data.get(VERIFIED), client.member):
        client.notice(OLD_FIRST)
        return REFRESH
    return choose(client, client.member.name, data)


@masked
async def STPasswordRepeat(client: Client, data: str) -> Outcome:
    """Take the new password again and store it."""
    verified = client.client_data.pop(VERIFIED, None)
    if client.member is None or not _is_verified(verified, client.member):
        client.notice(OLD_FIRST)
        return REFRESH
    if repeated(client, data) is None:
        return REFRESH
    result = await client.services.members.change_password(client.member.id, None, data, client.peer, seen=verified)
    if isinstance(result, Refusal):
        client.notice(sentence(client, result))
        return REFRESH
    client.member = result
    client.log.info("password changed", member=result.name)
    client.notice("Your password is changed.")
    return BACK


def choose(client: Client, name: str, password: str) -> Outcome:
    """Take the first of two lines with a new password; one that will not do is asked for again."""
    refusal = client.services.members.check_password(name, password)
    if refusal is not None:
        client.announce(f"{sentence(client, refusal)} Choose another.")  # a notice would wait for an unmasked prompt
        client.client_data[_REFUSED] = True
        return REPEAT
    if client.client_data.pop(_REFUSED, False):
        client.announce(WILL_DO)  # in place of what was said of the one before
    client.client_data[CHOSEN] = Chosen.of(name, password)
    return ACCEPTED


def repeated(client: Client, password: str) -> str | None:
    """Return whom the password typed twice is for; None, with a notice, when the two differ."""
    chosen = client.client_data.pop(CHOSEN, None)
    if isinstance(chosen, Chosen) and chosen.is_same(password):
        return chosen.name
    client.notice(f"{DIFFER} Nothing was stored.")
    return None


def sentence(client: Client, refusal: Refusal) -> str:
    """Return why, in words that fit this site."""
    if refusal is Refusal.PASSWORD_SHORT:
        return f"A password has {client.services.config.members.min_password} characters at least."
    return str(refusal.value)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The first of two lines with a new password, as a keyed digest."""

    name: str
    key: bytes
    digest: bytes

    @classmethod
    def of(cls, name: str, password: str) -> Chosen:
        """Return what is kept of a password chosen for somebody."""
        key = secrets.token_bytes(32)
        return cls(name, key, _digest(password, key))

    def is_same(self, password: str) -> bool:
        """Return whether the second line is the first one again."""
        return hmac.compare_digest(self.digest, _digest(password, self.key))


def _digest(password: str, key: bytes) -> bytes:
    return hashlib.blake2b(as_bytes(password), key=key).digest()
