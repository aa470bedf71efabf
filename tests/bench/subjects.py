"""What is measured, and against what."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.bench.loops import ASYNCIO, UVLOOP
from tests.bench.process import CHECKOUT, Subject, python

OURS: Final = "sttelnet"
STREAMS: Final = "streams"
TELNETLIB3: Final = "telnetlib3"

_CONFIG: Final = """\
[server]
listen = ["127.0.0.1"]
port = 0
max_sessions = 20000
"""
_BANNER: Final = "The bench's banner\nhas a few short lines\nand a prompt below.\n\n"
_ECHO: Final = '{% page:Prompt("> "); set:BenchEcho %}\n'
_PAGE: Final = """\
Host      {% get:STHost("name") %}
System    {% get:STHost("os") %}
CPU       {% get:STHost("cpu") %}
Memory    {% get:STHost("memory") %}
Swap      {% get:STHost("swap") %}
Load      {% get:STHost("load") %}
Up        {% get:STHost("uptime") %}
Booted    {% get:STHost("boot") %}
Processes {% get:STHost("processes") %}
Network   {% get:STHost("network") %}
"""
_AGAIN: Final = '{% page:Prompt("> "); set:BenchAgain %}\n'
_HANDLERS: Final = '''\
"""The bench's handlers."""


async def BenchEcho(client, data):
    """Answer a line with a line."""
    client.send(f"echo: {data}\\n")
    return "repeat"


async def BenchAgain(client, data):
    """Answer a line with the page."""
    return "refresh"
'''


def line_servers(folder: Path, loops: Sequence[str]) -> list[Subject]:
    """Return everything that answers a line with a line."""
    return [
        subject
        for loop in loops
        for subject in (echo_site(folder, loop), _reference(STREAMS, loop), _reference(TELNETLIB3, loop))
    ]


def bulk_servers(loops: Sequence[str]) -> list[Subject]:
    """Return everything that takes in bytes."""
    return [_reference(name, loop, "-bulk") for loop in loops for name in (OURS, STREAMS, TELNETLIB3)]


def control() -> Subject:
    """Return a server that a flood of another one does not concern."""
    return _reference(STREAMS, ASYNCIO)


def echo_site(folder: Path, loop: str) -> Subject:
    """Return a daemon that answers a line with a line."""
    return _site(folder / f"echo-{loop}", loop, _BANNER + _ECHO)


def page_site(folder: Path, loop: str) -> Subject:
    """Return a daemon that answers a line with a page of ten gets."""
    return _site(folder / f"page-{loop}", loop, _PAGE + _AGAIN)


def shipped_site(folder: Path, loop: str) -> Subject:
    """Return a daemon that serves a copy of the tree that ships."""
    site = folder / f"shipped-{loop}"
    shutil.copytree(CHECKOUT / "scripts", site / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    return _daemon(site, loop)


def _reference(name: str, loop: str, kind: str = "") -> Subject:
    """Return one of tests.bench.servers."""
    return Subject(name, loop, python("-m", "tests.bench.servers", name + kind, loop))


def _site(folder: Path, loop: str, root: str) -> Subject:
    scripts = folder / "scripts"
    scripts.mkdir(parents=True, exist_ok=True)
    (scripts / "root.txt").write_text(root, encoding="utf-8")
    (scripts / "bench.py").write_text(_HANDLERS, encoding="utf-8")
    return _daemon(folder, loop)


def _daemon(folder: Path, loop: str) -> Subject:
    config = folder / "config.toml"
    config.write_text(_CONFIG, encoding="utf-8")
    module = "tests.bench.on_uvloop" if loop == UVLOOP else "sttelnet"
    return Subject(OURS, loop, python("-m", module, "serve", "--config", str(config)))
