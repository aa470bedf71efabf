"""`sttelnet member`: accounts, from the console; works beside a running daemon."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from sttelnet.cli import exits, tokens
from sttelnet.cli.parser import add_site_options, make_parser, overrides
from sttelnet.cli.plan import make_plan
from sttelnet.cli.site import find_site, load
from sttelnet.errors import StoreError
from sttelnet.members import Member, Members, Refusal
from sttelnet.passwords import Passwords
from sttelnet.role import ROLE_WORDS, Role
from sttelnet.server import Plan
from sttelnet.store import Store

EXAMPLES = (
    "sttelnet member add kim --role operator     prints a one-time password",
    "sttelnet member list",
    "sttelnet member passwd kim                  a new one-time password",
    "sttelnet member lock kim",
    "sttelnet member factor kim off              takes the second factor away (a lost phone)",
    "sttelnet member token kim --note backup     prints what a program of kim's logs in with",
)
_MEMBER_ROLES = ROLE_WORDS[1:]  # everybody is a guest without an account


def run(arguments: Sequence[str]) -> int:
    """Do one thing to the members."""
    options = _parser().parse_args(arguments)
    site = find_site(options.config)
    plan = make_plan(site, load(site, overrides(options)).config)
    if options.action == "add":
        plan.data.mkdir(parents=True, exist_ok=True)
    elif not plan.database.exists():
        message = f"there is no database {plan.database} yet (--config or --data names the site; `serve` makes it)"
        raise StoreError(message)
    return asyncio.run(_run(plan, options))


def _parser() -> argparse.ArgumentParser:
    parser = make_parser("member", "Members from the console; a running daemon takes changes up.", EXAMPLES)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    add = _action(actions, "add", "add a member, with a one-time password")
    add.add_argument("--role", choices=_MEMBER_ROLES, default="member")
    _action(actions, "list", "list the members", named=False)
    _action(actions, "role", "give a member a role").add_argument("role", choices=_MEMBER_ROLES)
    passwd = _action(actions, "passwd", "give a member a one-time password")
    passwd.add_argument("--stdin", action="store_true", help="read a lasting password from standard input instead")
    _action(actions, "lock", "shut a member out")
    _action(actions, "unlock", "let a member in again, or a new one in at all")
    factor = _action(actions, "factor", "take a member's second factor away, where they have lost it")
    factor.add_argument("state", choices=("off",), help="what becomes of it")
    token = _action(actions, "token", "make a token, with which a program logs in as the member")
    token.add_argument("--role", choices=_MEMBER_ROLES, help="the most it may do (default: the member's, not admin)")
    token.add_argument("--days", metavar="N", type=tokens.days, help="how long it counts (default: until revoked)")
    token.add_argument("--note", metavar="TEXT", default="", help="what it is for")
    shown = _action(actions, "tokens", "list the tokens", named=False)
    shown.add_argument("name", metavar="NAME", nargs="?", help="of one member")
    revoke = _action(actions, "revoke", "drop a token, also where it is logged in", named=False)
    revoke.add_argument("id", metavar="ID", type=tokens.number, help="its number in the list")
    return parser


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str, *, named: bool = True
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=summary, description=summary)
    if named:
        parser.add_argument("name", metavar="NAME")
    add_site_options(parser)
    return parser


async def _run(plan: Plan, options: argparse.Namespace) -> int:
    async with _members(plan) as members:
        match options.action:
            case "add":
                return _tell_password(await members.add(options.name, Role[options.role.upper()]))
            case "list":
                return _print(await members.all())
            case "role":
                return _tell(await members.set_role(options.name, Role[options.role.upper()]))
            case "passwd" if options.stdin:
                return await _set_password(members, options.name)
            case "passwd":
                return _tell_password(await members.reset_password(options.name))
            case "factor":
                return _tell(await members.factors.turn_off(options.name))
            case "token" | "tokens" | "revoke":
                return _done(await tokens.run(members.tokens, options))
            case action:
                return _tell(await members.set_locked(options.name, action == "lock"))


@asynccontextmanager
async def _members(plan: Plan) -> AsyncIterator[Members]:
    passwords = Passwords()
    try:
        async with Store.open(plan.database) as store:
            yield Members(store, passwords, plan.config.members, all_loopback=False)
    finally:
        passwords.close()


async def _set_password(members: Members, name: str) -> int:
    member = await members.get(name)
    if member is None:
        return _refused(Refusal.NO_SUCH_MEMBER)
    return _tell(await members.change_password(member.id, None, await asyncio.to_thread(_read_password)))


def _read_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("New password: ")
    return sys.stdin.readline().rstrip("\r\n")


def _tell_password(result: tuple[Member, str] | Refusal) -> int:
    if isinstance(result, Refusal):
        return _refused(result)
    member, password = result
    print(_row(member))
    print(f"one-time password  {password}   (shown once; the first log-in asks for a new one)")
    return exits.OK


def _tell(result: Member | Refusal) -> int:
    if isinstance(result, Refusal):
        return _refused(result)
    print(_row(result))
    return exits.OK


def _done(refusal: Refusal | None) -> int:
    return exits.OK if refusal is None else _refused(refusal)


def _refused(refusal: Refusal) -> int:
    exits.say(refusal.value)
    return exits.UNAVAILABLE if refusal in {Refusal.STORE_BUSY, Refusal.STORE_FAILED} else exits.PROBLEMS


def _print(members: Sequence[Member]) -> int:
    print(f"{'NAME':<20}  {'ROLE':<8}  {'STATE':<8}  {'LAST LOG-IN':<16}  FROM")
    for member in members:
        print(_row(member))
    return exits.OK


def _row(member: Member) -> str:
    state = "locked" if member.locked else "one-time" if member.must_change else "ok"
    last = "never"
    if member.last_login is not None:
        last = datetime.fromtimestamp(member.last_login, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    return f"{member.name:<20}  {member.role!s:<8}  {state:<8}  {last:<16}  {member.last_peer or '-'}"
