"""Handlers for a member's second factor: set up wholly in the terminal, and taken away again."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final

from sttelnet.ansi import Ansi, Clear, Color, Reset
from sttelnet.charset import Charset, cut
from sttelnet.client import Client
from sttelnet.handlers.account import GUEST, when
from sttelnet.handlers.host import STHost
from sttelnet.members import Member, Refusal
from sttelnet.members.totp import secret_text, uri
from sttelnet.outcome import BACK, Outcome

SIX_DIGITS: Final = "Its six digits (Enter alone gives up): "
PASSWORD: Final = "Your password: "  # noqa: S105 - a question
REMOVE: Final = "To remove it, your password or a code (Enter alone gives up): "
WRITTEN: Final = "Enter, once you have written them down: "
IS_ON: Final = "Your second factor counts from the next log-in on."
NO_QR: Final = "For a QR code: pip install 'sttelnet[totp]'"
ROUNDS: Final = 3  # of typing a code of the new secret
_COLUMNS, _ROWS = 79, 23  # that the QR code needs, with the words beside it and the question below


async def STFactor(client: Client) -> str:
    """Print whether the member has a second factor, since when, and how many recovery codes are left."""
    factors = client.services.members.factors
    found = await factors.get(client.member.id) if client.member else None
    if found is None:
        return "none"
    left = await factors.recovery_left(found.member_id)
    return f"since {when(found.made)}; recovery codes left: {left}"


async def STFactorChange(client: Client) -> Outcome:
    """Set up a second factor for a member who has none, or take away the one there is."""
    if client.member is None:
        client.notice(GUEST)
        return BACK
    if await client.services.members.factors.get(client.member.id) is not None:
        await _remove(client, client.member)
    elif await _knows_password(client, client.member) and await enrol(client, client.member):
        client.notice(IS_ON)
    return BACK


async def _knows_password(client: Client, member: Member) -> bool:
    """Whether it is the member who sits there: somebody else's second factor would shut them out."""
    password = await client.ask(PASSWORD, masked=True)
    if not password:
        return False
    result = await client.services.members.verify_password(member.id, password, client.peer)
    return not _refused(client, result)


async def enrol(client: Client, member: Member) -> bool:
    """Show a new secret, have a code of it typed, store it, show the recovery codes. Raises AskInterrupted."""
    factors = client.services.members.factors
    secret, prompt = factors.new_secret(), SIX_DIGITS
    for _ in range(ROUNDS):
        client.send(Clear() + _sheet(client, member, secret) + "\n")
        typed = await client.ask(prompt, masked=True)
        if not typed.strip():
            return False
        step = factors.step_of(secret, typed)
        if step is None:
            prompt = f"That is not its code. {SIX_DIGITS}"
            continue
        codes = await factors.enrol(member, secret, step, client.peer)
        if isinstance(codes, Refusal):
            _refused(client, codes)
            return False
        await _take_up(client, member.id, "second factor enrolled")
        await _show_recovery(client, codes)
        return True
    client.notice("None of those was its code. Compare the clocks of both.")
    return False


async def _show_recovery(client: Client, codes: list[str]) -> None:
    pairs = zip(codes[::2], codes[1::2], strict=True)
    rows = ["RECOVERY CODES", "", "Each lets you in once in place of your app. They are shown only now.", ""]
    client.send(Clear() + "\n".join([*rows, *("   ".join(pair) for pair in pairs), ""]) + "\n")
    await client.ask(WRITTEN, masked=True)


async def _remove(client: Client, member: Member) -> None:
    answer = await client.ask(REMOVE, masked=True)
    if not answer.strip():
        return
    result = await client.services.members.factors.remove(member, answer, client.peer)
    if not _refused(client, result):
        await _take_up(client, member.id, "second factor removed")
        client.notice("Your second factor is removed.")


def _refused(client: Client, result: object) -> bool:
    """Tell a refusal, and whether it is one."""
    if not isinstance(result, Refusal):
        return False
    client.log.warning("second factor refused", member=client.nick_name, reason=result.name.lower())
    client.notice("That is not your password." if result is Refusal.WRONG else result.value)
    return True


async def _take_up(client: Client, member_id: int, event: str) -> None:
    client.log.info(event, member=client.nick_name)
    client.services.hub.account_changed(member_id)


# -- what is shown


def _sheet(client: Client, member: Member, secret: bytes) -> Ansi:
    """Return the secret as a QR code, where the terminal has half blocks and room, and as words beside it."""
    site = STHost(client, "name")
    code = _code(client, uri(secret, member.name, site))
    how = ["Type this into an app for codes:"]
    if not isinstance(code, str):
        how = ["Scan this with an app for codes, or", "type what it wants to know:"]
    words = [
        "SECOND FACTOR",
        "",
        *how,
        "",
        f"Account  {member.name}",
        f"Key      {secret_text(secret)[:19]}",
        f"         {secret_text(secret)[20:]}",
        "Kind     TOTP, SHA-1, 6 digits, 30 s",
        "",
        f"Here it is {_now()} (UTC).",
        "Your phone must agree to half a",
        "minute or so.",
    ]
    if isinstance(code, str):
        return Ansi("\n").join([*words, *([code] if code else [])])
    rows = zip_longest(code, words, fillvalue="")
    return Ansi("\n").join(Color("bright white", "black") + row + Reset() + "  " + cut(word, 36) for row, word in rows)


def _code(client: Client, text: str) -> list[str] | str:
    """Return the rows of a QR code; or why there is none, "" where the terminal could not show it."""
    terminal = client.terminal
    if terminal.charset is Charset.ASCII or terminal.size.columns < _COLUMNS or terminal.size.rows < _ROWS:
        return ""
    try:
        from sttelnet.handlers import qr
    except ImportError:
        return NO_QR
    return qr.rows_of(text)


def _now() -> str:
    return datetime.now(UTC).strftime("%H:%M:%S")
