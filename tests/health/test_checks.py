"""The engine of the checks, with real programs and a real database."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from sttelnet.charset import clean, one_line
from sttelnet.config import CheckConfig, HealthConfig
from sttelnet.errors import StoreError
from sttelnet.health import Alert, Check, Checks, CheckSettings, Disk, Host, Reading, Service, State, Usage, host_checks
from sttelnet.health.definition import definitions
from sttelnet.health.probes import Sources
from sttelnet.health.report import report_of
from sttelnet.store import Store
from tests.full_database import fill_up, make_room

posix = pytest.mark.skipif(sys.platform == "win32", reason="programs of sh")
HANG = 15.0  # seconds until a wait counts as a hang
QUICK = CheckConfig(interval=1.0, retry_interval=1.0, retries=1)
READS_STATE = """\
import sys
state = ""
while not state:  # it may be being written
    with open({file!r}) as file:
        state = file.read().strip()
print(f"says {{state}} | x={{state}}")
sys.exit(int(state))
"""


class Site:
    """A folder of checks, whose states the test sets in files."""

    store: Store

    def __init__(self, folder: Path) -> None:
        self.home, self.folder = folder, folder / "checks"
        self.folder.mkdir(exist_ok=True)
        self.configs: dict[str, CheckConfig] = {}
        self.host_checks: dict[str, CheckConfig] = {}
        self.host = Host(name="db01", cpu=10.0, cores=2, memory=Usage(50.0, 1, 2))
        self.alerts: list[Alert] = []
        self.at_once = 8
        self.ahead = 0.0  # seconds by which the host's clock is
        self.went_by = 0.0  # seconds that the test lets go by

    def clock(self) -> float:
        return time.time() + self.ahead + self.went_by

    def monotonic(self) -> float:
        return time.monotonic() + self.went_by

    def put(self, name: str, config: CheckConfig | None = QUICK, body: str = "") -> None:
        """Have a check that reads its state from the file `name.state`."""
        if body:
            (self.folder / f"{name}.sh").write_text(body)
        else:
            file = str(self.home / f"{name}.state")
            (self.folder / f"{name}.py").write_text(READS_STATE.format(file=file), encoding="utf-8")
        if config is not None:
            self.configs[name] = config
        self.set(name, State.OK)

    def set(self, name: str, state: State) -> None:
        (self.home / f"{name}.state").write_text(f"{int(state)}\n")

    async def services(self) -> tuple[Service, ...] | None:
        return ()

    async def tell(self, alert: Alert) -> None:
        self.alerts.append(alert)

    @property
    def told(self) -> list[tuple[str, str]]:
        return [(alert.name, alert.change.after.word) for alert in self.alerts]


@asynccontextmanager
async def running(site: Site) -> AsyncIterator[Checks]:
    async with Store.open(site.home / "members.db") as store, asyncio.TaskGroup() as tasks:
        site.store = store
        checks = Checks(
            lambda: CheckSettings(site.folder, site.home, site.configs, site.at_once, site.host_checks),
            Sources(lambda: site.host, site.services, lambda: None),
            store.checks,
            site.tell,
            clock=site.clock,
            monotonic=site.monotonic,
            jitter=lambda most: 0.0,
        )
        task = tasks.create_task(checks.run())
        try:
            yield checks
        finally:
            task.cancel()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANG):
        while not holds():
            await asyncio.sleep(0.02)


async def ran(checks: Checks, name: str) -> Check:
    """Wait until a check has run."""
    await until(lambda: (found := checks.find(name)) is not None and found.ran_at > 0)
    check = checks.find(name)
    assert check is not None
    return check


def readings(checks: Checks) -> list[Reading]:
    return [check.reading(time.time()) for check in checks.listed()]


async def run_again(checks: Checks, check: Check) -> None:
    before = check.ran_at
    checks.run_now(check)
    await until(lambda: check.ran_at > before)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


async def test_a_file_of_the_folder_is_a_check_without_any_config(site: Site) -> None:
    site.put("disk", None)
    async with running(site) as checks:
        check = await ran(checks, "disk")
        assert (check.state, check.result.text) == (State.OK, "says 0")
        assert check.definition.config == CheckConfig()
        assert [(reading.name, reading.state, reading.value) for reading in readings(checks)] == [
            ("disk", State.OK, "says 0")
        ]
        assert site.told == []


@posix
async def test_a_command_of_the_config_is_a_check_without_any_file(site: Site) -> None:
    site.configs["web"] = CheckConfig(command=("/bin/sh", "-c", "echo down; exit 2"), title="Web server")
    async with running(site) as checks:
        check = await ran(checks, "web server")
        assert (check.name, check.state, check.result.text) == ("web", State.CRITICAL, "down")


async def test_a_table_with_neither_says_so(site: Site) -> None:
    site.configs["bakcup"] = CheckConfig()
    async with running(site) as checks:
        check = await ran(checks, "bakcup")
        assert check.result.text == "there is no program bakcup in scripts/checks, and neither `command` nor `use`"
        assert check.state is State.UNKNOWN


async def test_a_change_is_told_once_it_is_confirmed_and_recovery_too(site: Site) -> None:
    site.put("disk", CheckConfig(interval=60, retry_interval=60, retries=2))
    async with running(site) as checks:
        check = await ran(checks, "disk")
        site.set("disk", State.CRITICAL)
        await run_again(checks, check)
        assert (check.state, check.track.soft, site.told) == (State.CRITICAL, True, [])
        await run_again(checks, check)
        await until(lambda: site.told == [("disk", "CRITICAL")])
        site.set("disk", State.OK)
        await run_again(checks, check)
        await until(lambda: site.told[1:] == [("disk", "OK")])
        assert [(c.before, c.after, c.text) for c in await checks.changes(9)] == [(2, 0, "says 0"), (0, 2, "says 2")]


async def test_a_check_runs_at_its_interval_and_oftener_while_it_is_to_be_confirmed(site: Site) -> None:
    site.put("disk", CheckConfig(interval=60, retry_interval=1, retries=3))
    site.set("disk", State.WARNING)
    async with running(site) as checks:
        await until(lambda: site.told == [("disk", "WARNING")])
        check = await ran(checks, "disk")
        assert check.pause() == 60


async def test_state_and_since_survive_a_restart(site: Site) -> None:
    site.put("disk")
    site.set("disk", State.CRITICAL)
    async with running(site) as checks:
        await until(lambda: bool(site.told))
        since = (await ran(checks, "disk")).since
        await checks.acknowledge(await ran(checks, "disk"), "kim", "on it", 9e9)
    async with running(site) as checks:
        await until(lambda: checks.find("disk") is not None)
        before = checks.find("disk")
        assert before is not None
        assert before.state is State.CRITICAL  # also before it has run
        check = await ran(checks, "disk")
        assert (check.state, check.since) == (State.CRITICAL, since)
        assert (check.ack_by, check.ack_text, check.ack_until) == ("kim", "on it", 9e9)
        assert len(site.told) == 1


async def test_a_check_that_broke_while_the_daemon_was_away_is_told(site: Site) -> None:
    site.put("disk")
    async with running(site) as checks:
        await ran(checks, "disk")
    site.set("disk", State.CRITICAL)
    async with running(site):
        await until(lambda: site.told == [("disk", "CRITICAL")])


async def test_what_changes_while_it_is_muted_is_told_when_that_is_over(site: Site) -> None:
    for name in ("disk", "load"):
        site.put(name)
    async with running(site) as checks:
        disk, load = await ran(checks, "disk"), await ran(checks, "load")
        for check in (disk, load):
            await checks.mute(check, 9e9)
            site.set(check.name, State.CRITICAL)
            await run_again(checks, check)
        site.set("load", State.OK)
        await run_again(checks, load)
    assert site.told == []
    async with running(site) as checks:  # it is owed over a restart, too
        disk, load = await ran(checks, "disk"), await ran(checks, "load")
        await asyncio.sleep(0.1)
        assert site.told == []
        for check in (load, disk):
            await checks.mute(check, 0.0)
        await until(lambda: site.told == [("disk", "CRITICAL")])


async def test_what_needs_something_that_is_down_is_told_only_where_it_is_still_down_behind_it(site: Site) -> None:
    site.put("network")
    for name in ("web", "mail"):
        site.put(name, CheckConfig(interval=3600, retries=1, requires=("network",)))
    async with running(site) as checks:
        network, web, mail = [await ran(checks, name) for name in ("network", "web", "mail")]
        for check in (network, web, mail):
            site.set(check.name, State.CRITICAL)
            await run_again(checks, check)
        await until(lambda: site.told == [("network", "CRITICAL")])
        site.set("network", State.OK)
        site.set("web", State.OK)
        await run_again(checks, network)
        await until(lambda: site.told[1:] == [("network", "OK")])
        for check in (web, mail):  # what they said before says nothing now
            await run_again(checks, check)
        await until(lambda: site.told[2:] == [("mail", "CRITICAL")])


async def test_what_a_check_needs_is_looked_at_as_soon_as_it_is_not_well(site: Site) -> None:
    site.put("network", CheckConfig(interval=3600, retries=1))
    site.put("web", CheckConfig(interval=3600, retry_interval=1, retries=2, requires=("network",)))
    async with running(site) as checks:
        web = await ran(checks, "web")
        await ran(checks, "network")
        for name in ("network", "web"):
            site.set(name, State.CRITICAL)
        checks.run_now(web)
        await until(lambda: web.track.hard is State.CRITICAL)
        await until(lambda: site.told == [("network", "CRITICAL")])


async def test_of_what_somebody_knows_about_only_is_told_that_it_is_well_again(site: Site) -> None:
    site.put("web")
    async with running(site) as checks:
        web = await ran(checks, "web")
        site.set("web", State.CRITICAL)
        await run_again(checks, web)
        await until(lambda: site.told == [("web", "CRITICAL")])
        await checks.acknowledge(web, "kim", "on it")
        site.set("web", State.WARNING)
        await run_again(checks, web)
        assert web.track.hard is State.WARNING
        site.set("web", State.OK)
        await run_again(checks, web)
        await until(lambda: site.told == [("web", "CRITICAL"), ("web", "OK")])
        assert site.alerts[1].known_by == "kim"
        assert web.ack_by == ""


async def test_what_flaps_is_told_of_when_it_has_come_to_rest(site: Site) -> None:
    site.put("web")
    async with running(site) as checks:
        web = await ran(checks, "web")
        for number in range(24):
            site.set("web", State.CRITICAL if number % 2 else State.OK)
            await run_again(checks, web)
        assert web.track.flapping
        told = len(site.told)
        site.set("web", State.CRITICAL)
        while web.track.flapping:
            assert len(site.told) == told
            await run_again(checks, web)
        known = web.told
        await until(lambda: known is State.CRITICAL or site.told[told:] == [("web", "CRITICAL")])


async def test_when_an_acknowledgement_ends_what_is_still_not_well_is_told_of_once_more(site: Site) -> None:
    site.put("disk")
    site.put("load")
    site.set("disk", State.CRITICAL)
    async with running(site) as checks:
        await until(lambda: len(site.told) == 1)
        disk, load = await ran(checks, "disk"), await ran(checks, "load")
        await checks.acknowledge(disk, "ada", "on it", time.time() + 0.1)
        await checks.mute(load, 9e9)
        await until(lambda: len(site.alerts) == 2)
        again = site.alerts[1]
        assert again.headline == "CRITICAL disk (still, the acknowledgement of ada has ended)"
        assert (again.text, again.change.before, again.known_by) == ("says 2", State.CRITICAL, "ada")
        assert (disk.ack_by, disk.ack_text, disk.ack_until) == ("", "", 0.0)
        assert len(await checks.changes(9)) == 1  # it is no change
        site.set("disk", State.WARNING)
        await run_again(checks, disk)
        await until(lambda: site.told[-1] == ("disk", "WARNING"))


async def test_an_acknowledgement_that_ended_while_the_daemon_was_away_is_told_of_as_the_check_is_then(
    site: Site,
) -> None:
    site.put("disk")
    site.put("load")
    for name in ("disk", "load"):
        site.set(name, State.CRITICAL)
    async with running(site) as checks:
        await until(lambda: len(site.told) == 2)
        for name in ("disk", "load"):
            await checks.acknowledge(await ran(checks, name), "ada", "on it", 1.0)
    site.set("load", State.OK)
    site.alerts.clear()
    async with running(site) as checks:
        await until(lambda: len(site.told) == 2)
        await until(lambda: all(check.ack_by == "" for check in checks.all()))
        assert sorted(site.told) == [("disk", "CRITICAL"), ("load", "OK")]
        assert {alert.text for alert in site.alerts} == {"says 2", "says 0"}


async def test_an_acknowledgement_of_what_was_never_confirmed_does_not_outlast_it(site: Site) -> None:
    site.put("disk", CheckConfig(interval=3600, retry_interval=3600, retries=2))
    async with running(site) as checks:
        disk = await ran(checks, "disk")
        site.set("disk", State.CRITICAL)
        await run_again(checks, disk)
        await checks.acknowledge(disk, "ada", "on it")
        site.set("disk", State.OK)
        await run_again(checks, disk)
        assert disk.ack_by == ""


async def test_an_acknowledgement_is_taken_back(site: Site) -> None:
    site.put("disk")
    site.set("disk", State.CRITICAL)
    async with running(site) as checks:
        disk = await ran(checks, "disk")
        await checks.acknowledge(disk, "ada", "on it", 9e9)
        await checks.take_back(disk)
    async with running(site) as checks:
        disk = await ran(checks, "disk")
        assert (disk.ack_by, disk.ack_until) == ("", 0.0)


async def test_in_its_quiet_hours_nobody_is_told_of_a_check(site: Site) -> None:
    site.put("disk", CheckConfig(interval=60, retries=1, quiet="00:00-00:00"))
    async with running(site) as checks:
        check = await ran(checks, "disk")
        site.set("disk", State.CRITICAL)
        await run_again(checks, check)
        assert check.track.hard is State.CRITICAL
        assert site.told == []


@posix
async def test_only_so_many_run_at_once(site: Site) -> None:
    site.at_once = 2
    log = site.home / "log"
    for number in range(6):
        site.put(f"c{number}", body=f'echo + >> "{log}"; sleep 0.2; echo - >> "{log}"; echo ok\n')
    async with running(site) as checks:
        for number in range(6):
            await ran(checks, f"c{number}")
    most = now = 0
    for line in log.read_text().split():
        now += 1 if line == "+" else -1
        most = max(most, now)
    assert most == 2


async def test_waiting_for_others_to_end_counts_as_being_late(site: Site) -> None:
    site.at_once = 1
    for number in range(2):
        site.put(f"c{number}", None, body="sleep 0.5; echo ok\n")
    async with running(site) as checks:
        late = sorted([(await ran(checks, f"c{number}")).late for number in range(2)])
    assert late[1] - late[0] > 0.4


async def test_files_and_tables_that_come_and_go_are_taken_up(site: Site) -> None:
    site.put("one")
    async with running(site) as checks:
        await ran(checks, "one")
        site.put("two")
        await ran(checks, "two")
        (site.folder / "one.py").unlink()
        del site.configs["one"]
        await until(lambda: [check.name for check in checks.all()] == ["two"])
        site.configs["two"] = CheckConfig(enabled=False)
        await until(lambda: checks.all() == [])


@posix
async def test_a_check_that_is_deleted_while_it_runs_is_gone_and_its_program_ended(site: Site) -> None:
    site.put("slow", body=f'echo $$ > "{site.home}/pid"\nsleep 60\n')
    async with running(site) as checks:
        await until(lambda: (site.home / "pid").exists() and bool((site.home / "pid").read_text().strip()))
        (site.folder / "slow.sh").unlink()
        del site.configs["slow"]
        await until(lambda: checks.all() == [])
        await until(lambda: not psutil.pid_exists(int((site.home / "pid").read_text())))


@posix
async def test_a_program_that_is_deleted_while_it_runs_is_unknown_with_the_reason_where_a_table_names_it(
    site: Site,
) -> None:
    site.put("once", body=f'touch "{site.home}/begun"\nsleep 60\n')
    async with running(site) as checks:
        await until((site.home / "begun").exists)
        (site.folder / "once.sh").unlink()
        check = await ran(checks, "once")
        assert check.state is State.UNKNOWN
        assert check.result.text == "there is no program once in scripts/checks, and neither `command` nor `use`"


@posix
async def test_hostile_checks_are_cut_cleaned_and_ended_and_the_others_run_on(site: Site) -> None:
    child = f'import subprocess; print(subprocess.Popen(["sleep", "60"]).pid, file=open("{site.home}/left", "w"))'
    bodies = {
        "bytes": "import os, sys; sys.stdout.buffer.write(os.urandom(3_000_000)); sys.exit(2)",
        "codes": r"print('\x1b[2J\x9b31m\x1b]0;x\x07 \u202ered | \x1b[1m=1'); print('\x1b[31mmore')",
        "perf": "print('ok | x=abc y=1e999 =5 z=3;a;b;c;d;e;f ' + chr(39) + 'open=1'); print('more | ' + 'a=1 ' * 90000)",
        "child": f"{child}; print('left one')",
        "deaf": "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)",
    }
    for name, body in bodies.items():
        (site.folder / f"{name}.py").write_text(body)
        site.configs[name] = CheckConfig(interval=1, retries=1, timeout=5)
    site.configs["deaf"] = CheckConfig(interval=1, retries=1, timeout=1)
    site.put("well")
    async with running(site) as checks:
        found = {name: await ran(checks, name) for name in (*bodies, "well")}
        well = found["well"].ran_at
        await until(lambda: found["well"].ran_at > well)
    await until(lambda: not psutil.pid_exists(int((site.home / "left").read_text())))
    for check in found.values():
        result = check.result
        texts = (result.text, *(figure.label + figure.unit for figure in result.figures))
        assert all(text == one_line(text) for text in texts), check.name
        assert result.further == clean(result.further).strip("\n"), check.name
        assert len(result.text) + len(result.further) < 20_000
    assert {name: (check.state.word, check.result.text) for name, check in found.items() if name != "bytes"} == {
        "codes": ("OK", "[2J31m]0;x red"),
        "perf": ("OK", "ok"),
        "child": ("OK", "left one"),
        "deaf": ("UNKNOWN", "no answer within 1 s"),
        "well": ("OK", "says 0"),
    }
    assert found["bytes"].state is State.CRITICAL
    assert len(found["perf"].result.figures) == 100


# A database that is full


@posix
async def test_with_a_full_database_checks_and_alerts_go_on_and_what_was_not_stored_is_stored_when_there_is_room(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    long = "l" * 200
    site.put("disk", body=f'read state < "{site.home}/disk.state"\necho "{long} $state"\nexit $state\n')
    async with running(site) as checks:
        check, store = await ran(checks, "disk"), site.store
        await fill_up(store)
        for state in (State.CRITICAL, State.WARNING, State.CRITICAL):
            site.set("disk", state)
            await run_again(checks, check)
        await until(lambda: site.told == [("disk", "CRITICAL"), ("disk", "WARNING"), ("disk", "CRITICAL")])
        assert [change.after for change in checks.recent(3)] == [2, 1, 2]
        stored = [record.getMessage() for record in caplog.records if "stored" in record.getMessage()]
        assert len(stored) == 1
        assert stored[0].startswith("states and changes of the checks are not stored: the disk is full")
        with pytest.raises(StoreError):
            await checks.acknowledge(check, "kim", "x" * 5000)
        assert check.ack_by == ""  # as they have been told

        await make_room(store)
        await until(lambda: "are stored again" in caplog.text)
        since = check.since
        kept = (await store.checks.all())["disk"]
        assert (kept.state, kept.since, kept.told) == (2, since, 2)
        assert [(change.before, change.after) for change in await checks.changes(9, "disk")] == [(1, 2), (2, 1), (0, 2)]


# A clock that jumps

YEAR = 365 * 86_400.0


async def test_a_clock_that_jumps_neither_stops_checks_nor_makes_changes(site: Site) -> None:
    site.put("disk")
    async with running(site) as checks:
        disk = await ran(checks, "disk")
        for ahead in (YEAR, -YEAR, 0.0, 3600.0, -20 * YEAR, 0.0):
            site.ahead = ahead
            before = disk.ran_at
            await until(lambda before=before: disk.ran_at != before)  # type: ignore[misc]  # of itself: by its interval
            assert (disk.state, disk.reading(site.clock()).state) == (State.OK, State.OK)
            assert checks.lasting(disk.since) >= 0
        assert site.told == []
        assert await checks.changes(9) == []


async def test_since_stays_what_it_was_when_the_clock_jumps_and_comes_back(site: Site) -> None:
    site.put("disk")
    async with running(site) as checks:
        disk = await ran(checks, "disk")
        site.set("disk", State.CRITICAL)
        await run_again(checks, disk)
        since = disk.since
        for ahead in (YEAR, -YEAR, 0.0):
            site.ahead = ahead
            checks.run_now(disk)
            before = disk.ran_at
            await until(lambda before=before: disk.ran_at != before)  # type: ignore[misc]
            assert disk.since == since
            assert report_of(disk, site.clock()).data["seconds"] >= 0
        assert checks.lasting(since) < HANG
        await until(lambda: site.told == [("disk", "CRITICAL")])


async def test_what_somebody_has_said_for_a_time_holds_no_longer_where_the_clock_is_put_back(site: Site) -> None:
    for name in ("disk", "load"):
        site.put(name)
        site.set(name, State.CRITICAL)
    site.ahead = YEAR
    async with running(site) as checks:
        await until(lambda: len(site.told) == 2)
        disk, load = await ran(checks, "disk"), await ran(checks, "load")
        await checks.acknowledge(disk, "ada", "on it", site.clock() + 3600)
        await checks.mute(load, site.clock() + 3600)
        site.set("load", State.WARNING)
        await run_again(checks, load)
        site.ahead = 0.0  # somebody has set it
        site.went_by = 3590.0
        await asyncio.sleep(2.5)  # longer than between two looks
        assert (disk.ack_by, len(site.told), load.muted_until > 0) == ("ada", 2, True)
        site.went_by = 3610.0
        await until(lambda: sorted(site.told[2:]) == [("disk", "CRITICAL"), ("load", "WARNING")])
        assert (disk.ack_by, load.muted_until) == ("", 0.0)


async def test_what_somebody_has_said_for_a_time_ends_where_the_clock_is_put_forward(site: Site) -> None:
    for name in ("disk", "load"):
        site.put(name)
        site.set(name, State.CRITICAL)
    async with running(site) as checks:
        await until(lambda: len(site.told) == 2)
        disk, load = await ran(checks, "disk"), await ran(checks, "load")
        await checks.acknowledge(disk, "ada", "on it", site.clock() + 3600)
        await checks.mute(load, site.clock() + 3600)
        site.set("load", State.WARNING)
        await run_again(checks, load)
        site.ahead = 7200.0
        await until(lambda: sorted(site.told[2:]) == [("disk", "CRITICAL"), ("load", "WARNING")])


async def test_what_needs_something_is_told_of_though_the_clock_was_put_back_since_that_was_well(site: Site) -> None:
    site.put("network")
    site.put("web", CheckConfig(interval=3600, retries=1, requires=("network",)))
    site.set("network", State.CRITICAL)
    site.ahead = YEAR
    async with running(site) as checks:
        network, web = await ran(checks, "network"), await ran(checks, "web")
        site.set("network", State.OK)
        await run_again(checks, network)
        await until(lambda: site.told == [("network", "CRITICAL"), ("network", "OK")])
        site.ahead = 0.0
        site.set("web", State.CRITICAL)
        checks.run_now(web)
        await until(lambda: site.told[2:] == [("web", "CRITICAL")])


async def test_quiet_hours_go_by_the_host_s_clock_wherever_it_jumps(site: Site) -> None:
    start = f"{time.strftime('%H', time.localtime(time.time() + 7200))}:00"
    end = f"{time.strftime('%H', time.localtime(time.time() + 3 * 7200))}:00"
    site.put("disk", CheckConfig(interval=60, retries=1, quiet=f"{start}-{end}"))
    async with running(site) as checks:
        disk = await ran(checks, "disk")
        site.ahead = 2 * 7200.0  # within them
        site.set("disk", State.CRITICAL)
        before = disk.ran_at
        checks.run_now(disk)
        await until(lambda: disk.ran_at > before)
        await asyncio.sleep(2.5)  # longer than between two looks
        assert site.told == []
        site.ahead = 0.0
        await until(lambda: site.told == [("disk", "CRITICAL")])


def test_what_is_in_the_folder_and_no_program_is_no_check(site: Site) -> None:
    for name in ("notes.txt", ".hidden.sh", "_lib.py"):
        (site.folder / name).write_text("")
    assert definitions({}, site.folder, site.home) == {}
    assert definitions({}, site.home / "none", site.home) == {}


# The host's own figures


def full(mount: str, percent: float) -> Disk:
    return Disk(mount, Usage(percent, 1, 2))


@asynccontextmanager
async def prepared(site: Site, config: HealthConfig) -> AsyncIterator[Checks]:
    """The checks of a site with the host's own figures, as they are before anything runs by itself."""
    site.host_checks = host_checks(config)
    async with Store.open(site.home / "members.db") as store:
        settings = CheckSettings(site.folder, site.home, site.configs, site.at_once, site.host_checks)
        checks = Checks(
            lambda: settings, Sources(lambda: site.host, site.services, lambda: None), store.checks, site.tell
        )
        await checks.prepare()
        yield checks


