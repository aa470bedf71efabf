"""`sttelnet health`: how the host is, by exit status."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from sttelnet.cli import main
from sttelnet.config import CheckConfig
from sttelnet.health.plugin import read_result
from sttelnet.health.states import State
from tests.cli.running import environment, program
from tests.daemon import config_with, daemon

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of sh")
ROOT = {"root": "hello"}
BROKEN = 'echo "queue is long | waiting=12;10;20"\necho oldest 3 min\nexit 2\n'


class Console:
    """`sttelnet health …` on one site, and what it printed last."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder, self._capsys = folder, capsys
        self.out = self.err = ""

    async def __call__(self, *arguments: str) -> int:
        status = await asyncio.to_thread(main, ["health", *arguments, "--data", str(self._folder)])
        self.out, self.err = self._capsys.readouterr()
        return status


@pytest.fixture
def health(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(tmp_path, capsys)


async def until_run(health: Console, name: str, status: int) -> None:
    async with asyncio.timeout(15):
        while await health(name) != status:
            await asyncio.sleep(0.05)


async def test_the_state_is_the_exit_status_and_the_line_a_plugin_s(tmp_path: Path, health: Console) -> None:
    checks = {"queue": CheckConfig(interval=1, retries=1)}
    config = msgspec.structs.replace(config_with(), checks=checks)
    async with daemon(tmp_path, {**ROOT, "checks/queue.sh": BROKEN}, config):
        await until_run(health, "queue", 2)
        assert health.out == "queue is long | 'waiting'=12;10;20\noldest 3 min\n"
        assert await health() == 2
        line, *rows = health.out.splitlines()
        assert line.startswith("HEALTH CRITICAL - CRITICAL ")
        assert "queue: queue is long" in line
        result = read_result(2, line.encode())
        assert result.state is State.CRITICAL
        assert result.broken == ()
        assert {"cpu", "memory", "queue::waiting"} <= {figure.label for figure in result.figures}
        assert any(row.startswith("CRITICAL queue: queue is long, for ") for row in rows)
        assert await health("--json") == 2
        told = json.loads(health.out)
        assert told["state"] == "CRITICAL"
        assert ("queue", "CRITICAL") in [(one["name"], one["state"]) for one in told["watched"]]


async def test_one_thing_that_is_watched_and_is_no_check_is_told_too(tmp_path: Path, health: Console) -> None:
    async with daemon(tmp_path, ROOT):
        assert await health("memory") in {0, 1, 2}
        assert health.out.startswith("MEMORY ")
        assert "'memory'=" in health.out
        assert await health("memroy") == 3
        assert 'nothing called "memroy" is watched here (did you mean "memory"?)' in health.out


async def test_whatever_keeps_us_from_knowing_is_unknown(health: Console) -> None:
    assert await health() == 3
    assert health.out.startswith("HEALTH UNKNOWN - no daemon runs with its data in")
    assert await health("--nonsense") == 3
    assert await health("a", "b") == 3
    assert await health("--help") == 0
    assert await health("--config", "none.toml") == 3


def test_it_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from sttelnet.cli import main; main(['health']);"
        " print(sorted({'asyncio', 'psutil', 'telnetlib3', 'aiosqlite', 'argon2'} & set(sys.modules)))"
    )
    (tmp_path / "run.py").write_text(code)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr


def test_it_is_a_program(tmp_path: Path) -> None:
    done = program("health", cwd=tmp_path)
    assert (done.returncode, done.stdout[:16]) == (3, "HEALTH UNKNOWN -")
