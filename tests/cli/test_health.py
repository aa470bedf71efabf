"""`sttelnet health`: how the host is, by exit status."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from sttelnet.cli import main
from sttelnet.config import CheckConfig
from sttelnet.health.plugin import read_result
from sttelnet.health.states import State
from tests.cli.running import environment, program
from tests.daemon import config_with, daemon

ROOT = {"root": "hello"}
BROKEN = 'print("queue is long | waiting=12;10;20")\nprint("oldest 3 min")\nraise SystemExit(2)\n'


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
    async with daemon(tmp_path, {**ROOT, "checks/queue.py": BROKEN}, config):
        await until_run(health, "queue", 2)
        assert health.out == "queue is long | 'waiting'=12;10;20\noldest 3 min\n"
        assert await health() == 2
        line, *rows = health.out.splitlines()
        assert line.startswith("HEALTH CRITICAL - CRITICAL ")
        assert "queue: queue is long" in line
        result = read_result(2, line.encode())
        assert result.state is State.CRITICAL
        assert result.broken == ()
        assert {"cpu", "memory::used", "queue::waiting"} <= {figure.label for figure in result.figures}
        assert any(row.startswith("CRITICAL queue: queue is long, for ") for row in rows)
        assert await health("--json") == 2
        told = json.loads(health.out)
        assert told["state"] == "CRITICAL"
        assert ("queue", "CRITICAL") in [(one["name"], one["state"]) for one in told["watched"]]


async def test_a_built_in_check_is_told_as_a_plugin_would_tell_it(tmp_path: Path, health: Console) -> None:
    async with daemon(tmp_path, ROOT):
        assert await health("memory") in {0, 1, 2}
        assert health.out.startswith("MEMORY ")
        assert "'used'=" in health.out
        assert await health("memroy") == 3
        assert 'nothing called "memroy" is watched here (did you mean "memory"?)' in health.out


async def test_whatever_keeps_us_from_knowing_is_unknown(health: Console) -> None:
    assert await health() == 3
    assert health.out.startswith("HEALTH UNKNOWN - no daemon runs with its data in")
    assert health.out.count("\n") == 1
    assert await health("--help") == 0


WRONG_USAGE = [
    (["health", "--bogus"], "unrecognized arguments: --bogus"),
    (["health", "--jsno"], 'unrecognized arguments: --jsno (did you mean "--json"?)'),
    (["health", "a", "b"], "unrecognized arguments: b"),
    (["health", "--config"], "argument --config: expected one argument"),
    (["health", "--json=yes"], "argument --json: ignored explicit argument 'yes'"),
    (["health", "--config", "nowhere"], "nowhere: no such file (`sttelnet init DIR` writes one)"),
    (["health", "--config", "a|b\n\x1b[2Jc"], "a/b; ?[2Jc: no such file (`sttelnet init DIR` writes one)"),
    (["--config", "x", "health"], "the command comes first: sttelnet health …"),
    (["--json", "health", "queue"], "the command comes first: sttelnet health …"),
    (["--help", "health"], "the command comes first: sttelnet health …"),
    (["--version", "health"], "--version stands alone, or with --verbose"),
    (["helth", "health"], "unknown command 'helth' (did you mean \"health\"?)"),
]


@pytest.mark.parametrize(("arguments", "reason"), WRONG_USAGE, ids=[" ".join(words) for words, _ in WRONG_USAGE])
def test_wrong_usage_is_unknown_in_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 3
    out, err = capsys.readouterr()
    assert out.startswith(f"HEALTH UNKNOWN - {reason}")
    assert out.endswith("\n")
    assert out.count("\n") == 1
    assert "|" not in out
    assert err == ""


def test_a_config_with_faults_is_unknown_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text("[server]\nprot = 1\nport = -1\n", encoding="utf-8")
    assert main(["health", "--config", str(tmp_path)]) == 3
    out, _ = capsys.readouterr()
    assert out.startswith("HEALTH UNKNOWN - ")
    assert "config.toml:2: " in out
    assert "; " in out
    assert out.count("\n") == 1


def test_a_fault_of_our_own_is_unknown_with_its_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sttelnet.cli.health.find_site", lambda _: 1 / 0)
    assert main(["health"]) == 3
    out, err = capsys.readouterr()
    assert out == "HEALTH UNKNOWN - ZeroDivisionError: division by zero\n"
    assert "Traceback" in err


def test_another_command_s_usage_is_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "health"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err


HEAVY = "asyncio", "psutil", "telnetlib3", "aiosqlite", "sqlite3", "argon2", "ssl", "wcwidth", "prometheus_client"


@pytest.mark.parametrize("config", ["", '[server]\nname = "web-01"\n[checks.queue]\ninterval = 5\n'])
def test_it_loads_nothing_heavy(tmp_path: Path, config: str) -> None:
    code = (
        "import sys; from sttelnet.cli import main; main(['health']);"
        f" print(sorted({{'sttelnet.cli.health', 'sttelnet.script', 'sttelnet.server', *{HEAVY}}} & set(sys.modules)))"
    )
    (tmp_path / "run.py").write_text(code)
    (tmp_path / "config.toml").write_text(config, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "['sttelnet.cli.health']", done.stderr


def test_it_is_a_program(tmp_path: Path) -> None:
    done = program("health", cwd=tmp_path)
    assert (done.returncode, done.stdout[:16]) == (3, "HEALTH UNKNOWN -")


async def test_the_texts_of_checks_are_no_performance_data(tmp_path: Path, health: Console) -> None:
    async with daemon(tmp_path, ROOT) as server:
        check = server.checks.find("memory")
        assert check is not None
        told = replace(check.result, text="SSH-2 | 'evil'=1", further="more | 'evil'=1%\n| 'evil'=2")
        for name in ([], ["memory"]):
            check.result = told
            await health(*name)
            assert "evil" not in {figure.label for figure in read_result(0, health.out.encode()).figures}
            assert "evil" in health.out
