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


async def test_rows_are_found_by_all_of_some_words_wherever_they_stand(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "members.db") as store:
        await store.audit.add(Entry(1.0, "role", "Kim", "10.0.0.9", "member -> admin"))
        await store.audit.add(Entry(2.0, "refused", "kim", "10.0.0.8", "100% of a\\b_c"))

        async def found(*words: str) -> list[float]:
            return [entry.at for entry in await store.audit.search(words, 10)]

        assert await found() == await found("KIM") == await found("kim", "10.0.0") == [2.0, 1.0]
        assert await found("role", "admin") == [1.0]
        assert await found("role", "refused") == []
        assert await found("%") == await found("_") == await found("\\") == await found("0%") == [2.0]
        assert await found("a_b") == await found("' OR 1 --") == []


async def test_rows_are_read_on_from_any_of_them(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "members.db") as store:
        for number in range(5):
            await store.audit.add(Entry(float(number), "role", f"kim{number}"))

        newest = await store.audit.search((), 2)
        older = await store.audit.search(("kim",), 2, newest[-1].id)

    assert [entry.at for entry in newest + older] == [4.0, 3.0, 2.0, 1.0]


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
