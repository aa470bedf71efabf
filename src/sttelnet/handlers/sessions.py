"""What operators see of the sessions, and do to them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from sttelnet.administration import Done, plain_address
from sttelnet.charset import one_line
from sttelnet.client import Client
from sttelnet.handlers.calling import too_long
from sttelnet.handlers.confirm import confirmed
from sttelnet.handlers.ranks import OPERATORS_ONLY, refused
from sttelnet.handlers.table import Column, listed
from sttelnet.handlers.who import idle_words
from sttelnet.hub import LONGEST, Delivery, Presence, number_of
from sttelnet.outcome import BACK, Outcome
from sttelnet.role import Role
from sttelnet.words import DURATION_RULE, seconds_of, span_words

NO_BANS: Final = "No address is banned."

_SESSIONS: Final = (
    Column("NO", 4, "right"),
    Column("NAME", 20),
    Column("R", 1, window=40),  # guest, member, operator, admin
    Column("FROM", 15, window=60),
    Column("TERMINAL", 13, window=70),
    Column("IDLE", 5, "right", window=40),
    Column("DOING", 10),
)
_BANS: Final = (Column("ADDRESS", 39), Column("STILL", 7, "right"), Column("BY", 12, window=60), Column("REASON", 10))


def STSessions(client: Client, keep: int = 8) -> str:
    """Print the sessions in pages, for operators: who, from where, on what terminal, how long idle, doing what."""
    if client.role < Role.OPERATOR:
        return OPERATORS_ONLY
    seen = [one for one in client.services.hub.presences() if one.seen_by(client.number, client.role)]
    return listed(client, _SESSIONS, map(_row, seen), keep)


def _row(one: Presence) -> Sequence[str]:
    via = "" if one.via == "telnet" else f"{one.via} "
    return (
        str(one.number),
        one.name,
        str(one.role)[0].upper(),
        one.peer,
        f"{via}{one.size.columns}x{one.size.rows} {one.terminal}",
        idle_words(one.idle),
        f"(invisible) {one.doing}" if one.invisible else one.doing,
    )


def STBans(client: Client, keep: int = 8) -> str:
    """Print the banned addresses in pages, for operators."""
    if client.role < Role.OPERATOR:
        return OPERATORS_ONLY
    bans = client.services.administration.bans()
    if not bans:
        return NO_BANS
    now = time.time()
    return listed(client, _BANS, ((b.address, span_words(b.until - now), b.by, b.reason) for b in bans), keep)


async def STTell(client: Client) -> Outcome:
    """Ask for a session and a line, and put the line on that screen; operators only."""
    one = await _ask_session(client, "Tell which number: ")
    if one is None:
        return BACK
    text = one_line(await client.ask(f"To {one.name}: "))
    if not text:
        return BACK
    if len(text) > LONGEST:
        client.notice(too_long(text))
        return BACK
    mail, sender = client.services.mail, client.sender()
    if one.user_id is None:
        delivery = mail.to_guest(sender, one.number, text)
    elif client.services.hub.may_write(client.number, asyncio.get_running_loop().time()):
        delivery = await mail.to_member(sender, one.user_id, text)
    else:
        delivery = Delivery.TOO_MANY
    client.notice(delivery.sentence(one.name, text))
    return BACK


async def STKick(client: Client) -> Outcome:
    """Ask for a session and end it with a sentence; operators only, and nobody above them."""
    one = await _ask_session(client, "Disconnect which number: ")
    if one is None:
        return BACK
    if one.role > client.role:
        client.notice(Done.ABOVE.value)
        return BACK
    words = await client.ask("What they are told, or nothing: ")
    if await confirmed(client, f"Disconnect {one.name}, number {one.number}"):
        done = await client.services.administration.kick(one.number, words, client.actor())
        client.notice(f"{one.name} is disconnected." if done is Done.DONE else done.value)
    return BACK


async def STBan(client: Client) -> Outcome:
    """Ask for an address, a time and a reason, and turn that address away; operators only."""
    if refused(client, Role.OPERATOR):
        return BACK
    address = await _ask_address(client)
    if not address:
        return BACK
    seconds = seconds_of(await client.ask("For how long (15m, 2h, 7d): "))
    if seconds is None:
        client.notice(DURATION_RULE)
        return BACK
    reason = await client.ask("Reason: ")
    if address == client.peer:
        client.notice("That is your own address.")
    elif await confirmed(client, f"Ban {address}"):
        done = await client.services.administration.ban(address, seconds, reason, client.actor())
        client.notice(f"{address} is banned for {span_words(seconds)}." if done is Done.DONE else done.value)
    return BACK


async def STUnban(client: Client) -> Outcome:
    """Ask for an address and let it in again; operators only."""
    if refused(client, Role.OPERATOR):
        return BACK
    address = (await client.ask("Address: ")).strip()
    if address:
        done = await client.services.administration.unban(address, client.actor())
        client.notice(f"{address} may come in again." if done is Done.DONE else done.value)
    return BACK


async def _ask_session(client: Client, prompt: str) -> Presence | None:
    """Ask for the number of a session other than the client's own; None where none is meant."""
    if refused(client, Role.OPERATOR):
        return None
    number = (await client.ask(prompt)).strip()
    if not number:
        return None
    one = _seen(client, number)
    if one is None:
        client.notice(Done.NO_SUCH_SESSION.value)
    elif one.number == client.number:
        client.notice(Done.YOURSELF.value)
        return None
    return one


async def _ask_address(client: Client) -> str:
    """Ask for an address, or for the number of a session that comes from it."""
    text = (await client.ask("Address, or a session's number: ")).strip()
    if number_of(text) is None:
        plain = plain_address(text)
        if text and plain is None:
            client.notice(Done.NOT_AN_ADDRESS.value)
        return plain or ""
    one = _seen(client, text)
    if one is None:
        client.notice(Done.NO_SUCH_SESSION.value)
        return ""
    return one.peer


def _seen(client: Client, text: str) -> Presence | None:
    """Return a session the client is told of, by its number as it was typed."""
    number = number_of(text)
    one = client.services.hub.presence(number) if number is not None else None
    return one if one is not None and one.seen_by(client.number, client.role) else None
