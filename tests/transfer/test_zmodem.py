"""client.zmodem in a daemon, with a caller whose machine the test drives."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import re
from pathlib import Path

import pytest

from sttelnet.iac import AYT, BINARY, BRK, DO, DONT, IAC, IP, NAWS, SB, SE, WILL, WONT
from sttelnet.server import clients as clients_module
from sttelnet.transfer import zmodem
from sttelnet.zmodem import Finished, Sender, SendOptions
from sttelnet.zmodem.frames import Frame
from tests.bridge import RECEIVES, SENDS
from tests.daemon import config_with
from tests.transfer.caller import DATE, Giving, Taking
from tests.transfer.house import ALL, SITE, hasten, house, until, with_files
from tests.zmodem.wire import headers

DICE = random.Random(7)
RANDOM = DICE.randbytes(200_000)
NASTY = bytes(range(256)) * 40 + b"@\r\n" * 500 + b"\xff" * 2000 + b"\x18" * 500 + b"\x8d\x8a" * 100
FILES = [("a.bin", RANDOM), ("empty.bin", b""), ("nasty.bin", NASTY)]
RECEIVED = dict(FILES)
BINARY_ASKED = bytes((IAC, DO, BINARY)), bytes((IAC, WILL, BINARY))
BINARY_LEFT = bytes((IAC, DONT, BINARY)), bytes((IAC, WONT, BINARY))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


def enough(script: Taking | Giving, size: int = 50_000) -> bool:
    """Whether a file is well under way."""
    return (len(script.content) if isinstance(script, Taking) else script.supplied) >= size


# Batches


async def test_a_batch_is_downloaded_with_names_dates_and_a_report(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=RANDOM, empty=b"", nasty=NASTY)
        taken = await caller.take()
        told = await caller.sees(ALL)

        assert taken.files == {name.encode(): content for name, content in FILES}
        assert taken.dates == [int((home.outgoing / name).stat().st_mtime) for name, _ in FILES]
        assert taken.events[-1] == Finished()
        assert "Sent a.bin: 195 KB" in told
        assert f"SHA-256 {hashlib.sha256(RANDOM).hexdigest()}" in told
        assert "Sent 3 of 3 files" in told
        for row, (name, content) in zip(await home.rows(), FILES, strict=True):
            assert (row.direction, row.name, row.size, row.result) == ("download", name, len(content), "done")
            assert (row.sha256, row.member, row.who) == (hashlib.sha256(content).hexdigest(), None, "GUEST")
            assert row.seconds >= 0


async def test_a_batch_is_uploaded_with_names_dates_and_a_report(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        given = await caller.give(Giving(FILES))
        told = await caller.sees(ALL)

        assert given.arrived == 3
        assert home.arrived() == RECEIVED
        assert {int(path.stat().st_mtime) for path in home.incoming.iterdir()} == {DATE}
        assert home.halves() == []
        assert "Received a.bin: 195 KB" in told
        assert "Received 3 of 3 files" in told
        for row, (name, content) in zip(await home.rows(), FILES, strict=True):
            assert (row.direction, row.name, row.size, row.result) == ("upload", name, len(content), "done")
            assert row.sha256 == hashlib.sha256(content).hexdigest()


async def test_a_caller_can_move_files_again_and_again(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=b"out")
        for number in range(3):
            assert (await caller.take()).files == {b"a.bin": b"out"}
            await caller.sees(ALL, "menu")
            await caller.give(Giving([(f"{number}.bin", b"in")]))
            await caller.sees(ALL, "menu")

        assert sorted(home.arrived()) == ["0.bin", "1.bin", "2.bin"]
        assert len(await home.rows()) == 6


async def test_every_file_is_an_event_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=b"12345")
        await caller.take()
        await caller.sees(ALL)
    (record,) = [record for record in caplog.records if record.message == "sent"]
    fields = record.__dict__["fields"]

    assert (fields["file"], fields["result"], fields["bytes"], fields["errors"]) == ("a.bin", "done", 5, 0)
    assert fields["sha256"] == hashlib.sha256(b"12345").hexdigest()


async def test_subpackets_have_the_length_the_config_says(tmp_path: Path) -> None:
    async with house(tmp_path, with_files(block=8192)) as home, home.caller() as caller:
        home.put(a=b"x" * 100_000)
        taken = await caller.take()

        assert taken.files[b"a.bin"] == b"x" * 100_000
        assert max(map(len, re.findall(rb"x+", bytes(caller.wire)))) == 8192


# Telnet


def spans(wire: bytes, sight: bytes) -> tuple[bytes, bytes, bytes]:
    """Cut what was sent into before the transfer, the transfer, and behind it: from the last ZFIN on."""
    start, end = wire.index(sight), wire.rindex(b"\x18B08") + 20
    return wire[:start], wire[start:end], wire[end:]


async def test_binary_is_asked_for_before_anything_is_sent_and_given_back(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=NASTY)
        await caller.take()
        await caller.sees(ALL)
        before, during, behind = spans(bytes(caller.wire), SENDS)

        for asked, left in zip(BINARY_ASKED, BINARY_LEFT, strict=True):
            assert asked in before
            assert left in behind
        assert b"\xff" not in during


async def test_without_binary_nothing_goes_out_that_seven_bits_or_line_ends_could_harm(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller(binary=False) as caller:
        home.put(a=RANDOM, nasty=NASTY)
        taken = await caller.take()
        await caller.sees(ALL)
        _, during, _ = spans(bytes(caller.wire), SENDS)

        assert taken.files == {b"a.bin": RANDOM, b"nasty.bin": NASTY}
        bare = re.sub(rb"\*\*\x18B[0-9a-f]{14}\r\n", b"", during)
        assert len(bare) > 200_000
        assert not re.findall(rb"[\x00-\x17\x19-\x1f\x80-\x9f\xff]", bare)


async def test_without_binary_the_caller_is_asked_to_escape_every_control_character(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        async with home.caller() as caller:
            await caller.give(Giving(FILES[2:]))
            await caller.sees(ALL)
            _, during, _ = spans(bytes(caller.wire), RECEIVES)
            assert headers(during)[0] == (Frame.RINIT, 0x23 << 24)
        (home.incoming / "nasty.bin").unlink()
        async with home.caller(binary=False) as caller:
            await caller.give(Giving(FILES))
            await caller.sees(ALL)
            _, during, _ = spans(bytes(caller.wire), RECEIVES)
            assert headers(during)[0] == (Frame.RINIT, 0x63 << 24)
            assert home.arrived() == RECEIVED


async def test_a_site_may_send_the_byte_255_as_it_is(tmp_path: Path) -> None:
    async with house(tmp_path, with_files(escape_ff=False)) as home, home.caller() as caller:
        home.put(nasty=NASTY)
        taken = await caller.take()
        await caller.sees(ALL)
        _, during, _ = spans(bytes(caller.wire), SENDS)

        assert taken.files == {b"nasty.bin": NASTY}
        assert b"\xff\xff" * 1000 in during
        assert b"\x18m" not in during


@pytest.mark.parametrize("direction", ["down", "up"])
async def test_a_key_pressed_in_the_packet_that_ends_a_transfer_counts(direction: str, tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=b"out")
        if direction == "down":
            await caller.take(behind=b"h")
        else:
            await caller.give(Giving(FILES[:1]), behind=b"h")

        await caller.sees("hello 80x24")


async def test_keys_pressed_while_the_program_leaves_the_line_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zmodem, "LEAVING", 0.3)
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=b"out")
        await caller.take()
        await caller.key(b"h")
        await caller.sees("hello 80x24")


@pytest.mark.parametrize("direction", ["down", "up"])
async def test_interrupts_and_questions_of_telnet_disturb_no_transfer(direction: str, tmp_path: Path) -> None:
    commands = b"".join(bytes((IAC, command)) for command in (IP, AYT, BRK))
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=RANDOM)
        script: Taking | Giving = Taking() if direction == "down" else Giving(FILES[:1])
        await caller.invited(*((b"d", SENDS) if direction == "down" else (b"u", RECEIVES)))
        for size in (1, 50_000, 100_000):
            await caller.run_script(script, until=lambda size=size: enough(script, size))  # type: ignore[misc]  # mypy infers no lambda with a default
            caller.writer.write(commands)
        await caller.run_script(script)
        await caller.sees(ALL)

        assert b"[yes]" not in caller.wire
        assert await home.results() == [("download" if direction == "down" else "upload", "a.bin", "done")]
        assert (script.files[b"a.bin"] if isinstance(script, Taking) else home.arrived()["a.bin"]) == RANDOM


# The session meanwhile


async def test_a_resize_during_a_transfer_is_taken_up_behind_it(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=RANDOM)
        taking = Taking()
        await caller.take(taking, until=lambda: enough(taking))
        caller.writer.write(bytes((IAC, SB, NAWS, 0, 100, 0, 30, IAC, SE)))
        await caller.run_script(taking)
        await caller.sees(ALL)

        assert taking.files[b"a.bin"] == RANDOM
        await caller.key(b"h")
        await caller.sees("hello 100x30")


@pytest.mark.parametrize("direction", ["down", "up"])
async def test_messages_wait_until_the_transfer_is_over(direction: str, tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=RANDOM)
        script: Taking | Giving = Taking() if direction == "down" else Giving(FILES[:1])
        await caller.invited(*((b"d", SENDS) if direction == "down" else (b"u", RECEIVES)))
        await caller.run_script(script, until=lambda: enough(script))
        (session,) = home.server.clients.sessions.values()
        session.client.notice("A notice.")
        session.client.announce("Not worth keeping.")
        home.server.hub.tell_everybody("To all who are on.")
        await asyncio.to_thread(session.client.send, "Said in a thread.")
        await caller.run_script(script)
        told = await caller.sees(ALL)

        assert (script.files[b"a.bin"] if isinstance(script, Taking) else home.arrived()["a.bin"]) == RANDOM
        for words in ("A notice.", "To all who are on.", "Said in a thread."):
            assert words in told
        sight = SENDS if direction == "down" else RECEIVES
        assert not re.search(rb"notice|To all|thread", spans(bytes(caller.wire), sight)[1])


async def test_who_is_on_shows_how_far_a_transfer_is(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=RANDOM)
        assert [presence.doing for presence in home.server.hub.presences()] == ["root"]
        taking = Taking()
        await caller.take(taking, until=lambda: enough(taking))
        await until(lambda: home.server.hub.presences()[0].doing.startswith("sending a.bin "))
        await caller.run_script(taking)
        await caller.sees(ALL)
        giving = Giving(FILES[:1])
        await caller.invited(b"u", RECEIVES)
        assert home.server.hub.presences()[0].doing == "receiving files"
        await caller.run_script(giving, until=lambda: enough(giving))
        await until(lambda: re.match(r"receiving a.bin \d+ %", home.server.hub.presences()[0].doing) is not None)
        await caller.run_script(giving)
        await caller.sees(ALL)

        assert [presence.doing for presence in home.server.hub.presences()] == ["root"]


async def test_who_moves_files_is_not_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients_module, "SWEEP", 0.02)
    config = config_with(files={"disk_reserve": 0}, server={"idle_timeout": 0.4})
    async with house(tmp_path, config) as home, home.caller() as caller:
        giving = Giving(FILES[:1], Sender(SendOptions(greeting=b"", window=4096)))
        await caller.invited(b"u", RECEIVES)
        for size in range(0, 180_000, 30_000):
            await caller.run_script(giving, until=lambda size=size: enough(giving, size))  # type: ignore[misc]  # as above
            await asyncio.sleep(0.1)
        await caller.run_script(giving)
        await caller.sees(ALL)

        assert home.arrived() == {"a.bin": RANDOM}
        assert b"goodbye" in await caller.gone()  # at the prompt the limit holds again


async def test_one_who_still_chooses_what_to_send_is_not_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients_module, "SWEEP", 0.02)
    monkeypatch.setattr("sttelnet.transfer.driver.LOOK", 0.1)
    config = config_with(files={"disk_reserve": 0}, server={"idle_timeout": 0.4})
    async with house(tmp_path, config) as home, home.caller() as caller:
        await caller.invited(b"u", RECEIVES)
        await asyncio.sleep(1.0)
        await caller.run_script(Giving(FILES[:1]))
        await caller.sees(ALL)

        assert home.arrived() == {"a.bin": RANDOM}


# What cannot be


async def test_one_transfer_at_a_time(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    scripts = {
        **SITE,
        "down": "{% post:Twice %}",
        "twice.py": (
            "import asyncio\n\n"
            "async def Twice(client):\n"
            "    out = client.services.files / 'out' / 'a.bin'\n"
            "    async with asyncio.TaskGroup() as tasks:\n"
            "        first = tasks.create_task(client.zmodem.send_files([out]))\n"
            "        await asyncio.sleep(0)\n"
            "        try:\n"
            "            await client.zmodem.receive_files(out.parent)\n"
            "        except RuntimeError as error:\n"
            "            client.notice(str(error))\n"
            "    client.notice('That was all.')\n"
            "    return 'root'\n"
        ),
    }
    async with house(tmp_path, scripts=scripts) as home, home.caller() as caller:
        home.put(a=b"12345")
        assert (await caller.take()).files == {b"a.bin": b"12345"}
        assert "one transfer or shell at a time" in await caller.sees(ALL)


async def test_a_directory_that_cannot_be_used_is_an_error_and_the_line_is_what_it_was(tmp_path: Path) -> None:
    scripts = {**SITE, "h.py": SITE["h.py"] + "\nasync def Lost(client):\n"
        "    try:\n"
        "        await client.zmodem.receive_files(client.services.files / 'nothing')\n"
        "    except OSError as error:\n"
        "        client.notice(type(error).__name__)\n"
        "    return 'root'\n", "up": "{% post:Lost %}"}  # fmt: skip
    async with house(tmp_path, scripts=scripts) as home, home.caller() as caller:
        await caller.key(b"u")
        await caller.sees("FileNotFoundError")
        assert RECEIVES not in caller.wire
        assert all(left in caller.wire for left in BINARY_LEFT)
        await caller.key(b"h")
        await caller.sees("hello")


LEDGER = """
from sttelnet.transfer import SiteLedger

