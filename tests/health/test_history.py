"""The history of performance data, with a real database and clocks the test sets."""

from __future__ import annotations

import asyncio
import logging
import math
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sttelnet.health import Checks, CheckSettings, History, State
from sttelnet.health.cells import Cell
from sttelnet.health.history import MOST_WAITING
from sttelnet.health.plugin import Figure
from sttelnet.health.probes import Sources
from sttelnet.health.upkeep import MIB, MOST_OF_A_CHECK, MOST_SERIES
from sttelnet.store import SeriesName, Store
from sttelnet.store.ageing import LAYERS, RAW
from sttelnet.store.slots import HOURS, MINUTES
from tests.health.test_checks import Site, ran, run_again, until

HOUR, DAY = 3600, 86_400
NOON = 1_800_057_600 + 12 * HOUR
LOAD = SeriesName("load", "load1", "")


class House:
    """A history over a real database; its clocks go as the test says."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.now, self.steady, self.limit = float(NOON), 0.0, 64
        self.history = History(store, lambda: self.limit, clock=lambda: self.now, monotonic=lambda: self.steady)

    def measure(self, value: float, label: str = "load1", check: str = "load") -> None:
        self.history.take(check, self.now, [Figure(label, value)])

    def wait(self, seconds: float) -> None:
        """Let time go by."""
        self.now += seconds
        self.steady += seconds

    async def work_for(self, hours: int) -> None:
        """Let time go by, and the history do what it does now and then."""
        for _ in range(hours):
            self.wait(HOUR)
            await self.history.work()

    async def rows(self, table: str) -> list[tuple[object, ...]]:
        return await self.store.history._database.read(f"SELECT * FROM {table}")

    async def drawn(self, seconds: float, cells: int, name: SeriesName = LOAD) -> list[Cell | None]:
        return await self.history.series(name, seconds, cells)

    async def fill_up(self) -> None:
        """Let the database be as big as it may be."""
        writer = self.store.history._database._writer
        [(pages,)] = await writer.execute_fetchall("PRAGMA page_count")
        await writer.execute_fetchall(f"PRAGMA max_page_count = {pages}")

    async def make_room(self) -> None:
        await self.store.history._database._writer.execute_fetchall("PRAGMA max_page_count = 1000000")


@asynccontextmanager
async def opened(folder: Path, patience: float = 5.0) -> AsyncIterator[House]:
    async with Store.open(folder / "members.db", patience=patience) as store:
        yield House(store)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with opened(tmp_path) as house:
        yield house


def same(value: float) -> Cell:
    return Cell(value, value, value)


def said(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [(record.levelname, record.getMessage()) for record in caplog.records if "history" in record.getMessage()]


# Taking and reading


async def test_what_is_measured_is_drawn_before_and_after_it_is_written(house: House) -> None:
    for value in (1.0, 2.0, 4.0):
        house.measure(value)
        house.wait(60)
    before = await house.drawn(300, 5)
    await house.history.flush()

    assert before == [None, same(1.0), same(2.0), same(4.0), None]
    assert await house.drawn(300, 5) == before
    assert len(await house.rows("history_values")) == 3


async def test_what_is_no_number_is_not_kept(house: House) -> None:
    for value in (math.nan, math.inf, -math.inf, 7.0):
        house.measure(value)
        house.wait(1)
    await house.history.flush()

    assert [row[2] for row in await house.rows("history_values")] == [7.0]


async def test_a_value_beyond_all_measure_is_averaged_and_drawn_all_the_same(house: House) -> None:
    for value in (1e308, 1e308, -1e308):
        house.measure(value)
        house.wait(1)
    await house.work_for(2)

    [cell] = await house.drawn(4 * HOUR, 1)
    assert cell is not None
    assert (cell.least < -3e38, cell.most > 3e38) == (True, True)


async def test_while_the_clock_has_not_been_set_nothing_is_kept(house: House) -> None:
    house.now = 86_400.0
    house.measure(1.0)
    await house.history.work()

    assert await house.rows("history_values") == []


async def test_what_has_been_measured_of_a_check_is_listed(house: House) -> None:
    house.measure(1.0)
    house.measure(1.0, "load5")
    await house.history.flush()
    house.measure(1.0, "load15")
    house.measure(1.0, "time", check="web")

    assert [name.label for name in await house.history.series_of("load")] == ["load1", "load5", "load15"]
    assert await house.history.series_of("none") == []


async def test_days_are_drawn_of_averages_and_today_of_values(house: House) -> None:
    for minute in range(3 * 24 * 60):
        if minute % 10 == 0:
            house.measure(float(minute // (24 * 60)))
        house.wait(60)
        if minute % 60 == 59:
            await house.history.work()
    house.measure(9.0)

    cells = await house.drawn(4 * DAY, 8)

    assert cells[0] is None
    assert [cell.mean if cell else None for cell in cells[1:]] == pytest.approx([0, 0, 1, 1, 2, 2, 9])


async def test_a_peak_of_a_second_is_seen_in_a_week(house: House) -> None:
    for value in (1.0, 99.0, 1.0):
        house.measure(value)
        house.wait(1)
    await house.work_for(30)

    cells = await house.drawn(7 * DAY, 42)

    assert [cell.most for cell in cells if cell] == pytest.approx([99.0])


async def test_what_is_kept_as_averages_only_is_drawn_in_fine_cells_too(house: House) -> None:
    house.measure(5.0)
    await house.work_for(3 * 24)
    assert await house.rows("history_values") == []

    cells = await house.drawn(4 * DAY, 4 * 24 * 60)

    assert [cell for cell in cells if cell] == [same(5.0)] * 5


# Restart


async def test_the_history_is_there_again_after_a_restart_and_averaged(tmp_path: Path) -> None:
    async with opened(tmp_path) as house:
        house.measure(3.0)
        await house.history.flush()
    async with opened(tmp_path) as house:
        house.wait(5 * HOUR)
        assert [cell for cell in await house.drawn(DAY, 24) if cell] == [same(3.0)]
        await house.history.work()
        assert [row[0] for row in await house.rows("history_blocks")] == [MINUTES.step, HOURS.step]


KILLED = """
import asyncio, sys, time
from pathlib import Path
from sttelnet.health import History
from sttelnet.health.plugin import Figure
from sttelnet.health.probes import Sources
from sttelnet.store import Store

