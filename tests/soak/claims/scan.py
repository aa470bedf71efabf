"""Nothing of the default install can be reached from another host."""

from __future__ import annotations

import contextlib
import json
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from tests.bench.loops import ASYNCIO
from tests.bench.process import CHECKOUT, Subject, python, running
from tests.bench.subjects import OURS
from tests.bench.table import Amount, Goal
from tests.soak.finding import Finding, counted, none_of
from tests.soak.netns import Namespace, addresses_of, joined
from tests.soak.scale import Scale

PORT: Final = 6023
LOOPBACK: Final = ("127.0.0.1", "::1")
# The scan has to see what is there: the same daemon, told to listen everywhere.
EVERYWHERE: Final = (
    'listen = ["127.0.0.1", "::1"]',
    'listen = ["0.0.0.0", "::"]',
    "allow_plaintext = false",
    "allow_plaintext = true",
)
PER_SCAN: Final = 300.0  # seconds


async def scan(scale: Scale, folder: Path) -> list[Finding]:
    """Scan the default install from the network, the same on the host itself, and one that does listen there."""
    async with joined() as (host, other):
        addresses = await addresses_of(host)
        began = time.perf_counter()
        async with _serving(host, folder / "default"):
            outside = await _open(other, scale, addresses)
            inside = await _open(host, scale, LOOPBACK)
        seconds = time.perf_counter() - began
        async with _serving(host, folder / "everywhere", *EVERYWHERE):
            seen = await _open(other, scale, addresses)
    found = [port for ports in seen.values() for port in ports]
    return [
        counted("ports scanned, from 1 on", scale.ports),
        counted("addresses scanned, IPv4 and IPv6", len(addresses)),
        Finding("… for", Amount(seconds, "s")),
        none_of("ports open from outside", sum(map(len, outside.values()))),
        counted(
            "loopback addresses that answer on the host itself", _with_the_port(inside), Goal(1, "", at_least=True)
        ),
        none_of("… other ports there", sum(port != PORT for ports in inside.values() for port in ports)),
        counted('addresses found where it listens on ["0.0.0.0", "::"]', _with_the_port(seen)),
        none_of("… not found", len(addresses) - _with_the_port(seen)),
        none_of("… other ports open", sum(port != PORT for port in found)),
    ]


@contextlib.asynccontextmanager
async def _serving(host: Namespace, folder: Path, *changes: str) -> AsyncIterator[None]:
    """Serve the checkout's own config.toml and scripts; `changes` are pairs of what stands there and what is to."""
    folder.mkdir()
    for name in ("scripts", "files"):
        if (CHECKOUT / name).exists():
            shutil.copytree(CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    text = (CHECKOUT / "config.toml").read_text(encoding="utf-8")
    for old, new in zip(changes[::2], changes[1::2], strict=True):
        assert old in text
        text = text.replace(old, new, 1)
    config = folder / "config.toml"
    config.write_text(text, encoding="utf-8")
    subject = Subject(OURS, ASYNCIO, python("-m", "sttelnet", "--config", str(config)))
    async with running(host.holding(subject)):
        yield


async def _open(namespace: Namespace, scale: Scale, addresses: tuple[str, ...] | list[str]) -> dict[str, list[int]]:
    words = python("-m", "tests.soak.scanner", str(scale.ports), *addresses)
    found: dict[str, list[int]] = json.loads(await namespace.run(*words, limit=PER_SCAN))
    return found


def _with_the_port(found: dict[str, list[int]]) -> int:
    return sum(PORT in ports for ports in found.values())
