"""The audit table."""

from __future__ import annotations

from pathlib import Path

from sttelnet.store import Entry, Store, audit


async def test_the_newest_rows_come_first(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "members.db") as store:
        for number in range(5):
            await store.audit.add(Entry(float(number), "role", "kim", "10.0.0.9", "member -> admin"))

        newest = await store.audit.latest(2)

    assert newest == [Entry(at, "role", "kim", "10.0.0.9", "member -> admin") for at in (4.0, 3.0)]


async def test_strangers_cannot_fill_the_disk_and_push_no_other_rows_out(tmp_path: Path) -> None:
    path = tmp_path / "members.db"
    async with Store.open(path) as store:
        await store.audit.add(Entry(0.0, "role", "kim"))
        async with store._database.transaction() as transaction:
            for number in range(audit.STRANGERS_ROWS_KEPT + 3000):
                await audit.write_entry(transaction, Entry(float(number), "log-in failed", ""))

        kept = await store.audit.latest(1_000_000)

    assert audit.STRANGERS_ROWS_KEPT <= len(kept) <= audit.STRANGERS_ROWS_KEPT + 300
    assert kept[0].at == audit.STRANGERS_ROWS_KEPT + 2999
    assert kept[-1] == Entry(0.0, "role", "kim")
