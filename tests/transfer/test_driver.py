"""How transfers end that do not come to their end: silence, cancellation, hang-up, the daemon's own will."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from sttelnet.config import Config
from sttelnet.role import Role
from sttelnet.server import clients as clients_module
from sttelnet.session import limits
from sttelnet.transfer import driver, line, zmodem
from sttelnet.transfer.driver import GIVEN_UP, GOING_DOWN, NO_ZMODEM, NOTHING_YET, SILENCE, TOO_SLOW
from sttelnet.zmodem import ABORT, Event, FileEnd, Offer, Ready, Sent, Started
from sttelnet.zmodem.frames import End, Frame
from sttelnet.zmodem.headers import hex_header
from tests.bridge import RECEIVES, SENDS
from tests.daemon import config_with
from tests.transfer.caller import Caller, Giving, Taking, calling
from tests.transfer.house import ALL, SITE, House, disk_threads, hasten, held_open, house, until
from tests.zmodem.wire import WIDE, offer

State = Callable[[Caller], Coroutine[Any, Any, None]]

CONTENT = bytes(random.Random(9).choices(b"abcdefgh", k=1_500_000))  # nothing of it has to be escaped
CANS = b"\x18" * 5
FIN = hex_header(Frame.FIN)
SILENT = "The other side fell silent."


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zmodem, "SILENCE", 0.35)


def under_way(script: Taking | Giving) -> bool:
    return (len(script.content) if isinstance(script, Taking) else script.supplied) >= 50_000


async def hold(caller: Caller, script: Taking | Giving, at: type[Event] | None = None, key: bytes = b"") -> None:
    """Begin a transfer and stop at an event, or else when it is well under way."""
    script.holds = at
    await caller.invited(*((key or b"d", SENDS) if isinstance(script, Taking) else (key or b"u", RECEIVES)))
    await caller.run_script(script, until=lambda: under_way(script))


# States in which a caller may leave: the key, how far it comes, and what the database says then of a file that is
# given up ("" where there is none).


async def opening_down(caller: Caller) -> None:
    await caller.invited(b"d", SENDS)


async def offered_down(caller: Caller) -> None:
    await hold(caller, Taking(), Offer)


async def streaming_down(caller: Caller) -> None:
    await hold(caller, Taking())


async def whole_down(caller: Caller) -> None:
    taking = Taking()
    taking.holds = FileEnd
    await caller.invited(b"d", SENDS)
    await caller.run_script(taking)
    assert len(taking.content) == len(CONTENT)


async def closing_down(caller: Caller) -> None:
    taking = Taking()
    await caller.take(taking, until=lambda: bool(taking.files))
    await caller.hears(Frame.FIN)


async def opening_up(caller: Caller) -> None:
    await caller.invited(b"m", RECEIVES)


async def met_up(caller: Caller) -> None:
    await hold(caller, Giving([("a.bin", CONTENT)]), Ready, b"m")


async def offered_up(caller: Caller) -> None:
    await hold(caller, Giving([("a.bin", CONTENT)]), Started, b"m")


async def streaming_up(caller: Caller) -> None:
    await hold(caller, Giving([("a.bin", CONTENT)]), None, b"m")


async def whole_up(caller: Caller) -> None:
    await hold(caller, Giving([("a.bin", b"12345")]), Sent, b"m")


async def closing_up(caller: Caller) -> None:
    await whole_up(caller)
    await caller.key(FIN)
    await caller.hears(Frame.FIN)


GIVEN_UP_IN: list[tuple[State, str]] = [
    (opening_down, ""),
    (offered_down, "given up"),
    (streaming_down, "given up"),
    (whole_down, "given up"),
    (closing_down, "done"),
    (opening_up, ""),
    (met_up, ""),
    (offered_up, "given up"),
    (streaming_up, "given up"),
    (whole_up, "done"),
    (closing_up, "done"),
]
states = pytest.mark.parametrize(("state", "result"), GIVEN_UP_IN, ids=[state.__name__ for state, _ in GIVEN_UP_IN])


def expected(result: str, word: str) -> list[str]:
    return [word if result == "given up" else result] if result else []


async def still_serves(caller: Caller) -> None:
    """See that a caller is at the menu again and what they press counts."""
    await caller.key(b"h")
    await caller.sees("hello")


@states
async def test_five_cans_end_a_transfer_at_any_moment(state: State, result: str, tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        await state(caller)
        await caller.key(CANS)
        assert GIVEN_UP in await caller.sees(ALL)
        await still_serves(caller)

        assert [row.result for row in await home.rows()] == expected(result, "cancelled")
        assert len(home.halves()) == (state is streaming_up)


def session_tasks() -> int:
    """Return how many tasks there are besides the checks', which begin a little behind the daemon's start."""
    return sum(not task.get_name().startswith("check ") for task in asyncio.all_tasks())


@states
async def test_a_caller_who_hangs_up_leaves_nothing_but_a_row_and_their_half(
    state: State, result: str, tmp_path: Path
) -> None:
    async with house(tmp_path) as home:
        home.put(a=CONTENT)
        tasks = session_tasks()
        async with home.caller() as caller:
            await state(caller)
            caller.cut()
        await home.empty()

        assert session_tasks() == tasks
        assert [row.result for row in await home.rows()] == expected(result, "failed")
        assert len(home.halves()) == (state is streaming_up)
        assert home.arrived() == ({"a.bin": b"12345"} if result == "done" and state is not closing_down else {})


async def test_of_a_guest_who_hangs_up_no_half_is_kept(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        async with home.caller() as caller:
            await hold(caller, Giving([("a.bin", CONTENT)]))
            assert len(home.halves()) == 1
            caller.cut()
        await home.empty()

        assert list(home.incoming.iterdir()) == []
        assert await home.results() == [("upload", "a.bin", "failed")]


async def test_a_caller_who_ends_their_side_of_the_line_has_hung_up(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        async with home.caller() as caller:
            await hold(caller, Giving([("a.bin", CONTENT)]))
            caller.writer.write_eof()
            async with asyncio.timeout(10):
                while await caller.reader.read(65536):
                    pass
        await home.empty()

        assert await home.results() == [("upload", "a.bin", "failed")]


# Silence

ALONE = {**SITE, "mine": "{% post:Up %}"}  # callers who send the same file do not share its half


@pytest.mark.usefixtures("impatient")
async def test_a_program_that_answers_nothing_is_told_what_has_zmodem(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        await caller.invited(b"d", SENDS)
        told = await caller.sees(ALL)

        assert NO_ZMODEM in told.replace("\r\n", "")
        assert await home.rows() == []
        await still_serves(caller)


async def test_one_who_sends_nothing_is_told_that_nothing_has_come_and_given_up_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sttelnet.transfer.receiving.SILENCE", 0.3)
    monkeypatch.setattr(zmodem, "CHOOSING", 0.8)
    monkeypatch.setattr(zmodem, "REPEAT", 0.4)
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.invited(b"u", RECEIVES)
        await caller.until(NOTHING_YET)
        told = await caller.sees(ALL)

        assert NO_ZMODEM in told.replace("\r\n", "")
        assert caller.wire.count(NOTHING_YET) == 1
        await still_serves(caller)


async def test_one_who_has_begun_to_send_is_told_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sttelnet.transfer.receiving.SILENCE", 0.2)
    async with house(tmp_path) as home, home.caller() as caller:
        giving = Giving([("a.bin", CONTENT)])
        await hold(caller, giving)
        await asyncio.sleep(0.3)
        await caller.run_script(giving)
        await caller.sees(ALL)

        assert NOTHING_YET not in caller.wire
        assert home.arrived() == {"a.bin": CONTENT}


@pytest.mark.parametrize(("way", "sight"), [(b"d", SENDS), (b"u", RECEIVES)])
async def test_a_person_without_zmodem_gets_away_with_a_key(way: bytes, sight: bytes, tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        for key in (b"\x03", b"\x1b", b"q"):
            await caller.invited(way, sight)
            await caller.key(key)
            assert GIVEN_UP in await caller.sees(ALL)

        await still_serves(caller)


@pytest.mark.usefixtures("impatient")
async def test_a_caller_who_falls_silent_is_given_up(tmp_path: Path) -> None:
    async def fall_silent(home: House, state: State) -> None:
        async with home.caller() as caller:
            await state(caller)
            await caller.until(ABORT)
            assert SILENT in await caller.sees(ALL)
            await still_serves(caller)

    async with house(tmp_path, scripts=ALONE) as home:
        home.put(a=CONTENT)
        async with asyncio.TaskGroup() as tasks:
            for state in (streaming_down, whole_down, offered_up, streaming_up):
                tasks.create_task(fall_silent(home, state))

        assert [row.result for row in await home.rows()] == ["failed"] * 4


@pytest.mark.usefixtures("impatient")
async def test_a_stalled_transfer_ends_by_itself_before_the_idle_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clients_module, "SWEEP", 0.02)
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        await streaming_up(caller)
        await caller.sees(SILENT, ALL)
        await still_serves(caller)


async def silence_of_a_receiver(caller: Caller, taking: Taking, least: int) -> tuple[float, int]:
    """Stop answering, and read on; return how long it took to be given up and how much came meanwhile."""
    await caller.invited(b"d", SENDS)
    await caller.run_script(taking, until=lambda: bool(taking.events) and len(taking.content) >= least)
    loop = asyncio.get_running_loop()
    taking.mute, since, before = True, loop.time(), len(taking.content)
    await caller.run_script(taking)
    return loop.time() - since, len(taking.content) - before


@pytest.mark.usefixtures("impatient")
async def test_no_more_than_a_window_goes_out_behind_the_last_answer(tmp_path: Path) -> None:
    async def fall_silent(home: House, least: int, most: int) -> None:
        async with home.caller() as caller:
            _, came = await silence_of_a_receiver(caller, Taking(), least)
            assert 0 < came <= most
            assert SILENT in await caller.sees(ALL)

    async with house(tmp_path) as home:
        home.put(a=CONTENT)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fall_silent(home, 0, 8192))  # before any answer has shown how quick the line is
            tasks.create_task(fall_silent(home, 400_000, 256 * 1024))


async def test_silence_is_given_up_after_fifteen_seconds_in_both_directions(tmp_path: Path) -> None:
    """The promise itself, in real time: it takes as long as it says."""

    async def download(home: House) -> float:
        async with home.caller() as caller:
            return (await silence_of_a_receiver(caller, Taking(), 400_000))[0]

    async def upload(home: House) -> float:
        async with home.caller() as caller:
            loop = asyncio.get_running_loop()
            await hold(caller, Giving([("a.bin", CONTENT)]))
            since = loop.time()
            await caller.until(ABORT)
            return loop.time() - since

    async with house(tmp_path) as home:
        home.put(a=CONTENT)
        async with asyncio.TaskGroup() as tasks:
            waits = [tasks.create_task(download(home)), tasks.create_task(upload(home))]

    assert SILENCE == 15.0
    for wait in waits:
        assert 10.0 < wait.result() < 16.5


# A line that carries next to nothing


async def test_one_who_only_holds_the_line_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "MINUTE", 0.5)
    monkeypatch.setattr(driver, "SLOWEST", 200.0)
    monkeypatch.setattr(driver, "LOOK", 0.1)
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.invited(b"u", RECEIVES)
        await caller.key(offer(size=100_000))
        await caller.hears(Frame.RPOS)
        await caller.key(WIDE.header(Frame.DATA, 0))
        for _ in range(400):
            await caller.key(b"x")  # one subpacket that takes its time
            await asyncio.sleep(0.02)
            if caller.reader._buffer:  # type: ignore[attr-defined]  # typeshed hides it
                break

        assert TOO_SLOW in await caller.sees(ALL)
        assert ABORT in caller.wire
        assert await home.results() == [("upload", "a.bin", "failed")]
        await still_serves(caller)


async def test_the_time_a_person_takes_to_choose_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "MINUTE", 0.5)
    monkeypatch.setattr(driver, "SLOWEST", 200.0)
    monkeypatch.setattr(driver, "LOOK", 0.02)
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.invited(b"u", RECEIVES)
        await asyncio.sleep(0.45)
        giving = Giving([("a.bin", b"x" * 300)])
        giving.holds = Started
        await caller.run_script(giving)
        await asyncio.sleep(0.2)  # the half second since the invitation is over, that of the file is not
        giving.holds = None
        giving.sender._events.append(Started(0))
        await caller.run_script(giving)
        await caller.sees(ALL)

        assert home.arrived() == {"a.bin": b"x" * 300}


# Behind a failure


TYPED = b"/quit\rq\r\n" * 4000


@pytest.mark.parametrize("size", [30_000, 3_000_000])
async def test_what_a_program_still_sends_is_taken_for_no_command(size: int, tmp_path: Path) -> None:
    content = (TYPED * (size // len(TYPED) + 1))[:size]
    async with house(tmp_path) as home, home.caller() as caller:
        await caller.invited(b"u", RECEIVES)
        await caller.key(offer(size=1000))
        await caller.hears(Frame.RPOS)
        await caller.key(WIDE.header(Frame.DATA, 0) + WIDE.subpackets(content, 1024, End.MORE) + content)
        await caller.until(ABORT)

        assert "More was sent than was agreed." in await caller.sees(ALL)
        await still_serves(caller)
        assert ABORT == b"\x18" * 8 + b"\b" * 10
        assert home.arrived() == {}


async def test_what_comes_in_bits_behind_a_cancellation_is_taken_for_no_command(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        await streaming_up(caller)
        await caller.key(CANS)
        for _ in range(10):
            await asyncio.sleep(0.05)
            await caller.key(b"/quit\rq\r")
        await caller.sees(GIVEN_UP, ALL)
        await still_serves(caller)


async def test_a_program_that_never_stops_is_hung_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "LONGEST_TAIL", 0.5)
    async with house(tmp_path) as home, home.caller() as caller:
        await streaming_up(caller)
        await caller.key(CANS)
        try:
            async with asyncio.timeout(20):
                while True:
                    await caller.key(b"h")
                    await asyncio.sleep(0.02)
        except ConnectionError:
            pass
        await home.empty()

        assert await home.results() == [("upload", "a.bin", "cancelled")]


# The daemon's own will


def stopping_within(seconds: float) -> Config:
    return config_with(files={"disk_reserve": 0}, server={"drain_timeout": seconds})


@pytest.mark.parametrize("script", [Taking(), Giving([("a.bin", CONTENT)])], ids=["down", "up"])
async def test_a_transfer_that_is_under_way_comes_to_its_end_while_the_daemon_stops(
    script: Taking | Giving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OBEY_WITHIN", 0.2)  # of who is told to go at once
    monkeypatch.setattr(clients_module, "SWEEP", 0.1)
    async with house(tmp_path, stopping_within(60)) as home, home.caller() as caller, home.caller() as idle:
        home.put(a=CONTENT)
        await hold(caller, script)
        home.server.stop()
        assert b"going down: goodbye." in await idle.gone()
        await until(lambda: len(home.server.clients.sessions) == 1)  # whoever is in a transfer is still there
        await asyncio.sleep(0.6)
        await caller.run_script(script)
        assert b"going down: goodbye." in await caller.gone()

        whole = script.files[b"a.bin"] if isinstance(script, Taking) else home.arrived()["a.bin"]
        assert whole == CONTENT


@pytest.mark.parametrize("state", [opening_down, streaming_down, opening_up, streaming_up])
async def test_the_end_of_the_daemon_ends_a_transfer_in_time(state: State, tmp_path: Path) -> None:
    async with house(tmp_path, stopping_within(4)) as home, home.caller() as caller:
        home.put(a=CONTENT)
        await state(caller)
        home.server.stop()
        said = await caller.gone()

        assert ABORT in said
        assert b"The service is going down: goodbye." in said
        assert GOING_DOWN.encode() in said
        assert len(home.halves()) == (state is streaming_up)


async def test_a_session_that_is_cut_off_lets_go_of_everything(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.put(a=CONTENT)
        async with home.caller() as giver, home.caller() as member, home.caller() as taker:
            await hold(giver, Giving([("a.bin", CONTENT)]))
            await hold(member, Giving([("b.bin", CONTENT)]), None, b"m")
            await hold(taker, Taking())
            assert (len(disk_threads()), len(home.halves())) == (3, 2)
            for session in tuple(home.server.clients.sessions.values()):
                session.cut()
            await home.empty()

        assert held_open(home.folder / "files") == []
        assert len(home.halves()) == 1  # the member's


LOG_IN = """
from sttelnet.client import Client