async def test_the_hosts_figures_are_checks_from_the_start_the_worst_first(site: Site) -> None:
    site.host = replace(site.host, cpu=85.0, disks=(full("/", 20), full("/data", 99)))
    async with prepared(site, HealthConfig()) as checks:
        assert [(one.name, one.state, one.value, one.limit) for one in readings(checks)] == [
            ("disk /data", State.CRITICAL, "99% of 2 B", "90/95%"),
            ("cpu", State.WARNING, "85% (2 cores)", "80/95%"),
            ("memory", State.OK, "50% of 2 B", "85/95%"),
            ("disk /", State.OK, "20% of 2 B", "90/95%"),
        ]
        assert checks.state() is State.CRITICAL
        assert [state for state, _ in checks.confirmed()] == [
            State.OK,
            State.OK,
        ]  # what is bad for a moment is nothing to tell of


async def test_a_figure_without_an_answer_is_unknown_and_the_rest_is_not(site: Site) -> None:
    site.host = replace(site.host, cpu=None, disks=(Disk("/", None),))
    async with prepared(site, HealthConfig()) as checks:
        assert {one.name: (one.state, one.value) for one in readings(checks)} == {
            "cpu": (State.UNKNOWN, "no figure"),
            "memory": (State.OK, "50% of 2 B"),
            "disk /": (State.UNKNOWN, "no answer"),
        }
        site.host = replace(site.host, disks=())
        await checks.prepare()
        assert [(one.name, one.state) for one in readings(checks) if one.name.startswith("disk")] == [
            ("disk", State.UNKNOWN)
        ]


