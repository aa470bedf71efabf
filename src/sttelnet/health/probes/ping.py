"""Ping, by the system's own program: raw sockets are for those with rights."""

from __future__ import annotations

import ipaddress
import re
import sys
from dataclasses import dataclass
from typing import Final

from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.blocking import WAIT_SHARE, WORK_SHARE
from sttelnet.health.probes.dialing import is_host
from sttelnet.health.probes.judging import judged, unknown
from sttelnet.health.probes.model import Asked
from sttelnet.health.runner import Run, run_program
from sttelnet.health.states import State

COUNT: Final = 3  # packets, about a second apart
MOST_OUTPUT: Final = 4096  # bytes: the summary stands at the end

# iputils, BusyBox and the BSDs: "rtt min/avg/max/mdev = 0.030/0.042/0.054/0.009 ms". Windows, in the language of the
# host: "Minimum = 1ms, Maximum = 2ms, Average = 1ms".
_LOSS = re.compile(r"(?<![\w.:])(\d{1,3}(?:[.,]\d+)?)\s?%(?!\w)")  # "fe80::1%2" is an address
_SLASHED = re.compile(r"= ?[\d.]+/([\d.]+)/[\d.]+")
_WINDOWS = re.compile(r"= ?\d+ ?ms\b[^\n]*= ?\d+ ?ms\b[^\n]*= ?(\d+) ?ms\b")


@dataclass(frozen=True, slots=True)
class Echo:
    """What came back."""

    loss: float  # percent
    seconds: float | None  # the average round trip; None where nothing came back


@dataclass(frozen=True, slots=True)
class PingProbe:
    """Whether a host answers, and how fast. All lost is CRITICAL, some lost a WARNING."""

    asked: Asked

    async def run(self) -> Result:
        """Ping once."""
        seconds = self.asked.timeout * WORK_SHARE
        run = await run_program(ping_command(self.asked.target, seconds, sys.platform), self.asked.timeout * WAIT_SHARE)
        return run.result if run.status is None else judged_ping(self.asked, run)


def judged_ping(asked: Asked, run: Run) -> Result:
    """Return what a run of ping says."""
    output = run.output[-MOST_OUTPUT:].decode("utf-8", "replace")
    echo = read_echo(output)
    if echo is None:
        lines = [line for line in (run.errors or output).splitlines() if line.strip()]
        return unknown(lines[-1] if lines else "ping says nothing")
    loss = Figure("loss", echo.loss, "%", least=0, most=100)
    if echo.seconds is None:
        return judged("nothing comes back", loss, state=State.CRITICAL)
    trip = Figure("time", round(echo.seconds, 6), "s", asked.warning, asked.critical, 0)
    text = f"answers in {1000 * echo.seconds:.3g} ms"
    if not echo.loss:
        return judged(text, trip, loss)
    return judged(f"{text}, {echo.loss:g}% lost", trip, loss, state=State.WARNING)


def ping_command(host: str, seconds: float, platform: str) -> tuple[str, ...]:
    """Return the command for a platform, as sys.platform names it."""
    version = _version(host)
    if platform == "win32":
        wait = str(max(1, int(1000 * seconds / (COUNT + 1))))  # milliseconds for each packet
        return ("ping", *([f"-{version}"] if version else []), "-n", str(COUNT), "-w", wait, host)
    if platform == "linux":
        family = ["-6"] if version == 6 else []
        return ("ping", *family, "-n", "-c", str(COUNT), "-w", str(max(1, int(seconds))), host)
    if version == 6:
        return ("ping6", "-n", "-c", str(COUNT), host)
    return ("ping", "-n", "-c", str(COUNT), "-t", str(max(1, int(seconds))), host)  # macOS, FreeBSD


def read_echo(output: str) -> Echo | None:
    """Return what ping prints at its end, None where it has not got there."""
    loss = _LOSS.search(output)
    if loss is None:
        return None
    percent = min(100.0, float(loss[1].replace(",", ".")))
    if (slashed := _SLASHED.search(output)) is not None:
        return Echo(percent, _milliseconds(slashed[1]))
    if (windows := _WINDOWS.search(output)) is not None:
        return Echo(percent, _milliseconds(windows[1]))
    return Echo(100.0, None)  # Windows counts a router's "unreachable" as an answer, but has no time for it


def ping_fault(asked: Asked) -> str:
    """Return what is wrong with the target."""
    return "" if is_host(asked.target) else "ping needs a target that is the name or the address of a host"


def _milliseconds(text: str) -> float | None:
    try:
        return float(text) / 1000
    except ValueError:
        return None


def _version(host: str) -> int | None:
    try:
        return ipaddress.ip_address(host.partition("%")[0]).version
    except ValueError:
        return None
