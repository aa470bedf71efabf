"""Two network namespaces joined by a cable: a host, and the network it is in.

A user namespace holds both, so that nothing of this machine's own network is touched, and root is not needed where
the kernel gives user namespaces to everybody.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.bench.process import CHECKOUT, Subject
from tests.soak.finding import CannotTryError

HOST: Final = ("10.77.0.1", "fd77::1")
OTHERS: Final = tuple(f"10.77.0.{number}" for number in range(2, 8))  # addresses on the other side
_LIFE: Final = 900  # seconds after which a namespace goes, whatever becomes of this process
_LIMIT: Final = 20.0  # seconds for one command of ip
_TENTATIVE: Final = 10.0  # seconds until a link-local address may be used


class CommandError(OSError):
    """A program ended with another status than 0."""


@dataclass(frozen=True, slots=True)
class Namespace:
    """One of them, by the process that holds it."""

    pid: int

    def command(self, *words: str) -> tuple[str, ...]:
        """Return the command that runs a program in it."""
        return ("nsenter", f"--target={self.pid}", "--user", "--net", "--preserve-credentials", "--", *words)

    async def run(self, *words: str, limit: float = _LIMIT) -> str:
        """Run a program in it and return what it prints. Raises CommandError."""
        return await run(*self.command(*words), limit=limit)

    def holding(self, subject: Subject) -> Subject:
        """Return a server as it is started in here."""
        return Subject(subject.name, subject.loop, self.command(*subject.command))


async def run(*words: str, limit: float = _LIMIT) -> str:
    """Run a program and return what it prints. Raises CommandError, TimeoutError."""
    process = await asyncio.create_subprocess_exec(
        *words, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(limit):
            out, err = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        said = err.decode(errors="replace").strip() or out.decode(errors="replace").strip()
        message = f"{' '.join(words)}: {said[-300:] or process.returncode}"
        raise CommandError(message)
    return out.decode()


@contextlib.asynccontextmanager
async def joined() -> AsyncIterator[tuple[Namespace, Namespace]]:
    """Give the host's namespace and the other. Raises CannotTryError where this machine has none to give."""
    for name in ("unshare", "nsenter", "ip"):
        if shutil.which(name) is None:
            message = f"{name} is not installed"
            raise CommandError(message) if os.environ.get("REQUIRE_PEERS") == "1" else CannotTryError(message)
    try:
        async with _held("unshare", "--map-root-user", "--net") as host:
            async with _held(*host.command("unshare", "--net")) as other:
                await _cable(host, other)
                yield host, other
    except _RefusedError as refused:
        message = f"no network namespaces here: {refused}"
        raise CannotTryError(message) from None


class _RefusedError(Exception):
    pass


@contextlib.asynccontextmanager
async def _held(*unshare: str) -> AsyncIterator[Namespace]:
    """Start a process that does nothing in namespaces of its own."""
    holder = await asyncio.create_subprocess_exec(
        *unshare,
        *("sh", "-c", f"ip link set lo up && echo up && exec sleep {_LIFE}"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stderr is not None
    try:
        async with asyncio.timeout(_LIMIT):
            if await holder.stdout.readline() != b"up\n":
                raise _RefusedError((await holder.stderr.read()).decode(errors="replace").strip())
        yield Namespace(holder.pid)
    finally:
        with contextlib.suppress(ProcessLookupError):
            holder.kill()
        await holder.wait()


async def _cable(host: Namespace, other: Namespace) -> None:
    try:
        await host.run(
            *["ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns"], str(other.pid)
        )
    except CommandError as error:
        raise _RefusedError(str(error)) from None
    await _address(host, HOST)
    await _address(other, (*OTHERS, "fd77::2"))
    async with asyncio.timeout(_TENTATIVE):
        while "tentative" in await host.run(*["ip", "-6", "addr", "show", "dev", "cable"]):
            await asyncio.sleep(0.2)


async def _address(namespace: Namespace, addresses: Sequence[str]) -> None:
    await namespace.run(*["ip", "link", "set", "cable", "up"])
    for address in addresses:
        bits = ("64", "nodad") if ":" in address else ("24",)
        words = ("ip", "addr", "add", f"{address}/{bits[0]}", "dev", "cable", *bits[1:])
        try:
            await namespace.run(*words)
        except CommandError:
            if ":" not in address:
                raise  # a kernel without IPv6 has none to give


async def addresses_of(namespace: Namespace) -> list[str]:
    """Return the addresses others can reach it by, a link-local one with the name of their own interface."""
    found = []
    for line in (await namespace.run(*["ip", "-o", "addr", "show", "dev", "cable"])).splitlines():
        words = line.split()
        address = words[3].partition("/")[0]
        found.append(f"{address}%cable" if address.startswith("fe80:") else address)
    return found
