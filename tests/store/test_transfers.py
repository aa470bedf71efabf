"""The transfers table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sttelnet.store import Store, TransferRow, transfers
from sttelnet.store.chain import LASTING, PASSING

ROW = TransferRow(10.0, "download", "public", "a.txt", 500, "ab" * 32, 1, "Kim", "10.0.0.9", 2.5, "done")
GUEST = replace(ROW, member=None, who="GUEST")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "members.db") as opened:
        yield opened


async def double_up_to(store: Store, count: int) -> None:
    """Copy what is stored until there are so many rows."""
    copied = "at, direction, area, name, size, sha256, member, who, peer, seconds, result"
    async with store._database.transaction() as transaction:
        while (missing := count - (await transaction.run("SELECT count(*) FROM transfers"))[0][0]) > 0:
            copy = f"INSERT INTO transfers ({copied}) SELECT {copied} FROM transfers ORDER BY id DESC LIMIT ?"
            await transaction.run(copy, (missing,))


async def test_the_newest_rows_come_first(store: Store) -> None:
    rows = [replace(ROW, at=float(number)) for number in range(5)]
    for row in rows:
        await store.transfers.add(row)

    assert await store.transfers.latest(2) == [rows[4], rows[3]]
    assert await store.transfers.latest(99) == rows[::-1]


async def test_one_members_rows_can_be_had_alone(store: Store) -> None:
    other = replace(ROW, member=2, who="Jo1")
    for row in (ROW, other, GUEST, replace(ROW, at=11.0)):
        await store.transfers.add(row)

    assert await store.transfers.latest(9, member=1) == [replace(ROW, at=11.0), ROW]
    assert await store.transfers.latest(1, member=2) == [other]
    assert await store.transfers.latest(9, member=3) == []


async def test_downloads_are_counted_by_name_without_case(store: Store) -> None:
    for name in ("a.txt", "A.TXT", "Ä.txt", "ä.txt", "b.txt"):
        await store.transfers.add(replace(ROW, name=name))

    assert await store.transfers.downloads("public") == {"a.txt": 2, "ä.txt": 2, "b.txt": 1}


async def test_only_whole_downloads_from_the_area_count(store: Store) -> None:
    for row in (
        replace(ROW, direction="upload"),
        replace(ROW, result="cancelled", sha256=""),
        replace(ROW, area="staff"),
        replace(ROW, area=""),
        GUEST,
    ):
        await store.transfers.add(row)

    assert await store.transfers.downloads("public") == {"a.txt": 1}


async def test_downloads_and_a_members_rows_are_found_by_their_indexes(store: Store) -> None:
    counting = await store._database.read("EXPLAIN QUERY PLAN " + transfers._DOWNLOADS, ("public",))
    latest = await store._database.read("EXPLAIN QUERY PLAN " + transfers._LATEST_OF, (1, 10))

    expected = "SEARCH transfers USING COVERING INDEX transfers_downloads (area=? AND direction=? AND result=?)"
    assert [row[3] for row in counting] == [expected]
    assert [row[3] for row in latest] == ["SEARCH transfers USING INDEX transfers_member (member=?)"]


async def test_guests_cannot_fill_the_disk_and_push_no_members_rows_out(store: Store) -> None:
    for row in (ROW, GUEST):
        await store.transfers.add(row)
    await double_up_to(store, 2 * transfers.GUESTS_ROWS_KEPT + 3000)
    async with store._database.transaction() as transaction:
        for _ in range(300):
            await transfers.write_transfer(transaction, replace(GUEST, at=20.0))

    kept = await store.transfers.latest(1_000_000)

    guests = [row for row in kept if row.member is None]
    assert transfers.GUESTS_ROWS_KEPT <= len(guests) <= transfers.GUESTS_ROWS_KEPT + 300
    assert sum(row.at == 20.0 for row in kept) == 300
    assert len(kept) - len(guests) == transfers.GUESTS_ROWS_KEPT + 1500
    assert kept[-1] == ROW


async def test_each_transfer_has_its_row_in_the_audit_and_those_of_guests_pass(store: Store) -> None:
    await store.transfers.add(ROW)
    await store.transfers.add(replace(GUEST, area="", sha256="", result="failed"))

    member, guest = await store.audit.after(0, 9)

    assert (member.event, member.who, member.peer, member.chain) == ("download", "Kim", "10.0.0.9", LASTING)
    assert member.detail == f"public/a.txt: done, 500 bytes, SHA-256 {'ab' * 32}"
    assert (guest.who, guest.chain, guest.detail) == ("GUEST", PASSING, "a.txt: failed, 500 bytes")
