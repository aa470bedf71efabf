"""How full areas are."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sttelnet.areas import Area, AreaFile, Unavailable
from sttelnet.areas.listing import MISSING
from sttelnet.areas.stock import KEEP, Coming, Stock
from sttelnet.config import AreaConfig

PUBLIC = Area("public", AreaConfig(directory="public"), Path("/srv/public"))
STAFF = Area("staff", AreaConfig(directory="staff"), Path("/srv/staff"))


class Shelves:
    """What lies in the areas, a clock that stands still until told, and looks that take as long as the test says."""

    def __init__(self) -> None:
        self.sizes: dict[str, list[int]] = {"public": [100, 20], "staff": [7]}
        self.fault: Unavailable | None = None
        self.looks = 0
        self.now = 1000.0
        self.may = asyncio.Event()
        self.may.set()
        self.stock = Stock(self._files, lambda: self.now)

    async def _files(self, area: Area) -> list[AreaFile] | Unavailable:
        self.looks += 1
        found = [AreaFile(area.name, f"{number}", size, 0.0) for number, size in enumerate(self.sizes[area.name])]
        await self.may.wait()
        return self.fault or found


@pytest.fixture
async def shelves() -> Shelves:
    return Shelves()


async def test_an_area_holds_what_lies_in_it_and_what_is_coming(shelves: Shelves) -> None:
    stock = shelves.stock
    assert (await stock.held(PUBLIC), await stock.held(STAFF)) == (120, 7)
    stock.expect(Coming("public", 1, 1000))
    stock.expect(Coming("public", None, 500))

    assert (await stock.held(PUBLIC), await stock.held(STAFF)) == (1620, 7)


async def test_what_is_coming_is_told_of_a_member_and_of_all(shelves: Shelves) -> None:
    stock = shelves.stock
    for area, member, size in (("public", 1, 1000), ("staff", 1, 200), ("public", 2, 30), ("staff", None, 4)):
        stock.expect(Coming(area, member, size))

    assert (stock.of_member(1), stock.of_member(2), stock.of_member(3), stock.all_coming) == (1200, 30, 0, 1234)


async def test_two_uploads_that_look_the_same_count_as_two(shelves: Shelves) -> None:
    one, other = Coming("public", 1, 50), Coming("public", 1, 50)
    shelves.stock.expect(one)
    shelves.stock.expect(other)
    assert shelves.stock.all_coming == 100
    shelves.stock.settle(one)

    assert shelves.stock.all_coming == 50


async def test_room_is_given_back_but_for_what_has_arrived(shelves: Shelves) -> None:
    stock = shelves.stock
    await stock.held(PUBLIC)
    lost, whole = Coming("public", 1, 1000), Coming("public", 1, 500)
    for coming in (lost, whole):
        stock.expect(coming)
    stock.settle(lost)
    assert await stock.held(PUBLIC) == 620
    stock.settle(whole, 400)

    assert await stock.held(PUBLIC) == 520
    assert (stock.of_member(1), stock.all_coming) == (0, 0)


async def test_a_look_counts_for_a_while_and_is_then_taken_anew(shelves: Shelves) -> None:
    stock = shelves.stock
    await stock.held(PUBLIC)
    coming = Coming("public", 1, 80)
    stock.expect(coming)
    stock.settle(coming, 80)
    shelves.sizes["public"] = [100, 20, 80]
    shelves.now += KEEP
    assert await stock.held(PUBLIC) == 200
    assert shelves.looks == 1
    shelves.now += 0.1

    assert await stock.held(PUBLIC) == 200  # and not counted twice
    assert shelves.looks == 2


async def test_what_arrives_in_an_area_nobody_has_looked_at_is_found_at_the_first_look(shelves: Shelves) -> None:
    coming = Coming("public", 1, 80)
    shelves.stock.expect(coming)
    shelves.stock.settle(coming, 80)
    shelves.sizes["public"] = [100, 20, 80]

    assert await shelves.stock.held(PUBLIC) == 200


async def test_an_area_that_cannot_be_looked_at_says_why_and_is_asked_again(shelves: Shelves) -> None:
    shelves.fault = MISSING
    assert await shelves.stock.held(PUBLIC) == MISSING
    shelves.fault = None

    assert await shelves.stock.held(PUBLIC) == 120


async def test_what_is_expected_during_a_look_counts(shelves: Shelves) -> None:
    shelves.may.clear()
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(shelves.stock.held(PUBLIC))
        await asyncio.sleep(0)
        shelves.stock.expect(Coming("public", 1, 1000))
        shelves.may.set()

    assert looking.result() == 1120


async def test_what_arrives_during_a_look_counts(shelves: Shelves) -> None:
    coming = Coming("public", 1, 80)
    shelves.stock.expect(coming)
    shelves.may.clear()
    async with asyncio.TaskGroup() as tasks:
        looking = tasks.create_task(shelves.stock.held(PUBLIC))
        await asyncio.sleep(0)  # it has seen the directory without the file
        shelves.stock.settle(coming, 80)
        shelves.may.set()

    assert looking.result() == 200
    assert await shelves.stock.held(PUBLIC) == 200
