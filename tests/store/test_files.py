"""The files table."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from sttelnet.errors import StoreError
from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, Store, StoredFile, TransferRow

FILE = StoredFile("public", "Tools.zip", 5000, "ab" * 32, 1, "Kim", 10.0, "Small tools")
UPLOAD = TransferRow(10.0, "upload", "public", "Tools.zip", 5000, "ab" * 32, 1, "Kim", "10.0.0.9", 2.5, "done")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "members.db") as opened:
        for name in ("Kim", "Jo1"):
            await opened.members.add(NewMember(name, Role.MEMBER, "hash", 1.0), Entry(1.0, "registered", name))
        yield opened


async def names(store: Store, area: str = "public") -> list[str]:
    return list(await store.files.in_area(area))


async def test_a_recorded_file_is_read_back_as_it_was_stored(store: Store) -> None:
    await store.files.record(FILE, UPLOAD)

    assert await store.files.in_area("public") == {"tools.zip": FILE}
    assert await store.files.find("public", "Tools.zip") == FILE


async def test_a_file_and_its_transfer_are_stored_together(store: Store) -> None:
    await store.files.record(FILE, UPLOAD)

    assert await store.transfers.latest(9) == [UPLOAD]


async def test_neither_file_nor_transfer_is_stored_where_one_cannot_be(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.files.record(FILE, replace(UPLOAD, size=-1))

    assert await names(store) == []
    assert await store.transfers.latest(9) == []


async def test_names_are_one_whatever_their_case(store: Store) -> None:
    await store.files.record(FILE, UPLOAD)

    newer = replace(FILE, name="TOOLS.ZIP", size=6000, sha256="cd" * 32, uploaded=20.0, description="")
    await store.files.record(newer, UPLOAD)

    assert await store.files.find("public", "tools.Zip") == newer
    assert await store.files.in_area("public") == {"tools.zip": newer}


async def test_each_area_has_its_own_names(store: Store) -> None:
    other = replace(FILE, area="staff", description="")
    await store.files.record(FILE, UPLOAD)
    await store.files.record(other, UPLOAD)

    assert await store.files.find("staff", "Tools.zip") == other
    assert await store.files.find("Public", "Tools.zip") is None
    assert await store.files.in_area("public") == {"tools.zip": FILE}


async def test_a_file_may_come_from_nobody_known(store: Store) -> None:
    anonymous = replace(FILE, uploader=None, uploader_name="")
    await store.files.record(anonymous, UPLOAD)

    assert await store.files.find("public", "Tools.zip") == anonymous


async def test_an_upload_lasts_though_its_members_account_is_gone(store: Store) -> None:
    await store.files.record(replace(FILE, uploader=77), UPLOAD)

    assert await store.files.find("public", "Tools.zip") == replace(FILE, uploader=None)


async def test_a_file_outlives_its_uploader(store: Store) -> None:
    await store.files.record(FILE, UPLOAD)
    async with store._database.transaction() as transaction:
        await transaction.run("DELETE FROM members WHERE id = 1")

    assert await store.files.find("public", "Tools.zip") == replace(FILE, uploader=None)
    assert await store.transfers.latest(9, member=1) == [UPLOAD]


async def test_a_description_can_be_changed(store: Store) -> None:
    await store.files.record(FILE, UPLOAD)

    assert await store.files.describe("public", "TOOLS.zip", "Large tools")
    assert await store.files.find("public", "Tools.zip") == replace(FILE, description="Large tools")


async def test_what_is_not_known_cannot_be_described(store: Store) -> None:
    await store.files.record(FILE, UPLOAD)

    assert not await store.files.describe("staff", "Tools.zip", "x")
    assert not await store.files.describe("public", "Tools", "x")


async def test_files_that_were_taken_away_are_forgotten(store: Store) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        await store.files.record(replace(FILE, name=name), UPLOAD)

    await store.files.forget("public", ["A.TXT", "c.txt", "never.txt"])

    assert await names(store) == ["b.txt"]


async def test_a_file_found_gone_is_kept_where_it_has_come_again_meanwhile(store: Store) -> None:
    gone, again = replace(FILE, name="gone.txt"), replace(FILE, name="again.txt")
    for file in (gone, again):
        await store.files.record(file, UPLOAD)
    await store.files.record(replace(again, uploaded=11.5), UPLOAD)

    await store.files.forget_gone([gone, again])

    assert await names(store) == ["again.txt"]


async def test_a_members_files_are_summed_over_all_areas(store: Store) -> None:
    await store.files.record(FILE, UPLOAD)
    await store.files.record(replace(FILE, area="staff", size=70), UPLOAD)
    await store.files.record(replace(FILE, name="x", uploader=2), UPLOAD)

    assert await store.files.used_by(1) == 5070
    assert await store.files.used_by(2) == 5000
    assert await store.files.used_by(3) == 0


async def test_a_file_that_is_replaced_or_forgotten_takes_nothing(store: Store) -> None:
    await store.files.record(FILE, UPLOAD)
    await store.files.record(replace(FILE, size=10, uploader=2), UPLOAD)
    assert (await store.files.used_by(1), await store.files.used_by(2)) == (0, 10)

    await store.files.forget("public", ["Tools.zip"])

    assert await store.files.used_by(2) == 0


async def test_what_a_member_uses_is_found_by_an_index(store: Store) -> None:
    plan = await store._database.read("EXPLAIN QUERY PLAN SELECT coalesce(sum(size), 0) FROM files WHERE uploader = 1")

    assert "files_uploader" in plan[0][3]


async def test_a_recorded_file_is_there_for_another_process_at_once(store: Store, tmp_path: Path) -> None:
    await store.files.record(FILE, UPLOAD)

    async with Store.open(tmp_path / "members.db") as another:
        assert await names(another) == ["tools.zip"]