async def In(client):
    await client.log_in("Kim", "correct horse")
    client.notice(f"You are {client.nick_name}.")
    return "root"
"""


async def test_a_member_who_is_locked_moves_no_more_files(tmp_path: Path) -> None:
    scripts = {**SITE, "hello": "{% post:In %}", "in.py": LOG_IN}
    async with house(tmp_path, scripts=scripts) as home, home.caller() as caller:
        added = await home.server.members.add("Kim", Role.MEMBER)
        assert isinstance(added, tuple)
        await home.server.members.change_password(added[0].id, None, "correct horse")
        await caller.key(b"h")
        await caller.sees("You are Kim.")
        giving = Giving([("a.bin", CONTENT)])
        await hold(caller, giving)
        await home.server.members.set_locked("Kim", True)
        home.server.hub.account_changed(added[0].id)
        async with asyncio.timeout(1.0):
            said = await caller.gone()

        assert ABORT in said
        assert b"Your account is locked" in said


async def test_what_one_transfer_does_is_no_business_of_another(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.put(a=CONTENT)

        async def download() -> bytes:
            async with home.caller() as caller:
                return (await caller.take()).files[b"a.bin"]

        async def upload(number: int) -> None:
            async with home.caller() as caller:
                await caller.give(Giving([(f"{number}.bin", CONTENT)]))
                await caller.sees(ALL)

        async with calling(home.server.ports[0]) as silent, asyncio.TaskGroup() as tasks:
            await silent.sees("menu")
            await silent.invited(b"u", RECEIVES)
            downloads = [tasks.create_task(download()) for _ in range(4)]
            for number in range(4):
                tasks.create_task(upload(number))
        await until(lambda: len(home.arrived()) == 4)

        assert [task.result() for task in downloads] == [CONTENT] * 4
        assert set(home.arrived().values()) == {CONTENT}
