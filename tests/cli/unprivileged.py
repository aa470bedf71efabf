"""Running the daemon as an account that may do nothing beyond its own folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import environment

NOBODY = 65534


def _options() -> dict[str, Any]:
    """Return what makes a process nobody's; nothing where the tests run without rights already."""
    if sys.platform == "win32":
        pytest.skip("Windows has no accounts of this kind")
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.getuid() == 0 else {}


@cache
def _python() -> str:
    """Return a Python of this version that nobody may start: this one may stand in root's home."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for python in (sys.executable, shutil.which(name, path="/usr/bin:/usr/local/bin")):
        if python is None:
            continue
        try:
            done = subprocess.run(
                [python, "-c", "import sttelnet.server"],
                env=_environment(),
                cwd="/",
                timeout=60,
                check=False,
                capture_output=True,
                **_options(),
            )
        except PermissionError:
            continue
        if done.returncode == 0:
            return python
    # Where the checkout and the Pythons stand is the host's affair, not something that could be installed.
    pytest.skip(f"there is no {name} that an account without rights may start")


def _environment() -> dict[str, str]:
    kept = environment()
    path = os.pathsep.join([kept["PYTHONPATH"], *filter(None, sys.path)])
    return {**kept, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/nonexistent"}


@contextmanager
def folder_of_nobody() -> Iterator[Path]:
    """Make a folder that is that account's; pytest's own is closed to others."""
    with tempfile.TemporaryDirectory(prefix="sttelnet-test-") as name:
        yield Path(name)


def hand_over(folder: Path, *, mode: int = 0o700, files: int = 0o600) -> None:
    """Give a folder and all in it to that account."""
    owner = _options().get("user")
    for path in (folder, *folder.rglob("*")):
        if sys.platform != "win32" and owner is not None:
            os.chown(path, owner, owner)
        path.chmod(mode if path.is_dir() else files)


def with_port_right(*arguments: str) -> tuple[list[str], dict[str, Any]]:
    """Do as `as_nobody`, with the one right that the unit for systemd gives where the port is below 1024."""
    setpriv = shutil.which("setpriv")
    if setpriv is None or sys.platform == "win32" or os.getuid() != 0:
        pytest.skip("only root can give a right away, and with setpriv")
    words, options = as_nobody(*arguments)
    right = "+net_bind_service"
    caps = (
        f"--bounding-set=-all,{right}",
        f"--inh-caps=-all,{right}",
        f"--ambient-caps=-all,{right}",
        "--no-new-privs",
    )
    account = (f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    return [setpriv, *account, *caps, *words], {"env": options["env"], "cwd": "/"}


def as_nobody(*arguments: str) -> tuple[list[str], dict[str, Any]]:
    """Return the words that run `sttelnet` so, and the options of the process."""
    return [_python(), "-m", "sttelnet", *arguments], {"env": _environment(), "cwd": "/", **_options()}


def printed_by_nobody(code: str, *arguments: str) -> str:
    """Run code of Python so; return what it prints."""
    words = [_python(), "-c", code, *arguments]
    done = subprocess.run(
        words, env=_environment(), cwd="/", timeout=60, check=False, capture_output=True, **_options()
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout, "utf-8")
