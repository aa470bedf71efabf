"""Files on their way to a caller."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import random
import sys
import threading
from pathlib import Path

import pytest

from sttelnet.transfer import disk, sending
from sttelnet.transfer.disk import Disk
from sttelnet.transfer.sending import CHUNK, NOT_WANTED, ReadAhead
from sttelnet.transfer.source import Source
from sttelnet.zmodem import ABORT, Event, Offer
from tests.bridge import SENDS
from tests.transfer.caller import Taking
from tests.transfer.house import ALL, SITE, hasten, house, until

CONTENT = random.Random(13).randbytes(600_000)
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


# Reading ahead


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "a.bin").write_bytes(CONTENT)
    return Source(tmp_path / "a.bin")


async def test_a_file_is_read_ahead_in_large_pieces_and_handed_out_in_any(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    read = source.read

    def watched(offset: int, size: int) -> bytes:
        asked.append((offset, size))
        return read(offset, size)

    monkeypatch.setattr(source, "read", watched)
    work = Disk()
    ahead = ReadAhead(work, source)
    for offset, size in ((0, 1000), (1000, 65536), (CHUNK - 100, 200), (CHUNK + 5, 65536), (590_000, 65536), (3, 4)):
        assert await ahead.read(offset, size) == CONTENT[offset : offset + size], (offset, size)
    assert await ahead.read(600_000, 10) == b""

    assert [size for _, size in asked] == [CHUNK] * len(asked)
    assert asked[:3] == [(0, CHUNK), (CHUNK, CHUNK), (2 * CHUNK, CHUNK)]
    work.close()
    source.close()


async def test_a_piece_that_cannot_be_read_is_an_error_only_once_it_is_wanted(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = source.read

    def broken(offset: int, size: int) -> bytes:
        if offset >= CHUNK:
            raise OSError(errno.EIO, "Input/output error")
        return read(offset, size)

    monkeypatch.setattr(source, "read", broken)
    work = Disk()
    ahead = ReadAhead(work, source)
    await ahead.read(0, 1000)
    assert await ahead.read(1000, 1000) == CONTENT[1000:2000]
    with pytest.raises(OSError, match="Input/output"):
        await ahead.read(CHUNK, 1000)

    work.close()
    source.close()


# Batches


NAMED = {
    **SITE,
    "down": "{% post:Named %}",
    "n.py": (
        "async def Named(client):\n"
        "    out = client.services.files / 'out'\n"
        "    report = await client.zmodem.send_files([out / 'gone.bin', out, str(out / 'a.bin')])\n"
        "    for line in report.lines():\n"
        "        client.notice(line)\n"
        "    client.notice('That was all.')\n"
        "    return 'root'\n"
    ),
}


async def test_what_cannot_be_opened_is_told_and_the_others_are_sent(tmp_path: Path) -> None:
    async with house(tmp_path, scripts=NAMED) as home, home.caller() as caller:
        home.put(a=CONTENT)
        assert (await caller.take()).files == {b"a.bin": CONTENT}
        told = await caller.sees(ALL)

        assert "gone.bin: refused. No such file or directory" in told
        assert "out: refused. " in told
        assert "Sent 1 of 3 files" in told
        assert [result for _, _, result in await home.results()] == ["refused", "refused", "done"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
async def test_a_link_is_not_sent(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        (tmp_path / "secret").write_bytes(b"secret")
        (home.outgoing / "a.bin").symlink_to(tmp_path / "secret")
        home.put(b=b"12345")
        assert (await caller.take()).files == {b"b.bin": b"12345"}
        assert "a.bin: refused" in await caller.sees(ALL)


async def test_only_base_names_and_honest_sums_are_told(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=b"1" * 100, b=b"2" * 20, c=b"3")
        taken = await caller.take()
        await caller.sees(ALL)
        offers = [event.info for event in taken.events if isinstance(event, Offer)]

        assert [(info.name, info.size, info.files_left, info.bytes_left) for info in offers] == [
            (b"a.bin", 100, 3, 121),
            (b"b.bin", 20, 2, 21),
            (b"c.bin", 1, 1, 1),
        ]


class Picky(Taking):
    """Does not want the first file, once `size` bytes of it have come."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._size, self._done = size, False

    def act(self, event: Event) -> None:
        if isinstance(event, Offer) and not self._done and self._size == 0:
            self._done = True
            self.receiver.skip()
            return
        super().act(event)
        if not self._done and len(self.content) >= self._size > 0:
            self._done = True
            self.content.clear()
            self.receiver.skip()


@pytest.mark.parametrize("size", [0, 50_000])
async def test_a_file_the_caller_does_not_want_is_skipped_and_the_next_is_sent(size: int, tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT, b=b"12345")
        taken = await caller.take(Picky(size))

        assert taken.files == {b"b.bin": b"12345"}
        assert f"a.bin: skipped. {NOT_WANTED}" in await caller.sees(ALL)
        assert [result for _, _, result in await home.results()] == ["skipped", "done"]
        assert (await home.rows())[0].sha256 == ""


# Resuming


