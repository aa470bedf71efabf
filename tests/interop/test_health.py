"""A service breaks and is well again, with real processes: page, prompt, command line, metrics and dialect agree."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import SO_REUSEADDR, SOL_SOCKET, socket

import pytest

from sttelnet.config import MembersConfig
from sttelnet.health import State
from sttelnet.members import Members
from sttelnet.passwords import Cost, Passwords
from sttelnet.role import Role
from sttelnet.store import Store
from tests.cli.running import PATIENCE as PROGRAM_PATIENCE
from tests.cli.running import command, environment
from tests.daemon import PATIENCE, Peer, call, free_port
from tests.interop.test_clients import CLIENTS, Window, need, window
from tests.interop.test_plugins import plugin
from tests.program import Program, program_on
from tests.server.test_http import get, samples
from tests.session.test_administration import WORD, log_in, on_root, sees, to

if sys.platform == "win32":
    pytest.skip("monitoring-plugins are programs of POSIX", allow_module_level=True)

pytestmark = pytest.mark.interop
SCRIPTS = Path(__file__).parents[2] / "scripts"
HANG = 45.0  # seconds; an interval is one
STAFF = {"ops": Role.OPERATOR, "boss": Role.ADMIN}
CHECKS = ("clock", "door", "load", "procs", "space", "web")

CONFIG = """\
[server]
listen = ["127.0.0.1"]
port = 0
trusted_loopback = {trusted}

[http]
port = {http}

[health]
cpu = {{warning = 100, critical = 100}}     # the tests' own load is no matter
memory = {{warning = 100, critical = 100}}
disk = {{warning = 100, critical = 100}}

