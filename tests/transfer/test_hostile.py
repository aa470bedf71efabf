"""Callers who mean harm: what they send is made by hand, and goes through a real daemon."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import sys
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.config import Config
from sttelnet.transfer import zmodem
from sttelnet.transfer.driver import NO_ZMODEM
from sttelnet.transfer.receiving import BAD_NAME, TAKEN
from sttelnet.zmodem import ABORT, Receiver
from sttelnet.zmodem.frames import Frame
from sttelnet.zmodem.headers import flags, hex_header
from tests.bridge import RECEIVES, SENDS
from tests.transfer.caller import Caller, Taking
from tests.transfer.house import ALL, House, hasten, house, with_files
from tests.zmodem.wire import RINIT, RQINIT, WIDE, block, data, eof, headers, offer

CONTENT = random.Random(19).randbytes(300_000)
FIN = hex_header(Frame.FIN)
MIB = 1024 * 1024
GARBLED = "The line is too bad: the same place failed again and again."
SILENT = "The other side fell silent."
OUT_OF_STEP = "The two sides no longer agree on what is being sent."
TOO_LONG = "More was sent than was agreed."
posix = pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


def everything(folder: Path) -> set[str]:
    """Return what there is outside the files of the house."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*")}
    return {name for name in found if not name.startswith(("files/in/", "files/out/", "sttelnet.db", "members.db"))}


@asynccontextmanager
async def giver(
    folder: Path, caplog: pytest.LogCaptureFixture, config: Config | None = None
) -> AsyncIterator[tuple[House, Caller]]:
    """Call a daemon that is ready to receive; see afterwards that nothing was harmed and the caller still served."""
    caplog.set_level(logging.INFO)
    (folder / "precious").write_bytes(b"precious")
    async with house(folder, config) as home, home.caller() as caller:
        (home.incoming / "there.bin").write_bytes(b"there")
        before = everything(folder)
        await caller.invited(b"u", RECEIVES)
        yield home, caller
        await caller.key(b"h")
        await caller.sees("hello 80x24")
        assert everything(folder) == before
        assert (folder / "precious").read_bytes() == b"precious"
        assert (home.incoming / "there.bin").read_bytes() == b"there"
        assert home.halves() == []
    assert not [record for record in caplog.records if record.exc_info], caplog.text


@asynccontextmanager
async def taker(
    folder: Path, caplog: pytest.LogCaptureFixture, content: bytes = CONTENT
) -> AsyncIterator[tuple[House, Caller]]:
    """Call a daemon that is about to send; see afterwards that the caller is still served."""
    async with house(folder) as home, home.caller() as caller:
        home.put(a=content)
        await caller.invited(b"d", SENDS)
        yield home, caller
        await caller.key(b"h")
        await caller.sees("hello 80x24")
    assert not [record for record in caplog.records if record.exc_info], caplog.text


async def goodbye(caller: Caller) -> str:
    """End a batch as one should; return what the person is told."""
    await caller.key(FIN)
    await caller.hears(Frame.FIN)
    await caller.key(b"OO")
    return await caller.sees(ALL)


async def brings(caller: Caller, name: bytes, content: bytes = b"12345") -> bool:
    """Offer a file, and give it if it is wanted; tell whether it was."""
    await caller.key(offer(name, len(content)))
    if (await caller.hears(Frame.RPOS, Frame.SKIP)).frame == Frame.SKIP:
        return False
    await caller.key(data(0, content) + eof(len(content)))
    return (await caller.hears(Frame.RINIT, Frame.SKIP)).frame == Frame.RINIT


def memory() -> int:
    """Return how many bytes of memory this process has, where the system tells."""
    if sys.platform != "linux":
        return 0
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def test_a_flood_of_bad_headers_is_read_to_its_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(offer(b"a.bin", 5))
        await caller.hears(Frame.RPOS)
        await caller.key(b"*\x18C" * 40_000 + data(0, b"12345") + eof(5))
        await caller.hears(Frame.RINIT)
        assert (home.incoming / "a.bin").read_bytes() == b"12345"
        await goodbye(caller)
        (home.incoming / "a.bin").unlink()


# Names

