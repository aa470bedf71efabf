"""What admins see of one member, and do to them."""

from __future__ import annotations

import textwrap
from typing import Final

from sttelnet.client import Client
from sttelnet.handlers.account import when
from sttelnet.handlers.confirm import confirmed
from sttelnet.handlers.ranks import ADMINS_ONLY, refused
from sttelnet.handlers.table import width_of
from sttelnet.members import Member, Refusal
from sttelnet.outcome import BACK, REPEAT, Goto, Outcome
from sttelnet.role import ROLE_WORDS, Role

CHOSEN: Final = "sttelnet.account"  # client_data: the number of the member an admin looks at
NOBODY: Final = "No member is chosen: find one first."
YOURSELF: Final = "That is you: another admin has to do it."
LOG_INS: Final = 8  # shown
_ROLES: Final = ROLE_WORDS[1:]


async def STAccountFind(client: Client, data: str, found: str) -> Outcome:
    """Take a member's name, or a part that only one has, and go to the page `found`; admins only."""
    text = data.strip()
    if not text:
        return BACK
    if refused(client, Role.ADMIN):
        return BACK
    everybody = await client.services.members.all()
    hits = [m for m in everybody if m.name.casefold() == text.casefold()] or [
        m for m in everybody if text.casefold() in m.name.casefold()
    ]
    if len(hits) == 1:
        client.client_data[CHOSEN] = hits[0].id
        return Goto(found)
    names = ", ".join(member.name for member in hits[:6]) + (" …" if len(hits) > 6 else "")
    client.notice(f"Several are called so: {names}" if hits else Refusal.NO_SUCH_MEMBER.value)
    return REPEAT


async def STAccount(client: Client) -> str:
    """Print all that is known of the member an admin has chosen, the last log-ins too."""
    if client.role < Role.ADMIN:
        return ADMINS_ONLY
    member = await _chosen(client)
    if member is None:
        return NOBODY
    state = "locked" if member.locked else "one-time password" if member.must_change else "ok"
    numbers = " ".join(f"#{one.number}" for one in client.services.hub.sessions_of(member.id))
    rows = [
        ("Name", member.name),
        ("Role", str(member.role)),
        ("State", state),
        ("Since", when(member.created)),
        ("Now on", numbers or "no"),
    ]
    log_ins = await client.services.store.audit.log_ins(member.name, LOG_INS)
    lead = "Log-ins"
    for entry in log_ins:
        rows.append((lead, f"{when(entry.at)} from {entry.peer}"))
        lead = ""
    rows += [("Profile" if not n else "", row) for n, row in enumerate(textwrap.wrap(member.profile, 60)[:3])]
    return "\n".join(f"{name:<10}{value}"[: width_of(client)] for name, value in rows)


async def STAccountAdd(client: Client) -> Outcome:
    """Ask for a name and a role, and add that member with a one-time password, shown once; admins only."""
    if refused(client, Role.ADMIN):
        return BACK
    name = (await client.ask("Name: ")).strip()
    if not name:
        return BACK
    refusal = client.services.members.check_name(name)
    if refusal is not None:
        client.notice(refusal.value)
        return BACK
    role = await _ask_role(client)
    if role is None:
        return BACK
    added = await client.services.members.add(name, role, by=_by(client))
    if isinstance(added, Refusal):
        client.notice(added.value)
        return BACK
    member, password = added
    client.client_data[CHOSEN] = member.id
    client.notice(f"{member.name} is added. One-time password: {password}")
    return BACK


async def STAccountRole(client: Client) -> Outcome:
    """Ask for a role and give it to the member an admin has chosen."""
    member = await _other(client)
    if member is None:
        return BACK
    role = await _ask_role(client)
    if role is None:
        return BACK
    if await confirmed(client, f"{member.name} is to be {role}"):
        _told(client, await client.services.members.set_role(member.name, role, by=_by(client)), "Done.")
    return BACK


async def STAccountLock(client: Client) -> Outcome:
    """Lock the member an admin has chosen, or unlock them."""
    member = await _other(client)
    if member is None:
        return BACK
    verb = "Unlock" if member.locked else "Lock"
    if await confirmed(client, f"{verb} {member.name}"):
        changed = await client.services.members.set_locked(member.name, not member.locked, by=_by(client))
        _told(client, changed, f"{member.name} is {'locked' if not member.locked else 'unlocked'}.")
    return BACK


async def STAccountPassword(client: Client) -> Outcome:
    """Give the member an admin has chosen a one-time password, shown once."""
    member = await _other(client)
    if member is None or not await confirmed(client, f"A new password for {member.name}"):
        return BACK
    reset = await client.services.members.reset_password(member.name, by=_by(client))
    if isinstance(reset, Refusal):
        client.notice(reset.value)
    else:
        client.notice(f"One-time password of {member.name}: {reset[1]}")
    return BACK


def _told(client: Client, result: Member | Refusal, done: str) -> None:
    """Say what became of a change, and let the member's sessions take it up."""
    if isinstance(result, Refusal):
        client.notice(result.value)
        return
    client.services.hub.account_changed(result.id)
    client.notice(done)


async def _ask_role(client: Client) -> Role | None:
    answer = (await client.ask(f"Role ({', '.join(_ROLES)}): ")).strip().casefold()
    if not answer:
        return None
    if answer not in _ROLES:
        client.notice(Refusal.ROLE_BAD.value)
        return None
    return Role.parse(answer)


async def _chosen(client: Client) -> Member | None:
    number = client.client_data.get(CHOSEN)
    return await client.services.members.by_id(number) if isinstance(number, int) else None


async def _other(client: Client) -> Member | None:
    """Return the member an admin has chosen, unless that is the admin."""
    if refused(client, Role.ADMIN):
        return None
    member = await _chosen(client)
    if member is None:
        client.notice(NOBODY)
    elif member.id == client.user_id:
        client.notice(YOURSELF)
        return None
    return member


def _by(client: Client) -> str:
    """Return who acts, and from where, for the audit."""
    return f"{client.nick_name} from {client.peer}"