[checks.space]
command = ["{plugins}/check_disk", "-w", "1%", "-c", "0%", "-p", "/"]
[checks.load]
command = ["{plugins}/check_load", "-w", "900,900,900", "-c", "999,999,999"]
[checks.procs]
command = ["{plugins}/check_procs", "-w", "1:90000", "-c", "1:99999"]
[checks.door]
command = ["{plugins}/check_tcp", "-H", "127.0.0.1", "-p", "{web}"]
[checks.web]   # scripts/checks/web.sh
[checks.clock] # scripts/checks/clock.py, which ships
"""
QUICK = "interval = 1\nretry_interval = 1\nretries = 1\n"


class Web:
    """A web server that can be stopped; its port stays its own."""

    def __init__(self) -> None:
        self._claim = self._bound(0)  # bound, and nobody listens: who connects is refused
        self.port: int = self._claim.getsockname()[1]
        self._server: asyncio.Server | None = None

    @staticmethod
    def _bound(port: int) -> socket:
        bound = socket()
        bound.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        return bound

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._answer, sock=self._bound(self.port))

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._server = None

    async def close(self) -> None:
        await self.stop()
        self._claim.close()

    @staticmethod
    async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                if await reader.readline():
                    writer.write(b"HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")
                    await writer.drain()
        except OSError:
            pass  # check_tcp hangs up without a word
        finally:
            writer.close()


@dataclass
class House:
    """A site with its web server, and the daemon that serves it."""

    folder: Path
    web: Web
    http: int
    process: asyncio.subprocess.Process | None = None
    port: int = 0

    def write_config(self, *, trusted: bool = True) -> None:
        plugins = Path(plugin("check_disk")).parent
        text = CONFIG.format(trusted=str(trusted).lower(), http=self.http, plugins=plugins, web=self.web.port)
        (self.folder / "config.toml").write_text(re.sub(r"(?m)^(\[checks\..*)$", rf"\1\n{QUICK}", text))

    async def start(self) -> None:
        """Start the daemon and wait until it is ready."""
        with (self.folder / "log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command("serve", "--config", str(self.folder / "config.toml")),
                cwd=self.folder,
                env=environment(),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        assert self.process.stdout is not None
        said = ""
        async with asyncio.timeout(PROGRAM_PATIENCE):
            while not said.endswith("\n") or not said.splitlines()[-1].startswith("ready"):
                line = (await self.process.stdout.readline()).decode()
                assert line, said + (self.folder / "log").read_text()
                said += line
        found = re.search(r"listening telnet\s+127\.0\.0\.1:(\d+)", said)
        assert found, said
        self.port = int(found[1])

    async def end(self, number: int = signal.SIGKILL) -> None:
        """End it as if the power had failed, or by another signal."""
        assert self.process is not None
        if self.process.returncode is None:
            self.process.send_signal(number)
        async with asyncio.timeout(PROGRAM_PATIENCE):
            await self.process.communicate()

    async def run(self, *arguments: str) -> tuple[int, str]:
        """Run `sttelnet` on this site; return its exit status and what it printed."""
        process = await asyncio.create_subprocess_exec(
            *command(*arguments), cwd=self.folder, env=environment(), stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(PROGRAM_PATIENCE):
            output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode()

    async def metrics(self) -> dict[tuple[str, str], float]:
        return samples((await get(self.http, "/metrics"))[2])

    async def metric(self, name: str, check: str = "web") -> float | None:
        return (await self.metrics()).get((f"sttelnet_check_{name}", check))

    async def since(self) -> int:
        """Return the second in which the state of the web server began."""
        found = await self.metric("since_seconds")
        assert found
        return int(found)

    async def ran_again(self) -> None:
        """Wait until the web server has been looked at twice more."""
        for _ in range(2):
            before = await self.metric("last_run_timestamp_seconds") or 0.0
            await until(partial(self._ran_since, before))

    async def _ran_since(self, before: float) -> bool:
        return (await self.metric("last_run_timestamp_seconds") or 0.0) > before


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(HANG):
        while not await holds():
            await asyncio.sleep(0.05)


async def with_members(folder: Path) -> None:
    passwords = Passwords(Cost(memory=8, passes=1))
    async with Store.open(folder / "sttelnet.db") as store:
        members = Members(store, passwords, MembersConfig(), all_loopback=True)
        for name, role in STAFF.items():
            await members.register(name, WORD, "127.0.0.1")
            await members.set_role(name, role)
    passwords.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    need("tmux", "telnet")
    web = Web()
    house = House(tmp_path, web, free_port())
    house.write_config()
    shutil.copytree(SCRIPTS, tmp_path / "scripts")
    check_http = f"#!/bin/sh\nexec {plugin('check_http')} -H 127.0.0.1 -p {web.port}\n"
    (tmp_path / "scripts" / "checks" / "web.sh").write_text(check_http)
    await with_members(tmp_path)
    await web.start()
    try:
        await house.start()
        yield house
    finally:
        if house.process is not None:
            await house.end()
        await web.close()


@asynccontextmanager
async def operator(house: House) -> AsyncIterator[Window]:
    """An operator, logged in by a real telnet."""
    async with window(CLIENTS["telnet"].format(house.port)) as ops:
        await ops.until("Your choice:")
        await ops.type("l")
        await ops.until("LOG IN")
        await ops.type("ops", "Enter")
        await asyncio.sleep(0.2)
        await ops.type(WORD, "Enter")
        await ops.until("Welcome, ops.")
        yield ops


@asynccontextmanager
async def guest_on_health(house: House) -> AsyncIterator[Peer]:
    async with call(house.port, size=(80, 40)) as guest:
        await on_root(guest)
        await to(guest, "h", " HEALTH ")
        yield guest


@asynccontextmanager
async def calling(house: House) -> AsyncIterator[Program]:
    """A program on a bare socket, in the dialect."""
    async with program_on(house.port) as caller:
        assert (await caller.begin()).words == "sttelnet"
        yield caller


async def everywhere(house: House, guest: Peer, caller: Program, state: State) -> None:
    """Wait until all tell the state of the web server, and none of them tells another one afterwards."""
    name, number = state.word, int(state)
    await until(lambda: tells(house, state))
    await until(lambda: tells(house, state, "door"))
    await guest.until(lambda peer: all(re.search(rf"\b{name} +{it} ", peer.shown()) for it in ("web", "door")))
    assert re.search(rf" HEALTH +{name} ", guest.shown())

    status, said = await house.run("health")
    assert (status, said.split(" - ")[0]) == (number, f"HEALTH {name}")
    assert [line for line in said.splitlines() if line.startswith(f"{name:<8} web: ")]
    status, of_web = await house.run("health", "web")
    assert (status, of_web.startswith("HTTP OK")) == (number, state is State.OK)
    status, told = await house.run("health", "web", "--json")
    assert (status, json.loads(told)["state"], json.loads(told)["confirmed"]) == (number, name, True)

    metrics = await house.metrics()
    assert metrics["sttelnet_check_state", "web"] == metrics["sttelnet_health_state", ""] == number
    for path in ("/healthz", "/healthz/web"):
        status, _, document = await get(house.http, path)
        assert (status, json.loads(document)["checks"]["web"][0]["state"]) == (503 if number == 2 else 200, name)

    page = await caller.ask("/exec health")
    assert (page.code, page.words) == (0, "Health")
    assert re.search(rf"(?m)^{name} +web: ", page.body)
    assert (await caller.ask("/health web")).code == number


async def tells(house: House, state: State, check: str = "web") -> bool:
    return await house.metric("state", check) == int(state)


async def test_all_is_well_and_each_plugin_is_read_whole(house: House) -> None:
    async with guest_on_health(house) as guest, calling(house) as caller:
        await everywhere(house, guest, caller, State.OK)
        for check in CHECKS:
            await until(partial(tells, house, State.OK, check))
        status, said = await house.run("health")
        assert status == 0
        for label in ("space::/", "load::load1", "procs", "door::time", "web::time", "clock::days"):
            assert f"'{label}'=" in said.splitlines()[0]
        await sees(guest, "OK       space", "OK       clock")


async def test_what_breaks_is_told_everywhere_acknowledged_and_muted_and_so_is_recovery(house: House) -> None:
    async with guest_on_health(house) as guest, calling(house) as caller, operator(house) as ops:
        await everywhere(house, guest, caller, State.OK)
        await ops.type("/msg boss half a wo")
        await ops.until("/msg boss half a wo")

        await house.web.stop()
        screen = await ops.until(
            lambda screen: all(f"HEALTH: CRITICAL {it} (was OK)" in screen for it in ("web", "door"))
        )
        assert screen.splitlines()[-1].endswith("/msg boss half a wo")
        await everywhere(house, guest, caller, State.CRITICAL)
        await ops.type("rd", "Enter")
        await ops.until("boss is not on: your message will be delivered at the next log-in.")

        await ops.type("/ack web fixing it", "Enter")
        await ops.until("web is known to you; nobody is told of it until it is OK.")
        await ops.type("/mute door 1h", "Enter")
        await ops.until("door is muted for 1h.")
        await guest.until(lambda peer: "(ops) " in peer.shown() and "(muted) " in peer.shown())
        assert (await house.metric("acknowledged"), await house.metric("muted", "door")) == (1, 1)
        assert '"known_to": "ops"' in (await caller.ask("/health web --json")).body

        await house.web.start()
        await ops.until("HEALTH: OK web (was CRITICAL): HTTP OK")
        await everywhere(house, guest, caller, State.OK)
        assert (await house.metric("acknowledged"), await house.metric("muted", "door")) == (0, 1)
        assert "HEALTH: OK door" not in await ops.shown()
        await ops.type("/mute door off", "Enter")
        await ops.until("HEALTH: OK door (was CRITICAL): TCP OK")  # it was owed


async def test_state_since_acknowledgement_changes_and_graph_survive_a_kill_and_nobody_is_told_twice(
    house: House,
) -> None:
    await until(lambda: tells(house, State.OK))
    await until(lambda: measured(house))
    await house.web.stop()
    async with operator(house) as ops:
        await until(lambda: tells(house, State.CRITICAL))
        await ops.until("HEALTH: CRITICAL web (was OK)")
        await ops.type("/ack web a new one is ordered", "Enter")
        await ops.until("web is known to you")
        await ops.type("/mute door 1h", "Enter")
        await ops.until("door is muted for 1h.")
        since = await house.since()
        await house.end(signal.SIGKILL)

    await house.start()
    assert await tells(house, State.CRITICAL)  # also before it has run
    async with operator(house) as ops, guest_on_health(house) as guest, call(house.port) as boss:
        await ops.until("Health: CRITICAL 1 - since")  # the other one is muted
        await house.ran_again()
        assert (await house.since(), await tells(house, State.CRITICAL)) == (since, True)
        assert (await house.metric("acknowledged"), await house.metric("muted", "door")) == (1, 1)
        await ops.type("/messages", "Enter")
        assert (await ops.until("Enter returns")).count("HEALTH: CRITICAL web") == 1
        await ops.type("Enter", "/ack", "Enter")
        await ops.until(lambda screen: re.search(r"web +known to ops: a new one is ordered", screen) is not None)
        await log_in(boss, "boss")
        await boss.line("/messages")
        await sees(boss, "Enter returns")
        assert boss.shown().count("HEALTH: CRITICAL web (was OK)") == 1

        await sees(guest, "web OK -> CRITICAL")
        await to(guest, "v", "VIEW A CHECK")
        await guest.line("web")
        await sees(guest, "Known     to ops: a new one is ordered", "OK -> CRITICAL")
        graph = guest.shown().partition("web: time, 1h")[2]
        assert re.search("[\u2591\u2593\u2588\u2584\u2581]", graph), guest.shown()  # of before: it measures nothing now


async def measured(house: House) -> bool:
    """Whether what the web server's check has measured is in the database."""
    with closing(sqlite3.connect(house.folder / "sttelnet.db")) as database:
        sql = "SELECT count(*) FROM history_values JOIN history_series ON id = series WHERE check_name = 'web'"
        return bool(database.execute(sql).fetchone()[0])