async def test_a_figure_that_stays_bad_for_a_minute_is_told_and_so_is_its_recovery(site: Site) -> None:
    site.host = replace(site.host, disks=(full("/", 20),))
    async with prepared(site, HealthConfig(interval=30)) as checks:
        for cpu in (10, 99, 10, 99, 99, 99, 10, 99, 10, 10):
            site.host = replace(site.host, cpu=cpu)
            await checks.prepare()
        await until(lambda: site.told == [("cpu", "CRITICAL"), ("cpu", "OK")])
        assert [alert.text for alert in site.alerts] == ["99% (2 cores)", "10% (2 cores)"]


async def test_a_disk_that_is_gone_is_no_check_any_more_and_is_known_when_it_comes_back(site: Site) -> None:
    disks = (full("/", 20), full("/usb", 99))
    site.host = replace(site.host, disks=disks)
    async with prepared(site, HealthConfig(interval=60)) as checks:
        usb = checks.find("disk /usb")
        assert usb is not None
        await checks.acknowledge(usb, "kim", "is full by design")
        site.host = replace(site.host, disks=disks[:1])
        await checks.prepare()
        assert checks.find("disk /usb") is None
        site.host = replace(site.host, disks=disks)
        await checks.prepare()
        again = checks.find("disk /usb")
        assert again is not None
        assert again.ack_by == "kim"


