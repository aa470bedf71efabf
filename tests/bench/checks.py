"""Sites full of checks, and what runs the same programs without sttelnet: a loop of the shell."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

from sttelnet.control import Request, ask
from sttelnet.role import Role
from sttelnet.store import Entry, NewMember, Store
from tests.bench.loops import ASYNCIO
from tests.bench.people import Person
from tests.bench.process import Subject, python
from tests.bench.subjects import OURS

REPOSITORY: Final = Path(__file__).parents[2]
TRUE: Final = shutil.which("true") or "true"
ECHO: Final = shutil.which("echo") or "echo"
_CONFIG: Final = """\
[server]
listen = ["127.0.0.1"]
port = 0
max_sessions = 20000
idle_timeout = 3600
"""
_CHECK: Final = """\
[checks.{name}]
command = [{command}]
interval = {interval}
retry_interval = {interval}
retries = 1
"""
_OPERATORS: Final = '''\
"""The bench's handlers."""


import asyncio


async def BenchOperator(client, data):
    """Be one of the operators there are; "late 3" tells how late the loop wakes who sleeps, at worst in 3 seconds."""
    word, _, seconds = data.partition(" ")
    if word == "late":
        client.send(f"late by {await _late(float(seconds)):.6f} s\\n")
    else:
        client.member = await client.services.members.get(data)
        client.send(f"hello {data}\\n")
    return "repeat"


async def _late(seconds):
    loop, worst = asyncio.get_running_loop(), 0.0
    end = loop.time() + seconds
    while (began := loop.time()) < end:
        await asyncio.sleep(0.001)
        worst = max(worst, loop.time() - began - 0.001)
    return worst
'''


def check_site(folder: Path, count: int, interval: float) -> Subject:
    """Return a daemon with the shipped pages and so many checks that do nothing."""
    checks = "".join(_CHECK.format(name=f"c{at}", command=f'"{TRUE}"', interval=interval) for at in range(count))
    shutil.copytree(REPOSITORY / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("checks"))
    return _subject(folder, checks)


async def operator_site(folder: Path, count: int, stamp: Path) -> Subject:
    """Return a daemon with so many operators in its database, and a check that fails once `stamp` is there.

    The check writes into `stamp` when it first ended so, in nanoseconds since 1970.
    """
    _write_scripts(folder)
    program = f"[ -e {stamp} ] || exit 0; echo broken; [ -s {stamp} ] || date +%s%N > {stamp}; exit 2"
    subject = _subject(folder, _CHECK.format(name="disk", command=f'"/bin/sh", "-c", "{program}"', interval=1))
    async with Store.open(folder / "sttelnet.db") as store:
        for at in range(count):
            await store.members.add(
                NewMember(f"op{at}", Role.OPERATOR, "none", 0.0), Entry(0.0, "registered", f"op{at}", "", "")
            )
    return subject


def scraped_site(folder: Path, count: int, values: int, port: int) -> Subject:
    """Return a daemon with so many checks of so many values each, and a port for HTTP."""
    _write_scripts(folder)
    figures = " ".join(f"v{at}={at};80;90;0;100" for at in range(values))
    command = f'"{ECHO}", "OK - fine | {figures}"'
    checks = "".join(_CHECK.format(name=f"c{at}", command=command, interval=3600) for at in range(count))
    return _subject(folder, f"[http]\nport = {port}\n{checks}")


def shell_loop(runs: int) -> tuple[str, ...]:
    """Return a shell that runs the same program so often, one after the other."""
    return ("/bin/sh", "-c", f"i=0; while [ $i -lt {runs} ]; do {TRUE}; i=$((i+1)); done")


@contextlib.asynccontextmanager
async def late_within(person: Person, seconds: float) -> AsyncIterator[list[float]]:
    """Have the loop of such a site watched for so many seconds; afterwards the list has how late it was at worst."""
    late: list[float] = []
    person.text.clear()
    person.send(b"late %g\r\0" % seconds)
    await asyncio.sleep(0.1)
    yield late
    await person.until(b" s\r\n")
    late.append(float(bytes(person.text).rpartition(b"late by ")[2].split()[0]))


async def watched(folder: Path) -> list[dict[str, Any]]:
    """Return what the daemon says of its checks."""
    response = await asyncio.to_thread(ask, folder, Request("health"))
    found: list[dict[str, Any]] = response.data["watched"]
    return found


def _write_scripts(folder: Path) -> None:
    (folder / "scripts").mkdir(parents=True)
    (folder / "scripts" / "root.txt").write_text(
        'bench\n{% page:Prompt("> "); set:BenchOperator %}\n', encoding="utf-8"
    )
    (folder / "scripts" / "bench.py").write_text(_OPERATORS, encoding="utf-8")


def _subject(folder: Path, checks: str) -> Subject:
    folder.mkdir(parents=True, exist_ok=True)
    (config := folder / "config.toml").write_text(_CONFIG + checks, encoding="utf-8")
    return Subject(OURS, ASYNCIO, python("-m", "sttelnet", "serve", "--config", str(config)))