async def is_refused(port: int, path: str) -> bool:
    return (await get(port, path))[0] == 403


async def test_a_guest_from_elsewhere_sees_the_state_s_word_and_nothing_else(house: House) -> None:
    await house.web.stop()
    await until(lambda: tells(house, State.CRITICAL))
    house.write_config(trusted=False)
    assert house.process is not None
    house.process.send_signal(signal.SIGHUP)
    await until(lambda: is_refused(house.http, "/metrics"))
    status, _, document = await get(house.http, "/healthz")
    assert (status, json.loads(document)) == (503, {"status": "fail"})
    async with guest_on_health(house) as guest, calling(house) as caller:
        await sees(guest, "CRITICAL")
        page = await caller.ask("/exec health")
        assert page.code == 0
        assert "CRITICAL" in page.body
        for text in (guest.shown(), page.body):
            assert not re.search(r"\bweb\b|\bdoor\b|refused|\d%|OK ->|space", text), text
        assert await house.run("health", "--host", "127.0.0.1", "--port", str(house.port)) == (2, "HEALTH CRITICAL\n")
        status, said = await house.run("health", "web", "--host", "127.0.0.1", "--port", str(house.port))
        assert status == 3
        assert "refused" not in said
        assert (await caller.ask("/health web")).code == 22
