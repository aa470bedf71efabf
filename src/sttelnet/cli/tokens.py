"""`sttelnet member token`, `tokens` and `revoke`: what programs log in with."""

from __future__ import annotations

import argparse
import time
from datetime import UTC, datetime

from sttelnet.members import Refusal, Token, Tokens
from sttelnet.members.tokens import MOST_DAYS
from sttelnet.role import Role


def days(text: str) -> int:
    """Read a number of days for argparse."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 4 or not 1 <= int(text) <= MOST_DAYS:
        message = f"expected 1 to {MOST_DAYS} days, got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def number(text: str) -> int:
    """Read a token's number for argparse."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        message = f"expected the number of a token (`sttelnet member tokens` lists them), got {text!r}"
        raise argparse.ArgumentTypeError(message)
    return int(text)


async def run(tokens: Tokens, options: argparse.Namespace) -> Refusal | None:
    """Do what is asked for, and print what came of it; return why it was not done."""
    match options.action:
        case "token":
            return await _make(tokens, options)
        case "revoke":
            return await _revoke(tokens, options)
        case _:
            await _show(tokens, options)
            return None


async def _make(tokens: Tokens, options: argparse.Namespace) -> Refusal | None:
    role = Role[options.role.upper()] if options.role else None
    made = await tokens.make(options.name, role, days=options.days, note=options.note)
    if isinstance(made, Refusal):
        return made
    token, secret = made
    print(_row(token))
    print(f"token  {secret}   (shown once: keep it in a file only the program may read)")
    return None


async def _show(tokens: Tokens, options: argparse.Namespace) -> None:
    wanted = options.name.casefold() if options.name else None
    print(f"{'ID':>4}  {'NAME':<20}  {'ROLE':<8}  {'MADE':<16}  {'LAST USED':<16}  {'FROM':<15}  {'EXPIRES':<16}  NOTE")
    for token in await tokens.all():
        if wanted in (None, token.member.casefold()):
            print(_row(token))


async def _revoke(tokens: Tokens, options: argparse.Namespace) -> Refusal | None:
    revoked = await tokens.revoke(options.id)
    if isinstance(revoked, Refusal):
        return revoked
    print(f"Token {revoked.id} of {revoked.member} counts no more.")
    return None


def _row(token: Token) -> str:
    over = token.expires is not None and token.expires <= time.time()
    expires = "over" if over else _when(token.expires, "never")
    row = (
        f"{token.id:>4}  {token.member:<20}  {token.role!s:<8}  {_when(token.created, '-'):<16}"
        f"  {_when(token.used, 'never'):<16}  {token.peer or '-':<15}  {expires:<16}  {token.note}"
    )
    return row.rstrip()


def _when(at: float | None, otherwise: str) -> str:
    return otherwise if at is None else datetime.fromtimestamp(at, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