@pytest.mark.parametrize("cut", [1, 1024, 123_456, 599_999])
async def test_a_download_goes_on_behind_what_the_caller_has(cut: int, tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        taken = await caller.take(Taking(halves={b"a.bin": CONTENT[:cut]}))
        await caller.sees(ALL)
        (row,) = await home.rows()

        assert taken.files == {b"a.bin": CONTENT}
        assert (row.size, row.sha256, row.result) == (600_000 - cut, SHA, "done")


async def test_another_half_than_ours_starts_over(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        taken = await caller.take(Taking(halves={b"a.bin": b"x" * 1000}))
        await caller.sees(ALL)

        assert taken.files == {b"a.bin": CONTENT}
        assert (await home.rows())[0].size == 600_000


async def test_a_caller_may_go_on_without_a_proof(tmp_path: Path) -> None:
    class Trusting(Taking):
        def act(self, event: Event) -> None:
            if isinstance(event, Offer):
                self._name = event.info.name
                self.content = bytearray(CONTENT[:100_000])
                self.receiver.accept(100_000)
            else:
                super().act(event)

    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        taken = await caller.take(Trusting())
        await caller.sees(ALL)

        assert taken.files == {b"a.bin": CONTENT}
        assert ((await home.rows())[0].size, (await home.rows())[0].sha256) == (500_000, SHA)


async def test_what_the_line_garbled_is_sent_again_and_counted(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        taking = Taking()
        await caller.invited(b"d", SENDS)
        for size in (50_000, 200_000, 400_000):
            await caller.run_script(taking, until=lambda size=size: len(taking.content) >= size)  # type: ignore[misc]  # mypy infers no lambda with a default
            taking.receiver._bad_data()
        await caller.run_script(taking)
        await caller.sees(ALL)

        assert taking.files == {b"a.bin": CONTENT}
        assert (await home.rows())[0].sha256 == SHA
    (record,) = [record for record in caplog.records if record.message == "sent"]
    assert record.__dict__["fields"]["errors"] >= 3


# Files that change, and disks that fail


async def test_a_file_that_shrinks_while_it_is_sent_arrives_as_long_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "CHUNK", 65536)
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        taking = Taking()
        await caller.take(taking, until=lambda: len(taking.content) >= 20_000)
        os.truncate(home.outgoing / "a.bin", 300_000)
        await caller.run_script(taking)
        await caller.sees(ALL)
        (row,) = await home.rows()

        assert taking.files == {b"a.bin": CONTENT[:300_000]}
        assert (row.size, row.sha256) == (300_000, hashlib.sha256(CONTENT[:300_000]).hexdigest())


async def test_a_file_that_cannot_be_read_ends_the_transfer_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Source.read

    def broken(source: Source, offset: int, size: int) -> bytes:
        if offset >= CHUNK:
            raise OSError(errno.EIO, "Input/output error")
        return read(source, offset, size)

    monkeypatch.setattr(Source, "read", broken)
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT, b=b"12345")
        taken = await caller.take()

        assert taken.files == {}
        assert "The file could not be read: Input/output error" in await caller.sees(ALL)
        assert await home.results() == [("download", "a.bin", "failed")]
        assert ABORT in caller.wire
        await caller.key(b"h")
        await caller.sees("hello")


async def test_a_proof_that_cannot_be_read_ends_the_transfer_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(source: Source, length: int) -> int:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Source, "crc", broken)
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        await caller.take(Taking(halves={b"a.bin": CONTENT[:1000]}))

        assert "The transfer was broken off: Input/output error." in await caller.sees(ALL)
        assert ABORT in caller.wire
        await caller.key(b"h")
        await caller.sees("hello")


@pytest.mark.parametrize("method", ["read", "crc"])
async def test_a_disk_that_hangs_ends_the_transfer_and_holds_up_nobody_else(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LONGEST", 0.4)
    may, begun = threading.Event(), threading.Event()

    def hung(*_: object) -> None:
        begun.set()
        may.wait(30)

    monkeypatch.setattr(Source, method, hung)
    async with house(tmp_path) as home, home.caller() as caller, home.caller() as other:
        home.put(a=CONTENT)
        taking = Taking(halves={b"a.bin": CONTENT[:1000]} if method == "crc" else {})
        await caller.take(taking, until=begun.is_set)
        await other.key(b"h")
        await other.sees("hello")
        await caller.run_script(taking)
        told = await caller.sees(ALL)

        assert "the disk does not answer" in told
        assert await home.results() == [("download", "a.bin", "failed")]
        await caller.key(b"h")
        await caller.sees("hello")
        may.set()


async def test_a_file_that_arrived_counts_though_it_cannot_be_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(source: Source) -> str:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Source, "sha256", broken)
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT, b=b"12345")
        assert set((await caller.take()).files) == {b"a.bin", b"b.bin"}
        await caller.sees(ALL)

        assert [(row.result, row.sha256) for row in await home.rows()] == [("done", "")] * 2


async def test_a_file_that_is_taken_away_while_it_is_sent_arrives_whole(tmp_path: Path) -> None:
    async with house(tmp_path) as home, home.caller() as caller:
        home.put(a=CONTENT)
        taking = Taking()
        await caller.take(taking, until=lambda: len(taking.content) >= 20_000)
        (home.outgoing / "a.bin").unlink()
        await caller.run_script(taking)
        await caller.sees(ALL)

        assert taking.files == {b"a.bin": CONTENT}
        await until(lambda: not list(home.outgoing.iterdir()))
