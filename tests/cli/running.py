"""Running the command line: in this process, or as a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import sttelnet

PATIENCE = 30.0  # seconds until a program counts as hung
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
