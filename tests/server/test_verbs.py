"""What the command line asks, with an administration that writes down what it was told to do."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sttelnet.administration import CONSOLE, Actor, Administration, Ban, Done, Figures
from sttelnet.config import Config
from sttelnet.control import Request, Response
from sttelnet.control.wire import pack
from sttelnet.errors import StoreError
from sttelnet.health import Health
from sttelnet.hub import LocalHub, Mail
from sttelnet.members import Members
from sttelnet.passwords import Cost, Passwords
from sttelnet.role import Role
from sttelnet.server.alerts import Alerts
from sttelnet.server.page import host_only
from sttelnet.server.verbs import Verbs
from sttelnet.store import Store

FIGURES = Figures(0.0, 1, 50, 1, 7, 100, 200, 0.00149, None, 0, 0, 11, 0, None)


class Written:
    """An administration that does nothing and agrees to all, but for what it is told to answer."""

    def __init__(self) -> None:
        self.deeds: list[tuple[object, ...]] = []
        self.actors: set[Actor] = set()
        self.answer = Done.DONE
        self.failure: StoreError | None = None
        self.banned: list[Ban] = []
        self.problems: list[str] = []

    def _note(self, by: Actor, *deed: object) -> Done:
        if self.failure is not None:
            raise self.failure
        self.actors.add(by)
        self.deeds.append(deed)
        return self.answer

    async def kick(self, number: int, words: str, by: Actor) -> Done:
        return self._note(by, "kick", number, words)

    async def ban(self, address: str, seconds: float, reason: str, by: Actor) -> Done:
        return self._note(by, "ban", address, seconds, reason)

    async def unban(self, address: str, by: Actor) -> Done:
        return self._note(by, "unban", address)

    def bans(self) -> list[Ban]:
        return self.banned

    async def reload(self, by: Actor) -> list[str]:
        self._note(by, "reload")
        return self.problems

    async def broadcast(self, text: str, by: Actor) -> int:
        self._note(by, "broadcast", text)
        return 3

    async def stop(self, seconds: float, words: str, by: Actor) -> Done:
        return self._note(by, "stop", seconds, words)

    async def stay(self, by: Actor) -> Done:
        return self._note(by, "stay")

    def figures(self) -> Figures:
        return FIGURES

    def config_problems(self) -> list[str]:
        return []


@asynccontextmanager
async def verbs_over(folder: Path, administration: Administration) -> AsyncIterator[Verbs]:
    """Verbs of a daemon that serves nobody."""
    passwords, health, hub = Passwords(Cost(memory=8, passes=1)), Health(Config().health), LocalHub()
    try:
        async with Store.open(folder / "members.db") as store:
            members = Members(store, passwords, Config().members, all_loopback=True)
            mail = Mail(hub, store, lambda: 5)
            yield Verbs(administration, hub, mail, members, host_only(store, health), Alerts(members, mail, []))
    finally:
        health.close()
        passwords.close()


@pytest.fixture
def written() -> Written:
    return Written()


@pytest.fixture
async def verbs(tmp_path: Path, written: Written) -> AsyncIterator[Verbs]:
    async with verbs_over(tmp_path, written) as verbs:
        yield verbs


async def test_each_deed_is_done_by_the_console(verbs: Verbs, written: Written) -> None:
    asked = [
        (
            Request("ban", {"address": "::ffff:192.0.2.9", "for": "2h", "reason": "knocks"}),
            "192.0.2.9 is banned for 2h.",
        ),
        (Request("ban", {"address": "192.0.2.9"}), "192.0.2.9 is banned for 1h."),
        (Request("unban", {"address": "192.0.2.9"}), "192.0.2.9 may come in again."),
        (Request("broadcast", {"text": " coffee\n is ready "}), "Told to 3."),
        (Request("reload"), "Everything was read anew; there are no errors."),
        (Request("drain", {"in": "90", "message": "A disk."}), "The daemon stops in 1m 30s."),
        (Request("drain"), "The daemon stops now."),
        (Request("stay"), "The daemon stays up."),
    ]
    for request, sentence in asked:
        response = await verbs.answer(request)
        assert (response.ok, response.lines) == (True, [sentence])
    assert written.deeds == [
        ("ban", "192.0.2.9", 7200.0, "knocks"),
        ("ban", "192.0.2.9", 3600.0, ""),
        ("unban", "192.0.2.9"),
        ("broadcast", "coffee is ready"),
        ("reload",),
        ("stop", 90.0, "A disk."),
        ("stop", 0.0, ""),
        ("stay",),
    ]
    assert written.actors == {Actor(CONSOLE, "", Role.ADMIN)}


@pytest.mark.parametrize("done", [done for done in Done if done is not Done.DONE])
async def test_what_is_not_done_is_told_in_the_administration_s_words(
    verbs: Verbs, written: Written, done: Done
) -> None:
    written.answer = done
    for request in (Request("ban", {"address": "192.0.2.9"}), Request("unban"), Request("drain"), Request("stay")):
        assert await verbs.answer(request) == Response(False, [done.value])


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        (Request("dance\x1b[2J"), "There is no dance[2J: this daemon knows who, msg, "),
        (Request("kick", {"number": "9"}), "There is no such session."),
        (Request("kick"), "There is no such session."),
        (Request("ban", {"address": "192.0.2.9", "for": "soon"}), "A time is a number and s, m, h or d: "),
        (Request("drain", {"in": "soon"}), "A time is a number and s, m, h or d: "),
        (Request("drain", {"in": "25h"}), "That is more than a day."),
        (Request("msg", {"name": "kim"}), "A message has 1 to 400 characters."),
        (Request("msg", {"name": "k\x07im", "text": "hello"}), 'There is no session and no member "kim".'),
        (Request("broadcast", {"text": "\x1b\n"}), "A message has 1 to 400 characters."),
    ],
)
async def test_what_cannot_be_asked_is_refused_and_not_done(
    verbs: Verbs, written: Written, request_: Request, sentence: str
) -> None:
    response = await verbs.answer(request_)
    assert not response.ok
    assert len(response.lines) == 1
    assert response.lines[0].startswith(sentence)
    assert written.deeds == []


async def test_a_database_that_fails_is_told(verbs: Verbs, written: Written) -> None:
    written.failure = StoreError("the disk is full")
    assert await verbs.answer(Request("stay")) == Response(False, ["the disk is full"])


async def test_what_is_wrong_after_a_reload_is_told_line_by_line(verbs: Verbs, written: Written) -> None:
    written.problems = ["root.txt:1:2: odd", "bad\udcffname.txt:1:1: odd"]
    response = await verbs.answer(Request("reload"))
    assert response == Response(False, ["root.txt:1:2: odd", "badname.txt:1:1: odd"], response.lines)


async def test_bans_stand_in_columns_with_nothing_that_acts_on_a_terminal(verbs: Verbs, written: Written) -> None:
    later = time.time() + 7200.5
    written.banned = [Ban("192.0.2.9", later, "console", "kno\x1b[2Jcks\n"), Ban("2001:db8::1", later, "kim", "")]
    response = await verbs.answer(Request("bans"))
    head, first, second = response.lines
    assert (head.index("STILL"), head.index("BY")) == (first.index("2h"), first.index("console"))
    assert (second.index("2h"), second.index("kim")) == (first.index("2h"), first.index("console"))
    assert first.endswith("kno[2Jcks")
    assert not any(line != line.rstrip() or not line.isprintable() for line in response.lines)
    assert [ban["address"] for ban in response.data] == ["192.0.2.9", "2001:db8::1"]


async def test_figures_are_for_people_and_for_programs(verbs: Verbs) -> None:
    response = await verbs.answer(Request("figures"))
    assert "sessions      1" in response.lines
    assert "lag           0.001" in response.lines
    assert "memory        -" in response.lines
    assert (response.data["pages"], response.data["memory"]) == (11, None)


async def test_where_nobody_is_on_who_shows_the_titles_alone(verbs: Verbs) -> None:
    assert await verbs.answer(Request("who")) == Response(True, ["NO  NAME  ROLE  FROM  IDLE  DOING"], [])


VERBS = ("who", "msg", "broadcast", "kick", "ban", "unban", "bans", "reload", "drain", "stay", "figures", "health", "")
ARGUMENTS = ("name", "text", "number", "address", "for", "reason", "in", "message", "more")


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.lists(
        st.builds(
            Request,
            st.sampled_from(VERBS) | st.text(max_size=10),
            st.dictionaries(
                st.sampled_from(ARGUMENTS), st.text(max_size=12) | st.from_regex(r"\A[0-9]{1,40}[smhd]?\Z")
            ),
        ),
        min_size=10,
        max_size=40,
    )
)
def test_no_request_makes_them_raise(requests: list[Request]) -> None:
    async def ask_all() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with verbs_over(Path(folder), Written()) as verbs:
                for request in requests:
                    response = await verbs.answer(request)
                    assert response.ok or response.lines
                    pack(response)

    asyncio.run(ask_all())