async def test_a_table_of_a_figures_name_stands_in_its_place(site: Site) -> None:
    site.host = replace(site.host, disks=(full("/", 85), full("/data", 50)))
    site.configs = {"cpu": CheckConfig(enabled=False), "disk": CheckConfig(title="Space", critical="80", retries=1)}
    async with prepared(site, HealthConfig()) as checks:
        assert [(one.title, one.state) for one in readings(checks)] == [
            ("Space /", State.CRITICAL),
            ("memory", State.OK),
            ("Space /data", State.OK),
        ]
        await until(lambda: site.told == [("disk /", "CRITICAL")])


async def test_a_built_in_check_runs_beside_the_programs(site: Site) -> None:
    site.put("queue")
    site.configs["processors"] = CheckConfig(use="cpu", interval=1, retries=1, critical="50")
    async with running(site) as checks:
        await ran(checks, "queue")
        check = await ran(checks, "processors")
        assert check.state is State.OK
        site.host = replace(site.host, cpu=90.0)
        await until(lambda: site.told == [("processors", "CRITICAL")])


async def test_a_check_that_fails_inside_the_daemon_is_unknown_and_ends_no_other(site: Site) -> None:
    site.put("queue")
    site.configs["broken"] = CheckConfig(use="service", target="ssh", interval=1)

    async def broken() -> tuple[Service, ...] | None:
        message = "a bug"
        raise LookupError(message)

    site.services = broken  # type: ignore[method-assign]  # as nothing does that is not a bug
    async with running(site) as checks:
        check = await ran(checks, "broken")
        assert (check.state, check.result.text) == (State.UNKNOWN, "it failed in the daemon; the log says why")
        assert (await ran(checks, "queue")).state is State.OK


