"""Running the command line: in this process, or as a program of its own."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import sttelnet

PATIENCE = 30.0  # seconds until a program counts as hung
HERE = '[server]\nlisten = ["127.0.0.1"]\nport = 0\n'
PACKAGE_PARENT = str(Path(sttelnet.__file__).parent.parent)


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return an environment in which `python -m sttelnet` is the one under test, with none of its variables set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STTELNET_")}
    return {**kept, "PYTHONPATH": PACKAGE_PARENT, "PYTHONUTF8": "1", **(extra or {})}


def command(*arguments: str) -> list[str]:
    """Return the words that run `sttelnet` with this Python."""
    return [sys.executable, "-m", "sttelnet", *arguments]


def program(*arguments: str, cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run `sttelnet` to its end."""
    return subprocess.run(
        command(*arguments),
        cwd=cwd,
        env=environment(),
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


def write_site(folder: Path, scripts: Mapping[str, str], config: str = "") -> Path:
    """Write a site: scripts by keyword (modules by name with suffix), and config.toml; return its folder."""
    for name, text in scripts.items():
        path = folder / "scripts" / (name if name.endswith(".py") else f"{name}.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "config.toml").write_text(config, encoding="utf-8")
    return folder


@asynccontextmanager
async def serving(
    *arguments: str, cwd: Path, extra: Mapping[str, str] | None = None, **options: Any
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the daemon as a program until the block ends; `options` are the process'."""
    running = await asyncio.create_subprocess_exec(
        *command(*arguments),
        cwd=cwd,
        env=environment(extra),
        **{"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.PIPE, **options},
    )
    try:
        yield running
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def lines_until(running: asyncio.subprocess.Process, word: str, *, log: bool = False) -> list[str]:
    """Return what the daemon prints (or logs), up to the line with a word in it."""
    stream = running.stderr if log else running.stdout
    assert stream is not None
    lines: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while not lines or word not in lines[-1]:
            line = await stream.readline()
            if not line:
                assert running.stderr is not None
                raise AssertionError(f"{lines} and then {(await running.stderr.read()).decode()}")
            lines.append(line.decode().rstrip("\r\n"))
    return lines


def port_of(lines: list[str]) -> int:
    """Return the port the start has named."""
    return int(lines[-1].partition("telnet localhost ")[2].split()[0])
