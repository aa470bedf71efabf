"""The tables of performance data: values, averages, and how they are kept small."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.store import Measured, SeriesName, Store
from sttelnet.store.ageing import LAYERS, RAW
from sttelnet.store.slots import GREATEST, HOURS, MINUTES, Slot, fuller, merged, pack, unpack, with_slot

DAY = 1_800_057_600  # the first second of one
LOAD = SeriesName("load", "load1", "")
TIME = SeriesName("web", "time", "s")
SINGLE = st.floats(-(2.0**127), 2.0**127, width=32)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with Store.open(tmp_path / "members.db") as opened:
        yield opened


async def put(store: Store, *values: tuple[int, float], name: SeriesName = LOAD) -> int:
    """Store values and return the number of their series."""
    known = {series.name: series.number for series in await store.history.series()}
    known |= await store.history.write([Measured(name, at, value) for at, value in values], known)
    return known[name]


async def test_values_are_there_after_opening_again(tmp_path: Path) -> None:
    async with Store.open(tmp_path / "members.db") as store:
        number = await put(store, (DAY + 5, 1.5), (DAY + 65, 2.5))
    async with Store.open(tmp_path / "members.db") as store:
        assert [(s.number, s.name) for s in await store.history.series()] == [(number, LOAD)]
        spans = await store.history.values(number, DAY, DAY + 120, 60)
        assert [(span.at, span.seconds, span.slot) for span in spans] == [
            (DAY, 60, Slot(1.5, 1.5, 1.5, 1)),
            (DAY + 60, 60, Slot(2.5, 2.5, 2.5, 1)),
        ]


async def test_of_two_values_of_one_second_the_last_counts(store: Store) -> None:
    number = await put(store, (DAY, 1.0), (DAY, 2.0))

    [span] = await store.history.values(number, DAY, DAY + 60, 60)

    assert span.slot == Slot(2.0, 2.0, 2.0, 1)


async def test_one_label_with_two_units_is_two_series(store: Store) -> None:
    assert await put(store, (DAY, 1.0), name=TIME) != await put(store, (DAY, 1.0), name=SeriesName("web", "time", "ms"))


async def test_a_series_that_another_process_has_made_is_found(store: Store) -> None:
    number = await put(store, (DAY, 1.0))

    assert await store.history.write([Measured(LOAD, DAY + 1, 2.0)], {}) == {LOAD: number}


async def test_an_hour_is_averaged_with_its_extremes(store: Store) -> None:
    number = await put(store, (DAY, 1.0), (DAY + 60, 3.0), (DAY + 299, 8.0), (DAY + 300, 6.0), (DAY + 3599, 0.0))

    await store.history.roll_up({DAY: [number]})

    minutes = await store.history.averages(number, MINUTES, DAY, DAY + 3600)
    assert [(span.at - DAY, span.slot) for span in minutes] == [
        (0, Slot(1.0, 4.0, 8.0, 3)),
        (300, Slot(6.0, 6.0, 6.0, 1)),
        (3300, Slot(0.0, 0.0, 0.0, 1)),
    ]
    [hour] = await store.history.averages(number, HOURS, DAY, DAY + 3600)
    assert (hour.at, hour.slot.least, hour.slot.most, hour.slot.count) == (DAY, 0.0, 8.0, 5)
    assert hour.slot.mean == pytest.approx(3.6)


async def test_averaging_again_loses_nothing_even_where_values_are_gone_by_then(store: Store) -> None:
    number = await put(store, *((DAY + second, float(second)) for second in range(0, 3600, 60)))
    await store.history.roll_up({DAY: [number]})
    before = await store.history.averages(number, MINUTES, DAY, DAY + 3600)
    await store.history_age.drop(RAW, [number], before=DAY + 1700, after=DAY + 9999)
    await put(store, (DAY + 7200, 5.0))

    for hour in (DAY, DAY + 7200, DAY):
        await store.history.roll_up({hour: [number]})

    assert await store.history.averages(number, MINUTES, DAY, DAY + 3600) == before
    assert [span.at - DAY for span in await store.history.averages(number, HOURS, DAY, DAY + 86400)] == [0, 7200]


async def test_only_hours_with_values_and_without_averages_are_to_be_averaged(store: Store) -> None:
    number = await put(store, (DAY, 1.0), (DAY + 3600, 1.0), (DAY + 3700, 1.0), (DAY + 7200, 1.0))
    await store.history.roll_up({DAY + 3600: [number]})

    assert sorted(await store.history.not_rolled(number)) == [DAY, DAY + 7200]


async def test_what_is_older_or_newer_goes_and_the_rest_stays(store: Store) -> None:
    number = await put(store, *((DAY + hour * 3600, 1.0) for hour in range(5)))
    other = await put(store, (DAY, 1.0), name=TIME)

    await store.history_age.drop(RAW, [number], before=DAY + 3600, after=DAY + 3 * 3600)

    kept = [span.at - DAY for span in await store.history.values(number, DAY, DAY + 86400, 3600)]
    assert kept == [3600, 7200, 10800]
    assert await store.history_age.oldest(RAW) == DAY
    assert await store.history.values(other, DAY, DAY + 60, 60)


async def test_a_series_is_forgotten_with_all_of_it(store: Store) -> None:
    number = await put(store, (DAY, 1.0))
    other = await put(store, (DAY, 1.0), name=TIME)
    await store.history.roll_up({DAY: [number, other]})

    assert await store.history_age.forgotten(DAY, DAY, 9, 9) == []
    assert set(await store.history_age.forgotten(DAY + 3600, 0, 9, 9)) == {number, other}
    await store.history_age.forget(number)

    assert [series.name for series in await store.history.series()] == [TIME]
    for layer in LAYERS:
        [(count,)] = await store.history._database.read(f"SELECT count(DISTINCT series) FROM {layer.where}")
        assert count == 1


async def test_where_there_are_as_many_series_as_may_be_those_unseen_go_sooner(store: Store) -> None:
    old = await put(store, (DAY, 1.0))
    await put(store, (DAY + 999, 1.0), name=SeriesName("load", "load5", ""))
    await put(store, (DAY, 1.0), name=TIME)

    assert await store.history_age.forgotten(0, DAY + 500, 3, 9) == []
    assert await store.history_age.forgotten(0, DAY + 500, 2, 9) == [old]
    assert len(await store.history_age.forgotten(0, DAY + 500, 9, 3)) == 2


async def test_a_bigger_history_is_said_to_take_more(store: Store) -> None:
    number = await put(store, *((DAY + second, 0.1 * second) for second in range(0, 7200, 10)))
    for hour in (DAY, DAY + 3600):
        await store.history.roll_up({hour: [number]})
    raw, minutes, hours = [await store.history_age.size(layer) for layer in LAYERS]

    assert raw > minutes > hours > 0


@given(st.dictionaries(st.integers(0, 23), st.builds(Slot, SINGLE, SINGLE, SINGLE, st.integers(1, 65535))))
def test_packed_slots_come_back(slots: dict[int, Slot]) -> None:
    assert unpack(pack(slots)) == slots
    assert unpack(pack(slots) + b"half") == slots


@given(st.floats(allow_nan=False), st.integers(1, 10**9))
def test_what_single_precision_cannot_hold_is_stored_as_near_as_can_be(value: float, count: int) -> None:
    [slot] = unpack(pack({0: Slot(value, value, value, count)})).values()

    assert abs(slot.mean) <= GREATEST * 1.001
    assert (slot.mean > 0) == (value > 1e-46) or abs(value) < 1e-44
    assert slot.count == min(count, 65535)


@given(st.lists(st.lists(st.floats(-1e9, 1e9), min_size=1), min_size=1))
def test_slots_of_parts_make_the_slot_of_the_whole(parts: list[list[float]]) -> None:
    whole = [value for part in parts for value in part]

    slot = merged([Slot(min(part), sum(part) / len(part), max(part), len(part)) for part in parts])

    assert (slot.least, slot.most, slot.count) == (min(whole), max(whole), len(whole))
    assert slot.mean == pytest.approx(sum(whole) / len(whole), rel=1e-6, abs=1e-3)


@given(st.lists(st.tuples(st.integers(0, 255), st.builds(Slot, SINGLE, SINGLE, SINGLE, st.integers(1, 9)))))
def test_a_slot_goes_into_a_packed_block_as_into_any_other(added: list[tuple[int, Slot]]) -> None:
    data, block = b"", dict[int, Slot]()
    for place, slot in added:
        data, block = with_slot(data, place, slot), fuller(block, {place: slot})
    assert data == pack(block)


def test_a_slot_of_more_values_is_kept() -> None:
    one, two, three = (Slot(0.0, 0.0, float(count), count) for count in (1, 2, 3))

    assert fuller({0: two, 1: two}, {0: one, 1: three, 2: one}) == {0: two, 1: three, 2: one}
    assert fuller({0: two}, {0: Slot(9, 9, 9, 2)}) == {0: Slot(9, 9, 9, 2)}