REFUSED_NAMES = [
    b".", b"..", b"...", b"/", b"\\", b" ", b". .", b"/etc/", b"..\\", b"a/", b"C:", b"C:\\",
    b".hidden", b"-rf", b"dir/-rf", b"dir\\.ssh",
    b"a\nb", b"a\rb", b"a\tb", b"a\x1b[2Jb", b"a\x7fb", b"a\x07", b"\x18a", b"\xc2\x9b2J", b"a\xc2\x85b",
    "a\u2028b".encode(), "a\u2029b".encode(), "a\u202eexe.txt".encode(), "a\u200bb".encode(), "a\ufeffb".encode(),
    b"x" * 300, "\u00e4".encode() * 128, b"a:b", b"file.txt:stream", b"a|b", b"a<b", b"a>b", b'a"b', b"a?b", b"a*b",
    b"CON", b"con", b"nul.txt", b"AUX.tar.gz", b"prn ", b"COM1", b"com9.log", b"LPT1.", b"CONIN$", b"conout$",
    "COM\u00b9".encode(), "LPT\u00b2.txt".encode(), "lpt\u00b3".encode(),
    b"there.bin", b"THERE.BIN", b"There.Bin", b"sub/there.bin", b"there.bin. .",
]  # fmt: skip
TAKEN_AS = {
    b"../../precious": "precious",
    b"/etc/passwd": "passwd",
    b"..\\..\\windows\\win.ini": "win.ini",
    b"C:\\temp\\setup.exe": "setup.exe",
    b"c:/temp/readme.1st": "readme.1st",
    b"dots.txt. . .": "dots.txt",
    b"two words.txt": "two words.txt",
    "u\u0308ber.txt".encode(): "\u00fcber.txt",
    b"caf\x82.txt": "caf\u00e9.txt",  # CP437
    b"x" * 251 + b".txt": "x" * 251 + ".txt",
    b"CONSOLE.TXT": "CONSOLE.TXT",
    b"a;rm -rf $HOME`id`'.txt": "a;rm -rf $HOME`id`'.txt",
    b"%s%n{0}{% x %}": "%s%n{0}{% x %}",
}