@posix
async def test_limits_of_the_config_judge_what_a_program_measures(site: Site) -> None:
    site.configs["queue"] = CheckConfig(
        command=("/bin/sh", "-c", "echo '7 wait | age=3s waiting=7'"), figure="waiting", warning="5"
    )
    async with running(site) as checks:
        check = await ran(checks, "queue")
        assert (check.state, check.reading(0.0).limit) == (State.WARNING, "5/-")


async def test_that_a_check_flaps_is_told_once(site: Site) -> None:
    site.put("web", CheckConfig(interval=3600, retries=1))
    async with running(site) as checks:
        web = await ran(checks, "web")
        for number in range(40):
            site.set("web", State.CRITICAL if number % 2 else State.OK)
            await run_again(checks, web)
        assert web.track.flapping
        await until(
            lambda: (
                [alert.note for alert in site.alerts].count("it changes all the time; no more of it until it rests")
                == 1
            )
        )
        assert site.alerts[-1].note


async def test_checks_that_need_each_other_or_themselves_are_told_of_all_the_same(site: Site) -> None:
    for name, requires in (("a", "b"), ("b", "a"), ("c", "c"), ("d", "nobody")):
        site.put(name, CheckConfig(interval=3600, retries=1, requires=(requires,)))
    async with running(site) as checks:
        for name in "abcd":
            check = await ran(checks, name)
            site.set(name, State.CRITICAL)
            await run_again(checks, check)
        await until(lambda: sorted(site.told) == [(name, "CRITICAL") for name in "abcd"])