async def main():
    async with Store.open(Path(sys.argv[1])) as store:
        history = History(store, lambda: 64)
        for number in range(100_000):
            history.take("load", 1_800_000_000 + number, [Figure("load1", float(number))])
            if number % 10 == 9:
                await history.flush()
                print(number, flush=True)

asyncio.run(main())
"""


async def test_what_was_written_before_a_kill_is_there(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "members.db")], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        last = [int(process.stdout.readline()) for _ in range(20)][-1]
    finally:
        process.kill()
    rest = process.stdout.read().split()
    process.stdout.close()
    process.wait()
    async with opened(tmp_path) as house:
        values = [row[2] for row in await house.rows("history_values")]

    written = int(rest[-1]) if rest else last
    assert values[: written + 1] == [float(number) for number in range(written + 1)]
    assert len(values) % 10 == 0
    if sys.platform != "win32":
        assert process.returncode == -signal.SIGKILL


# Ageing


async def test_values_go_after_two_days_five_minutes_after_two_weeks_and_hours_after_a_year(house: House) -> None:
    house.measure(1.0)
    await house.work_for(47)
    assert len(await house.rows("history_values")) == 1
    await house.work_for(4)
    assert await house.rows("history_values") == []
    await house.work_for(14 * 24)
    assert [row[0] for row in await house.rows("history_blocks")] == [HOURS.step]
    house.wait(370 * DAY)
    await house.work_for(3)
    assert [row[0] for row in await house.rows("history_blocks")] == [HOURS.step]
    assert await house.history.series_of("load") == [LOAD]
    house.wait(40 * DAY)
    await house.work_for(3)
    assert await house.rows("history_blocks") == []
    assert await house.rows("history_series") == []
    assert await house.history.series_of("load") == []


async def test_a_check_that_comes_back_after_it_was_forgotten_is_kept_again(house: House) -> None:
    house.measure(1.0)
    await house.work_for(2)
    house.wait(410 * DAY)
    await house.work_for(3)
    house.measure(2.0)
    await house.history.flush()

    assert [row[2] for row in await house.rows("history_values")] == [2.0]
    assert len(await house.rows("history_series")) == 1


async def test_a_history_too_big_loses_the_oldest_first_and_stays_within_its_limit(house: House) -> None:
    house.limit = 1
    for _ in range(24):
        for second in range(0, HOUR, 2):
            house.history.take("load", house.now + second, [Figure("load1", 0.1 * second)])
        house.wait(HOUR)
        await house.history.flush()
    newest = house.now
    await house.work_for(1)

    assert sum([await house.store.history_age.size(layer) for layer in LAYERS]) <= MIB
    times = [int(str(row[1])) for row in await house.rows("history_values")]
    assert max(times) == newest - 2
    assert min(times) > NOON + 12 * HOUR
    hours = await house.store.history.averages(1, HOURS, 0, house.now)
    assert [span.at for span in hours] == list(range(NOON, int(newest), HOUR))  # nothing went before it was averaged


async def test_an_hour_that_is_too_big_by_itself_goes_too(house: House) -> None:
    house.limit = 1
    for second in range(HOUR - 600):
        figures = [Figure(f"load{number}", 0.1 * second) for number in range(5)]
        house.history.take("load", house.now + second, figures)
    await house.history.work()

    assert await house.store.history_age.size(RAW) <= MIB // 3
    [cell] = [cell for cell in await house.drawn(DAY, 24) if cell]
    assert (cell.least, cell.most) == pytest.approx((0.0, 299.9))  # its averages are there


async def test_a_smaller_limit_holds_at_once(house: House) -> None:
    for second in range(15_000):
        house.history.take("load", house.now + second, [Figure("load1", 0.1 * second)])
    house.wait(5 * HOUR)
    await house.history.work()
    assert await house.store.history_age.size(RAW) > MIB // 3
    house.limit = 1
    await house.history.work()

    assert 0 < await house.store.history_age.size(RAW) <= MIB // 3


# Labels without end


async def test_a_check_that_invents_labels_has_so_many_series_and_others_go_on(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    for run in range(3):
        house.history.take("wild", house.now, [Figure(f"{run}-{number}", 1.0) for number in range(90)])
        house.measure(1.0)
        house.wait(60)
    await house.history.flush()

    assert len(await house.history.series_of("wild")) == MOST_OF_A_CHECK
    assert len([cell for cell in await house.drawn(600, 10) if cell]) == 3
    assert len([record for record in caplog.records if "too many figures" in record.getMessage()]) == 1


async def test_labels_that_are_seen_no_more_make_room_for_others(house: House) -> None:
    for run in range(4):
        for number in range(100):
            house.history.take("wild", house.now, [Figure(f"{run}-{number}", 1.0)])
        await house.work_for(60)

    labels = {name.label for name in await house.history.series_of("wild")}
    assert len(labels) <= MOST_OF_A_CHECK
    assert any(label.startswith("3-") for label in labels)


async def test_all_checks_together_have_so_many_series(house: House) -> None:
    for check in range(MOST_SERIES // 100 + 2):
        house.history.take(f"wild{check}", house.now, [Figure(str(number), 1.0) for number in range(100)])
    await house.history.flush()

    assert len(await house.rows("history_series")) == MOST_SERIES


# Clocks


async def test_a_clock_that_was_a_year_ahead_for_a_moment_costs_nothing_and_leaves_nothing(house: House) -> None:
    house.measure(1.0)
    await house.work_for(2)
    house.now += 365 * DAY
    house.measure(99.0)
    await house.history.work()
    house.now -= 365 * DAY
    house.measure(2.0)
    assert len([cell for cell in await house.drawn(DAY, 24) if cell]) == 2
    await house.work_for(4)

    assert [row[2] for row in await house.rows("history_values")] == [1.0, 2.0]
    assert {cell.most for cell in await house.drawn(DAY, 24) if cell} == {1.0, 2.0}
    assert max(int(str(row[2])) for row in await house.rows("history_blocks")) < house.now


async def test_a_clock_that_really_is_a_year_further_is_believed_after_an_hour(house: House) -> None:
    house.measure(1.0)
    await house.work_for(2)
    house.now += 20 * DAY  # the host slept
    await house.history.work()
    assert len(await house.rows("history_values")) == 1
    await house.work_for(3)

    assert await house.rows("history_values") == []
    assert [cell for cell in await house.drawn(30 * DAY, 30) if cell] == [same(1.0)]


async def test_a_clock_set_back_goes_on_being_drawn_and_averaged(house: House) -> None:
    house.measure(1.0)
    await house.work_for(3)
    house.now -= 3 * HOUR
    house.measure(3.0)
    house.wait(1)
    house.measure(5.0)
    await house.work_for(5)

    [hour, *_] = await house.store.history.averages(1, HOURS, NOON, house.now)
    assert (hour.slot.least, hour.slot.most) == (3.0, 5.0)  # of one second, the last value


async def test_a_clock_that_was_never_set_ages_nothing(house: House) -> None:
    house.measure(1.0)
    await house.work_for(2)
    house.now = 3600.0
    await house.work_for(5)

    assert len(await house.rows("history_values")) == 1


# A database that cannot be written


async def test_a_full_database_stops_it_with_one_warning_and_it_goes_on_by_itself(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house.measure(1.0)
    await house.history.flush()
    await house.fill_up()
    for second in range(6000):
        house.history.take("load", house.now + second, [Figure("load1", 0.1 * second)])
    for _ in range(3):
        await house.history.work()
    assert said(caplog) == [
        ("WARNING", "the history of the checks stops: the disk is full, so nothing was written to "
                    f"{house.store.history._database.path}")
    ]  # fmt: skip
    house.wait(HOUR)
    assert len([cell for cell in await house.drawn(2 * HOUR, 60) if cell]) > 25  # what waits is drawn

    await house.make_room()
    for _ in range(2):
        await house.history.work()

    assert said(caplog)[1:] == [("INFO", "the history of the checks goes on")]
    assert len(await house.rows("history_values")) == 6000


async def test_what_waits_has_a_limit_and_the_newest_stays(house: House) -> None:
    await house.fill_up()
    for second in range(MOST_WAITING + 5_000):
        house.history.take("load", house.now + second, [Figure("load1", float(second))])
    await house.history.work()
    await house.make_room()
    await house.history.work()

    values = [row[2] for row in await house.rows("history_values")]
    assert len(values) == MOST_WAITING
    assert values[-1] == MOST_WAITING + 4_999


async def test_a_locked_database_stops_it_until_it_is_free(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with opened(tmp_path, patience=0.1) as house, Store.open(tmp_path / "members.db") as other:
        house.measure(1.0)
        async with other.history._database.transaction():
            await house.history.work()
            await house.history.work()
        await house.history.work()

        assert [level for level, _ in said(caplog)] == ["WARNING", "INFO"]
        assert len(await house.rows("history_values")) == 1


async def test_a_series_that_was_forgotten_behind_its_back_is_made_anew(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    house.measure(1.0)
    await house.history.flush()
    await house.store.history_age.forget(1)
    house.wait(1)
    house.measure(2.0)
    for _ in range(2):
        await house.history.work()

    assert [row[2] for row in await house.rows("history_values")] == [2.0]
    assert len(said(caplog)) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="programs of sh")
async def test_with_a_full_database_checks_and_alerts_go_on(house: House, caplog: pytest.LogCaptureFixture) -> None:
    site = Site(house.store.history._database.path.parent)
    site.put("disk")
    checks = Checks(
        lambda: CheckSettings(site.folder, site.home, site.configs, site.at_once, site.host_checks),
        Sources(lambda: site.host, site.services, lambda: None),
        house.store.checks,
        site.tell,
        jitter=lambda most: 0.0,
    )
    checks.keep = lambda name, at, result: house.history.take(name, at, result.figures)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(checks.run())
        check = await ran(checks, "disk")
        await house.fill_up()
        for number in range(6000):
            house.history.take("other", NOON + number, [Figure("x", 0.1)])
        await house.history.work()
        site.set("disk", State.CRITICAL)
        await run_again(checks, check)
        await until(lambda: bool(site.told))
        await house.history.work()
        running.cancel()

    assert site.told == [("disk", "CRITICAL")]
    assert [level for level, _ in said(caplog)] == ["WARNING"]
    assert await house.rows("history_values") == []
    await house.make_room()
    await house.history.flush()
    assert len(await house.history.series_of("disk")) == 1