async def test_names_that_lead_elsewhere_or_harm_somebody_are_refused(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        for name in REFUSED_NAMES:
            await caller.key(offer(name))
            assert (await caller.hears(Frame.RPOS, Frame.SKIP)).frame == Frame.SKIP, name
        told = await goodbye(caller)

        assert home.arrived() == {"there.bin": b"there"}
        assert BAD_NAME in told
        assert f"Received 0 of {len(REFUSED_NAMES)} files" in told
        rows = await home.rows()
        assert len(rows) == len(REFUSED_NAMES)
        assert {row.result for row in rows} == {"refused", "skipped"}
        assert all(row.name.isprintable() and len(row.name) <= 255 for row in rows)


@pytest.mark.parametrize("name", [b"a\x1b[2Jb", b"a\xc2\x9b31mb", b"a\x18b", "a\u202eb".encode(), b"a\r\nquit"])
async def test_a_name_does_nothing_to_the_screen_it_is_told_on_nor_to_the_log(
    name: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (_, caller):
        await brings(caller, name)
        told = await goodbye(caller)

        assert ascii(name)[2:-1] + ": refused" in told
        assert name.decode("cp437") not in told
    assert name.decode() not in caplog.text


async def test_of_a_path_only_the_last_part_counts_and_it_is_made_fit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        for number, name in enumerate(TAKEN_AS):
            assert await brings(caller, name, b"%d" % number), name
        await goodbye(caller)

        expected = {name: b"%d" % number for number, name in enumerate(TAKEN_AS.values())}
        assert home.arrived() == {**expected, "there.bin": b"there"}
        assert [row.name for row in await home.rows()] == list(TAKEN_AS.values())


async def test_a_name_ends_at_a_nul_and_an_empty_one_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(block(Frame.FILE, b"a.txt\0../../precious\0"))
        assert (await caller.hears(Frame.RPOS, Frame.SKIP)).frame == Frame.RPOS
        await caller.key(data(0, b"") + eof(0))
        await caller.hears(Frame.RINIT)
        for nothing in (b"\0", b"\0" + b"5 0 0\0", b" \0 \0", b""):
            await caller.key(block(Frame.FILE, nothing))
            await caller.hears(Frame.SKIP)
        await goodbye(caller)

        assert home.arrived() == {"a.txt": b"", "there.bin": b"there"}


async def test_an_accent_or_a_case_makes_no_second_file_of_one_name(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        assert await brings(caller, "Stra\u00dfe \u00fc.txt".encode())
        for name in ("STRASSE \u00dc.TXT", "stra\u00dfe u\u0308.txt"):
            assert not await brings(caller, name.encode())
        assert TAKEN in await goodbye(caller)
        assert len(home.arrived()) == 2


# Commands, overwriting, links


async def test_a_command_is_not_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(hex_header(Frame.RQINIT, flags(18)))
        await caller.hears(Frame.RINIT)
        await caller.key(block(Frame.COMMAND, f"touch {tmp_path}/run \x1b[2J\0".encode()))
        assert (await caller.hears(Frame.COMPL)).value != 0
        assert await brings(caller, b"a.bin")
        told = await goodbye(caller)

        assert "No command is run here." in told
        assert not (tmp_path / "run").exists()
        assert [result for _, _, result in await home.results()] == ["refused", "done"]


async def test_many_commands_are_not_run_either_and_end_the_transfer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (_, caller):
        await caller.key(block(Frame.COMMAND, b"id\0") * 100)
        await caller.until(ABORT)
        assert GARBLED in await caller.sees(ALL)


async def test_a_file_that_is_there_is_kept_whatever_the_caller_wishes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (_, caller):
        for append_or_overwrite in (flags(1, 3), flags(1, 4), flags(1, 0x84), flags(3, 4), flags(3)):
            await caller.key(offer(b"there.bin", 5, append_or_overwrite))
            await caller.hears(Frame.SKIP)
            await caller.key(offer(b"other.bin", 10**9))  # the same offer twice is not answered twice
            await caller.hears(Frame.SKIP)
        assert TAKEN in await goodbye(caller)


async def test_packed_encrypted_and_sparse_files_are_not_taken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        for number, form in enumerate((flags(1, 0, 1), flags(1, 0, 2), flags(1, 0, 3), flags(1, 0, 0, 0x40))):
            await caller.key(offer(b"%d.bin" % number, 5, form))
            await caller.hears(Frame.SKIP)
        await goodbye(caller)
        assert home.arrived() == {"there.bin": b"there"}


@posix
async def test_a_link_in_the_directory_leads_nowhere(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        (home.incoming / "link.bin").symlink_to(tmp_path / "precious")
        (home.incoming / "dangling.bin").symlink_to(tmp_path / "made")
        # They came behind the first look at the names; publishing finds them.
        assert not await brings(caller, b"link.bin")
        assert not await brings(caller, b"dangling.bin")
        await goodbye(caller)

        assert not (tmp_path / "made").exists()
        (home.incoming / "link.bin").unlink()
        (home.incoming / "dangling.bin").unlink()


# Sizes


def announced(name: bytes, size: bytes) -> bytes:
    return block(Frame.FILE, name + b"\0" + size + b" 0 100644 0\0")


async def test_a_huge_file_is_refused_at_its_announcement(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog, with_files(largest=1)) as (_, caller):
        for size in (b"1048577", b"4294967296", b"18446744073709551616", b"99999999999999999999"):
            await caller.key(announced(b"a.bin", size))
            await caller.hears(Frame.SKIP)
        told = await goodbye(caller)

        assert told.count("a.bin: refused. That file is larger than the 1 MiB allowed here.") == 4


async def test_what_is_no_size_is_no_promise_and_the_quota_holds(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sizes = [b"-5", b"+5", b"5.0", b"0x10", b"1" * 21, b"1" * 900, "\u0665".encode(), b"1_000", b"zip"]
    async with giver(tmp_path, caplog, with_files(largest=1)) as (home, caller):
        for number, size in enumerate(sizes):
            await caller.key(announced(b"%d.bin" % number, size))
            await caller.hears(Frame.RPOS)
            await caller.key(data(0, CONTENT[:5000]) + eof(5000))
            await caller.hears(Frame.RINIT)
        await caller.key(announced(b"large.bin", sizes[0]))
        await caller.hears(Frame.RPOS)
        await caller.key(data(0, bytes(MIB + 1)))
        await caller.until(ABORT)

        assert TOO_LONG in await caller.sees(ALL)
        assert len(home.arrived()) == len(sizes) + 1
        assert [result for _, _, result in await home.results()] == ["done"] * len(sizes) + ["failed"]


async def test_one_who_sends_more_than_was_announced_is_cut_off(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        for told in (0, 10, 1023, 1024):
            await caller.key(offer(size=told))
            await caller.hears(Frame.RPOS)
            await caller.key(data(0, CONTENT[:1025]) + eof(1025))
            await caller.until(ABORT)
            assert TOO_LONG in await caller.sees(ALL)
            await caller.invited(b"u", RECEIVES)
        await goodbye(caller)

        assert home.arrived() == {"there.bin": b"there"}


async def test_one_who_sends_less_than_was_announced_has_a_short_file(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A file may shrink while it is sent; the size is an estimate (Forsberg, 11)."""
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(offer(size=10_000))
        await caller.hears(Frame.RPOS)
        await caller.key(data(0, b"12345") + eof(5))
        await caller.hears(Frame.RINIT)
        await goodbye(caller)

        assert home.arrived()["a.bin"] == b"12345"
        assert (await home.rows())[0].size == 5


async def test_an_end_that_does_not_fit_what_came_is_no_end(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(offer(size=2000))
        await caller.hears(Frame.RPOS)
        await caller.key(data(0, CONTENT[:1000]) + eof(2000))  # half of it was lost
        assert (await caller.hears(Frame.RPOS)).value == 1000
        await caller.key(eof(500))
        await caller.until(ABORT)

        assert OUT_OF_STEP in await caller.sees(ALL)
        assert "a.bin" not in home.arrived()


async def test_data_at_another_place_is_not_taken(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(offer(size=2000))
        await caller.hears(Frame.RPOS)
        for place in (5, 2**31, 2**32 - 1):
            await caller.key(data(place, b"x" * 100))
            assert (await caller.hears(Frame.RPOS)).value == 0
        await caller.key(data(0, CONTENT[:2000]) + eof(2000))
        await caller.hears(Frame.RINIT)
        await goodbye(caller)

        assert home.arrived()["a.bin"] == CONTENT[:2000]


async def test_a_whole_transfer_has_a_quota(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog, with_files(largest=1, transfer_quota=1)) as (home, caller):
        assert await brings(caller, b"a.bin", bytes(MIB - 10))
        assert await brings(caller, b"b.bin", bytes(10))
        assert not await brings(caller, b"c.bin", b"1")

        assert "That would be more than 1 MiB in one go." in await goodbye(caller)
        assert sorted(home.arrived()) == ["a.bin", "b.bin", "there.bin"]


# Storms


async def storm(caller: Caller, words: bytes, times: int = 1500) -> None:
    for _ in range(30):
        await caller.key(words * (times // 30))


RECEIVER_STORMS: dict[str, Callable[[], bytes]] = {
    "ZRQINIT": lambda: RQINIT,
    "ZNAK": lambda: hex_header(Frame.NAK),
    "ZFREECNT": lambda: hex_header(Frame.FREECNT),
    "ZDATA of no file": lambda: data(0, b"x"),
    "ZEOF of no file": lambda: eof(7),
    "garbled headers": lambda: b"**\x18B0400000000ffff\r\n",
    "too long information": lambda: block(Frame.FILE, b"x" * 3000),
}


@pytest.mark.parametrize("kind", RECEIVER_STORMS)
async def test_a_storm_at_our_receiver_ends_the_transfer(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (_, caller):
        await caller.key(RQINIT)
        await caller.hears(Frame.RINIT)
        await storm(caller, RECEIVER_STORMS[kind]())
        told = await caller.sees(ALL)

        assert GARBLED in told
        assert caller.wire.count(b"\x18B01") < 50


async def test_a_storm_of_bad_data_ends_the_transfer(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(offer(size=100_000))
        await caller.hears(Frame.RPOS)
        await storm(caller, WIDE.header(Frame.DATA, 0) + b"bad\x18hXXXX")
        told = await caller.sees(ALL)

        assert GARBLED in told
        assert caller.wire.count(b"\x18B09") < 50
        assert await home.results() == [("upload", "a.bin", "failed")]


SENDER_STORMS: dict[str, tuple[Callable[[], bytes], str]] = {
    "ZRPOS": (lambda: hex_header(Frame.RPOS, 0), SILENT),  # what it repeats is not heeded
    "ZNAK": (lambda: hex_header(Frame.NAK), SILENT),
    "ZCHALLENGE": (lambda: hex_header(Frame.CHALLENGE, 0xDEADBEEF), GARBLED),
}


@pytest.mark.parametrize("kind", SENDER_STORMS)
async def test_a_storm_at_our_sender_ends_the_transfer_and_sends_little(
    kind: str, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zmodem, "SILENCE", 0.4)
    words, why = SENDER_STORMS[kind]
    async with taker(tmp_path, caplog) as (home, caller):
        await caller.key(RINIT)
        await caller.hears(Frame.FILE)
        await caller.key(hex_header(Frame.RPOS, 0))
        await caller.hears(Frame.DATA)
        before = len(caller.wire)
        await storm(caller, words())
        told = await caller.sees(ALL)

        assert why in told
        assert len(caller.wire) - before < 200_000
        assert await home.results() == [("download", "a.bin", "failed")]


async def test_a_receiver_that_invites_for_ever_ends_the_transfer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with taker(tmp_path, caplog) as (_, caller):
        await storm(caller, RINIT)
        assert GARBLED in await caller.sees(ALL)
        assert caller.wire.count(b"a.bin") < 50


async def test_answers_out_of_any_range_move_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with taker(tmp_path, caplog) as (_, caller):
        taking = Taking()
        await caller.run_script(taking, until=lambda: len(taking.content) >= 5000)
        for value in (2**32 - 1, 2**31, len(CONTENT) + 1):
            await caller.key(hex_header(Frame.RPOS, value) + hex_header(Frame.ACK, value))
        await caller.run_script(taking)
        await caller.sees(ALL)

        assert taking.files == {b"a.bin": CONTENT}


async def test_a_beginning_behind_the_end_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with taker(tmp_path, caplog) as (home, caller):
        await caller.key(RINIT)
        await caller.hears(Frame.FILE)
        await caller.key(hex_header(Frame.RPOS, len(CONTENT) + 1))
        await caller.until(ABORT)

        assert OUT_OF_STEP in await caller.sees(ALL)
        assert await home.results() == [("download", "a.bin", "failed")]


async def test_proofs_are_of_what_there_is_and_few(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each makes us read the file; the same one again does not."""
    async with taker(tmp_path, caplog) as (_, caller):
        await caller.key(RINIT)
        await caller.hears(Frame.FILE)
        for length, true in ((0, len(CONTENT)), (2**32 - 1, len(CONTENT)), (1000, 1000), (1000, 1000), (2, 2), (3, 3)):
            await caller.key(hex_header(Frame.CRC, length))
            assert (await caller.hears(Frame.CRC)).value == zlib.crc32(CONTENT[:true])
        await caller.key(hex_header(Frame.CRC, 4))
        await caller.until(ABORT)
        assert OUT_OF_STEP in await caller.sees(ALL)


async def test_a_proof_nobody_asked_for_is_not_heeded(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(hex_header(Frame.CRC, 1))
        assert await brings(caller, b"a.bin")
        await goodbye(caller)
        assert "a.bin" in home.arrived()


async def test_a_challenge_is_answered_with_its_own_number(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with taker(tmp_path, caplog) as (_, caller):
        await caller.key(hex_header(Frame.CHALLENGE, 0x12345678))
        assert (await caller.hears(Frame.ACK)).value == 0x12345678
        taking = Taking()
        await caller.run_script(taking)
        await caller.sees(ALL)
        assert taking.files == {b"a.bin": CONTENT}


async def test_one_who_asks_for_room_is_told_the_quota_and_never_what_the_disk_has(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(hex_header(Frame.FREECNT))
        assert (await caller.hears(Frame.ACK)).value == home.server.services.config.files.largest * MIB
        await goodbye(caller)


# What is too long, and garbage


async def test_a_subpacket_of_more_than_8192_bytes_is_an_error_and_one_of_8192_is_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(offer(size=30_000))
        await caller.hears(Frame.RPOS)
        await caller.key(data(0, CONTENT[:8193], block_size=8193))
        assert (await caller.hears(Frame.RPOS)).value == 0
        await caller.key(data(0, CONTENT[:30_000], block_size=8192) + eof(30_000))
        await caller.hears(Frame.RINIT)
        await goodbye(caller)

        assert home.arrived()["a.bin"] == CONTENT[:30_000]


async def test_a_subpacket_that_never_ends_costs_no_memory_and_ends_the_transfer(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sttelnet.zmodem.receiver._MOST_GARBAGE", 4 * MIB)
    async with giver(tmp_path, caplog) as (_, caller):
        await caller.key(offer(size=1000))
        await caller.hears(Frame.RPOS)
        await caller.key(WIDE.header(Frame.DATA, 0))
        before = memory()
        for _ in range(8 * 16):
            await caller.key(b"x" * 65536)
        told = await caller.sees(ALL)

        assert GARBLED in told
        assert memory() - before < 24 * MIB


@pytest.mark.parametrize("noise", [b"x", b"**\x18", b"\x00", b"*\x18C"])
async def test_one_who_sends_other_things_than_zmodem_is_given_up_after_64_kilobytes(
    noise: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (_, caller):
        before = memory()
        await caller.key((noise * 70_000)[: 60_000 // len(noise) * len(noise)])
        await asyncio.sleep(0.05)
        assert ABORT not in caller.wire
        await caller.key((noise * 70_000)[:10_000])
        told = await caller.sees(ALL)

        assert NO_ZMODEM in told.replace("\r\n", "")
        assert memory() - before < 16 * MIB


async def test_noise_between_good_headers_does_not_matter(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(RQINIT + b"noise*\x18*" * 1000)
        assert await brings(caller, b"a.bin")
        await caller.key(b"\x18\x18\x18\x18 noise" * 1000)
        assert await brings(caller, b"b.bin")
        await goodbye(caller)
        assert sorted(home.arrived()) == ["a.bin", "b.bin", "there.bin"]


async def test_a_string_to_interrupt_us_with_is_taken_note_of_and_never_sent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with giver(tmp_path, caplog) as (home, caller):
        await caller.key(block(Frame.SINIT, b"/quit\r" + b"\xde\xdd" * 12 + b"\0", flags(0)))
        await caller.hears(Frame.ACK)
        await caller.key(offer(size=5))
        await caller.hears(Frame.RPOS)
        await caller.key(WIDE.header(Frame.DATA, 0) + b"bad\x18hXXXX")  # what makes rz interrupt its sender
        await caller.hears(Frame.RPOS)
        await caller.key(data(0, b"12345") + eof(5))
        await caller.hears(Frame.RINIT)
        await goodbye(caller)

        assert b"\xde\xdd" not in caller.wire
        assert b"/quit" not in caller.wire
        assert home.arrived()["a.bin"] == b"12345"


async def test_text_for_the_screen_is_shown_to_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (_, caller):
        for number, size in enumerate((100, 8192, 20_000)):
            await caller.key(block(Frame.STDERR, (b"\x1b[2JYou are hacked. " * 2000)[:size]))
            assert await brings(caller, b"%d.bin" % number)
        assert "hacked" not in await goodbye(caller)
        assert "hacked" not in caplog.text


async def test_a_frame_nobody_knows_is_passed_over(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with giver(tmp_path, caplog) as (_, caller):
        for number in (20, 21, 99, 255):
            await caller.key(hex_header(number))
            assert await brings(caller, b"%d.bin" % number)
        await goodbye(caller)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_headers_come_in_whatever_order_the_session_survives(
    seed: int, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zmodem, "SILENCE", 0.3)
    monkeypatch.setattr(zmodem, "REPEAT", 0.15)
    monkeypatch.setattr(zmodem, "CHOOSING", 0.4)
    monkeypatch.setattr("sttelnet.zmodem.sender._CLOSING", 0.2)
    monkeypatch.setattr("sttelnet.zmodem.sender._GOODBYES", 0.4)
    ends = {Frame.ABORT, Frame.FERR, Frame.CAN, Frame.FIN}  # what comes behind them is for the session
    dice = random.Random(seed)
    way = giver if seed % 2 else taker
    async with way(tmp_path, caplog) as (_, caller):
        for _ in range(60):
            frame = dice.choice([frame for frame in Frame if frame not in ends])
            value = dice.choice([0, 1, 5, 1024, 2**31, 2**32 - 1, dice.randrange(2**32)])
            words = [hex_header(frame, value), WIDE.header(frame, value), block(frame, dice.randbytes(20), value)]
            await caller.key(dice.choice(words))
            if dice.random() < 0.2:
                await caller.key(offer(b"%d.bin" % dice.randrange(3), dice.randrange(50)))
            await asyncio.sleep(0.002)
        await caller.sees(ALL)


async def test_a_stranger_on_the_line_of_a_download_is_given_up(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zmodem, "SILENCE", 0.5)
    async with taker(tmp_path, caplog) as (home, caller):
        before = memory()
        for _ in range(32):
            await caller.key(b"x" * 65536)
        assert NO_ZMODEM in (await caller.sees(ALL)).replace("\r\n", "")
        assert memory() - before < 16 * MIB
        assert await home.rows() == []


async def test_our_own_invitation_comes_back_from_an_echo_and_starts_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A shell that echoes sends us our own headers."""
    monkeypatch.setattr(zmodem, "CHOOSING", 0.6)
    monkeypatch.setattr(zmodem, "REPEAT", 0.3)
    async with giver(tmp_path, caplog) as (home, caller):
        for _ in range(3):
            await caller.key(Receiver().data_to_send())
        await caller.sees(ALL)
        assert await home.rows() == []
        assert headers(bytes(caller.wire)).count((Frame.RINIT, 0x23 << 24)) < 10
