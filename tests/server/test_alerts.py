"""Who is told of changes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sttelnet.config import MembersConfig
from sttelnet.health import Alert, State
from sttelnet.health.track import Change
from sttelnet.hub import LocalHub, Mail
from sttelnet.members import Members
from sttelnet.passwords import Cost, Passwords
from sttelnet.role import Role
from sttelnet.server.alerts import Alerts, sentence
from sttelnet.server.outgoing import Outgoing
from sttelnet.store import Store
from tests.server.outgoing.peers import LATER, Told, until

PASSWORD = "correct horse"


def alert(text: str = "full", *, tell: str = "operator", note: str = "") -> Alert:
    change = Change(State.OK, State.CRITICAL, 1.0)
    return Alert("disk", "Disk space", text, change, tell, note=note)


@asynccontextmanager
async def telling(folder: Path, *others: Told) -> AsyncIterator[tuple[Alerts, Store]]:
    """Alerts of a house where ada is an operator and kim a member."""
    passwords = Passwords(Cost(memory=8, passes=1))
    async with Store.open(folder / "members.db") as store, asyncio.TaskGroup() as tasks:
        members = Members(store, passwords, MembersConfig(), all_loopback=True)
        for name, role in (("ada", Role.OPERATOR), ("kim", Role.MEMBER)):
            await members.register(name, PASSWORD, "127.0.0.1")
            await members.set_role(name, role)
        alerts = Alerts(members, Mail(LocalHub(), store, lambda: 5), [Outgoing(other) for other in others])
        running = [tasks.create_task(body()) for _, body in alerts.tasks()]
        yield alerts, store
        for task in running:
            task.cancel()
    passwords.close()


async def mailbox(store: Store, name: str) -> list[str]:
    known = await store.members.credentials(name)
    assert known is not None
    return [message.text for message in await store.messages.of(known.member.id)]


def test_people_are_told_in_one_line() -> None:
    assert sentence(alert()) == "CRITICAL Disk space (was OK): full"
    assert sentence(alert(note="still")) == "CRITICAL Disk space (still): full"
    assert len(sentence(alert("x" * 1000))) == 400


async def test_members_of_the_role_and_everybody_outside_are_told(tmp_path: Path) -> None:
    program, mail = Told(), Told()
    async with telling(tmp_path, program, mail) as (alerts, store):
        await alerts.tell(alert())
        await until(lambda: program.names == mail.names == ["disk"])
        assert await mailbox(store, "ada") == ["CRITICAL Disk space (was OK): full"]
        assert await mailbox(store, "kim") == []


async def test_those_outside_are_told_where_no_member_is(tmp_path: Path) -> None:
    program = Told()
    async with telling(tmp_path, program) as (alerts, store):
        await alerts.tell(alert(tell="nobody"))
        await until(lambda: program.names == ["disk"])
        assert await mailbox(store, "ada") == []


async def test_a_way_that_hangs_holds_no_other_up(tmp_path: Path) -> None:
    slow, quick = Told(), Told()
    slow.open.clear()
    async with telling(tmp_path, slow, quick) as (alerts, _):
        await alerts.tell(alert())
        await alerts.tell(alert())
        await until(lambda: len(quick.batches) == 2)
        assert len(slow.batches) == 1


async def test_a_test_says_of_each_configured_way_what_came_of_it(tmp_path: Path) -> None:
    program, mail, off = Told(), Told([LATER]), Told()
    program.name, mail.name, off.on = "program", "mail", False
    async with telling(tmp_path, program, mail, off) as (alerts, store):
        assert await alerts.test() == {"program": None, "mail": LATER}
        assert await mailbox(store, "ada") == []
    assert (program.names, mail.names, off.names) == (["test"], ["test"], [])