class Books(SiteLedger):
    async def admit(self, name, size, batch):
        if name == "no.bin":
            return "Not that one."
        if name == "odd.bin":
            raise ZeroDivisionError
        return 10

async def Mine(client):
    services = client.services
    books = Books(services.store, services.config.files, client.mover(), client.log)
    report = await client.zmodem.receive_files(services.files / "in", ledger=books)
    for line in report.lines():
        client.notice(line)
    client.notice("That was all.")
    return "root"
"""


async def test_a_sites_own_books_decide_what_comes(tmp_path: Path) -> None:
    async with (
        house(tmp_path, scripts={**SITE, "up": "{% post:Mine %}", "l.py": LEDGER}) as home,
        home.caller() as caller,
    ):
        given = await caller.give(Giving([("no.bin", b"12345"), ("yes.bin", b"12345")]))

        assert (given.unwanted, given.arrived) == (1, 1)
        assert "no.bin: refused. Not that one." in await caller.sees(ALL)
        assert home.arrived() == {"yes.bin": b"12345"}


async def test_a_fault_in_a_sites_own_books_ends_the_transfer_and_not_the_session(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        house(tmp_path, scripts={**SITE, "up": "{% post:Mine %}", "l.py": LEDGER}) as home,
        home.caller() as caller,
    ):
        given = await caller.give(Giving([("odd.bin", b"q" * 100)]))
        await caller.key(b"q\r" * 100)  # a program that does not look at what it is told

        assert [type(event).__name__ for event in given.events][-1] == "Cancelled"
        await caller.sees("Something went wrong")
        await caller.key(b"h")
        await caller.sees("hello")
        assert all(left in caller.wire for left in BINARY_LEFT)
    assert "ZeroDivisionError" in caplog.text


async def test_behind_such_a_fault_one_who_sends_for_ever_is_hung_up_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sttelnet.transfer.line.LONGEST_TAIL", 0.3)
    async with house(tmp_path, scripts={**SITE, "up": "{% post:Mine %}", "l.py": LEDGER}) as home:
        async with home.caller() as caller:
            await caller.give(Giving([("odd.bin", b"q" * 100)]))
            try:
                async with asyncio.timeout(20):
                    while True:
                        await caller.key(b"h")
                        await asyncio.sleep(0.02)
            except ConnectionError:
                pass
        await home.empty()
