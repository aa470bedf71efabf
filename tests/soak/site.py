"""The daemon under test: the tree that ships, in a process of its own, with a log that is looked at."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from sttelnet.members import Refusal
from sttelnet.server import Server
from tests.bench.load import LoadError
from tests.bench.loops import ASYNCIO
from tests.bench.process import CHECKOUT, Subject, python
from tests.bench.subjects import OURS
from tests.soak.finding import CannotTryError

_CONFIG: Final = """\
[server]
listen = ["127.0.0.1"]
port = 0
max_sessions = 20000
"""
_ECHO: Final = 'bench\n{% page:Prompt("> "); set:SoakEcho %}\n'
_HANDLERS: Final = '''\
"""What the soak's clients say and are answered."""


async def SoakEcho(client, data):
    """Answer a line with a line; `go PAGE` leads there."""
    if data.startswith("go "):
        return data[3:]
    client.send(f"echo: {data}\\n")
    return "repeat"
'''
# What the daemon logs where it is at fault, not the client: an exception with its traceback.
_FAULTS: Final = re.compile(rb"^Traceback.*|^(?:\d\S+ )?(?:ERROR|CRITICAL)\b.*$", re.MULTILINE)


def shipped(folder: Path, config: str = "", pages: Mapping[str, str] | None = None) -> Subject:
    """Return a daemon that serves a copy of the shipped tree; `pages` are written over it or added.

    `config` is TOML behind the `[server]` table: its first lines are keys of that table.
    """
    scripts = folder / "scripts"
    shutil.copytree(CHECKOUT / "scripts", scripts, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in (pages or {}).items():
        (scripts / name).write_text(text, encoding="utf-8", newline="\n")
    return configured(folder, config)


def shipped_texts() -> dict[str, str]:
    """Return the shipped tree as texts by their paths, for a daemon in this process."""
    scripts = CHECKOUT / "scripts"
    return {
        str(path.relative_to(scripts)): path.read_text(encoding="utf-8")
        for path in scripts.rglob("*")
        if path.is_file() and path.suffix in {".txt", ".py"}
    }


async def enlist(server: Server, names: Iterable[str], password: str) -> None:
    """Make members who can log in. Raises LoadError."""
    for name in names:
        refused = await server.members.register(name, password, "")
        if isinstance(refused, Refusal):
            message = f"{name} was not made: {refused}"
            raise LoadError(message)


def echoing(folder: Path, config: str = "") -> Subject:
    """Return the same with a first prompt that answers a line with a line; the first page that ships is `start`."""
    root = (CHECKOUT / "scripts" / "root.txt").read_text(encoding="utf-8")
    return shipped(folder, config, {"root.txt": _ECHO, "soak.py": _HANDLERS, "start.txt": root})


def standing(folder: Path, config: str = "") -> Subject:
    """Return the same with the first page that ships as the first; the key % leads to the prompt that answers."""
    root = (CHECKOUT / "scripts" / "root.txt").read_text(encoding="utf-8")
    first = root.replace('page:Prompt("Your choice: ");', 'page:Prompt("> "); key:echo("%");', 1)
    return shipped(folder, config, {"root.txt": first, "soak.py": _HANDLERS, "echo.txt": _ECHO})


def configured(folder: Path, config: str = "") -> Subject:
    """Return the daemon of a folder that has scripts already, with this config."""
    path = folder / "config.toml"
    path.write_text(_CONFIG + config, encoding="utf-8")
    return Subject(OURS, ASYNCIO, python("-m", "sttelnet", "serve", "--config", str(path)))


def faults_in(log: Path) -> list[str]:
    """Return the lines of the log that tell of a fault of the daemon's own."""
    return [found[0].decode(errors="replace") for found in _FAULTS.finditer(log.read_bytes())]


async def add_member(folder: Path, name: str, password: str, role: str = "member") -> None:
    """Make a member of the daemon that `configured` a folder. Raises LoadError."""
    adding, telling = ("add", name, "--role", role), ("passwd", name, "--stdin")
    for action, words in ((adding, b""), (telling, f"{password}\n".encode())):
        command = python("-m", "sttelnet", "member", *action, "--config", str(folder / "config.toml"))
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, stdin=pipe, stdout=pipe, stderr=pipe)
        said = await process.communicate(words)
        if process.returncode:
            message = f"no member: {said!r}"
            raise LoadError(message)


async def add_certificate(folder: Path) -> None:
    """Make the certificate that `tls_config` names. Raises CannotTryError where there is no openssl, LoadError."""
    if shutil.which("openssl") is None:
        message = "openssl is not installed, which makes the certificate"
        raise CannotTryError(message)
    command = python("-m", "sttelnet", "cert", "--host", "localhost", "--out", str(folder))
    process = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, stdout=asyncio.subprocess.DEVNULL)
    if await process.wait():
        message = "no certificate"
        raise LoadError(message)


def tls_config(port: int) -> str:
    """Return the table of a second port, whose certificate lies in the site's folder."""
    return f"""\
[tls]
port = {port}
listen = ["127.0.0.1"]
certificate = "certificate.pem"
key = "key.pem"
"""
