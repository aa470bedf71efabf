"""Handlers for log-in, and for leaving."""

from __future__ import annotations

import math
from collections.abc import Awaitable

from sttelnet.client import Client, masked
from sttelnet.errors import AskInterrupted, StoreError
from sttelnet.handlers.account import LAST_LOG_IN, when
from sttelnet.handlers.factor import enrol
from sttelnet.handlers.password import CHOSEN, DIFFER, VERIFIED, sentence
from sttelnet.members import Member, Refusal
from sttelnet.outcome import ACCEPTED, BACK, LOGOFF, REFRESH, ROOT, Goto, Outcome
from sttelnet.passwords import as_bytes

ONE_TIME = "Your password was for one time. Choose a new one: "
AGAIN = "The same again: "
NAME_FIRST = "Give your name first."
TOO_MANY = "That was one try too many: goodbye."
NOT_CHANGED = "The one-time password is still to be changed, so you are logged out."
NOT_ENROLLED = "Your role needs a second factor, so you are logged out."
CODE = "Code of your app, or a recovery code: "
NEW = "new"  # typed for a name, as bulletin boards have it; nobody can be called so any more
ROUNDS = 3  # of choosing a new password for a one-time one

# Where these handlers keep what they need between two lines, in client_data.
_NAME = "sttelnet.log_in_name"
_FAILURES = "sttelnet.log_in_failures"

# Refusals that are none of the client's doing, so they do not count as tries.
_NOT_COUNTED = {Refusal.CODE_WANTED, Refusal.BUSY, Refusal.STORE_BUSY, Refusal.STORE_FAILED}
_ABOUT_A_MEMBER = {Refusal.WRONG, Refusal.LOCKED, Refusal.CODE_WANTED, Refusal.CODE_WRONG}


def STNewcomer(client: Client) -> str:
    """Print at the log-in how one becomes a member, and the way back."""
    back = "" if client.stranger else "Enter alone leads back."
    if _registers(client):
        return f'Without an account, type "{NEW}" for your name. {back}'.rstrip()
    return back or "Only members come in here."


def _registers(client: Client) -> bool:
    return client.services.members.registration() != "closed" and client.services.tree.get("register") is not None


async def STLoginID(client: Client, data: str) -> Outcome:
    """Take the name of who logs in; an empty line goes back, and "new" to registration where that is open."""
    name = data.strip()
    if not name:
        return BACK
    if name.casefold() == NEW and _registers(client) and await client.services.members.get(name) is None:
        return Goto("register")
    client.client_data[_NAME] = name
    return ACCEPTED


@masked
async def STLoginPassword(client: Client, data: str) -> Outcome:
    """Take the password and log in; the third failure hangs up."""
    name = client.client_data.pop(_NAME, None)
    if name is None:
        client.notice(NAME_FIRST)
        return REFRESH
    member = await enter(client, name, data)
    if isinstance(member, Refusal):
        return _failed(client, member)
    if member.must_change and not await _or_leave(client, _ask_new_password(client, member)):
        client.notice(NOT_CHANGED)
        return BACK
    if client.services.members.factors.wanting(member) and not await _or_leave(client, enrol(client, member)):
        client.notice(NOT_ENROLLED)
        return BACK
    return welcome(client, member)


async def enter(client: Client, name: str, password: str) -> Member | Refusal:
    """Log in, with a word where it has to wait, and a line in the log."""
    _announce_wait(client)
    result = await client.log_in(name, password)
    if result is Refusal.CODE_WANTED:
        result = await _with_code(client, name, password)
    if isinstance(result, Member):
        client.log.info("logged in", member=result.name)
        return result
    # A name nobody has is not logged: it may well be a password typed on the wrong line.
    known = await _known(client, name) if result in _ABOUT_A_MEMBER else None
    if known is None:
        client.log.warning("log-in failed", reason=result.name.lower())
    else:
        client.log.warning("log-in failed", member=known.name, reason=result.name.lower())
    return result


async def _with_code(client: Client, name: str, password: str) -> Member | Refusal:
    """Ask for the code of a member whose password was right; until it is, they are a guest as before."""
    code = ""
    try:
        code = (await client.ask(CODE, masked=True)).strip()
    finally:  # also where the client hangs up: somebody has that password
        if not code:
            await client.services.members.code_not_given(name, client.peer)
    if not code:
        return Refusal.CODE_WANTED
    return await client.log_in(name, password, code)


async def _known(client: Client, name: str) -> Member | None:
    try:
        return await client.services.members.get(name)
    except StoreError:
        return None


def _announce_wait(client: Client) -> None:
    """Say that earlier failures make this try wait, so that it does not look stuck."""
    seconds = client.services.members.delay(client.peer)
    if 0 < seconds <= client.services.config.members.throttle_most:  # past that it is refused, or likely sooner
        client.announce(f"One moment: {math.ceil(seconds)} s, because of earlier tries.")


def _failed(client: Client, refusal: Refusal) -> Outcome:
    client.notice(refusal.value)
    if refusal in _NOT_COUNTED:
        return REFRESH
    failures = client.client_data.get(_FAILURES, 0) + 1
    client.client_data[_FAILURES] = failures
    if failures < client.services.config.members.tries:
        return REFRESH
    client.notice(TOO_MANY)
    return LOGOFF


def welcome(client: Client, member: Member) -> Outcome:
    """Greet who has logged in, and return the move to where they wanted to go."""
    client.client_data.pop(_FAILURES, None)
    client.client_data[LAST_LOG_IN] = member
    if member.last_login is None:
        client.notice(f"Welcome, {member.name}. This is your first log-in.")
    else:
        client.notice(f"Welcome, {member.name}. Last log-in {when(member.last_login)} from {member.last_peer}.")
    return client.after_log_in()


async def _or_leave(client: Client, asking: Awaitable[bool]) -> bool:
    """Ask a member for what their log-in still lacks; without it the client is logged out again."""
    done = False
    try:
        done = await asking
    except AskInterrupted:
        pass
    finally:
        if not done:
            leave(client)
    return done


async def _ask_new_password(client: Client, member: Member) -> bool:
    """Ask for a password in place of a one-time one."""
    prompt = ONE_TIME
    for _ in range(ROUNDS):
        new = await client.ask(prompt, masked=True)
        refusal = client.services.members.check_password(member.name, new)
        if refusal is not None:
            prompt = f"{sentence(client, refusal)} Choose another: "
            continue
        if as_bytes(await client.ask(AGAIN, masked=True)) != as_bytes(new):
            prompt = f"{DIFFER} Choose a new password: "
            continue
        result = await client.services.members.change_password(member.id, None, new, client.peer, seen=member)
        if isinstance(result, Member):
            client.member = result
            client.log.info("password changed", member=result.name)
            return True
        prompt = f"{sentence(client, result)} Choose another: "
    return False


def STLogout(client: Client, data: str = "") -> Outcome:
    """Log out: the client is a guest again and goes to root."""
    for key in (LAST_LOG_IN, CHOSEN, VERIFIED):
        client.client_data.pop(key, None)
    leave(client)
    client.notice("You are logged out.")
    return ROOT


def leave(client: Client) -> None:
    """Make a member a guest again."""
    if client.member is not None:
        client.log.info("logged out", member=client.member.name)
    client.log_out()


def STLogoff(client: Client, data: str = "") -> Outcome:
    """Say goodbye and hang up."""
    return LOGOFF
