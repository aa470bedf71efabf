"""The quick figures of the host: processors, memory, load, traffic."""

from __future__ import annotations

import platform
import re
import socket
import sys
import time
from typing import Final

import psutil

from sttelnet.health.figures import Counters, Host, cpu_percent, traffic
from sttelnet.health.host.asking import ask
from sttelnet.health.host.memory import read_memory, read_swap

PRIME_SECONDS: Final = 0.1  # the first processor figure needs two counts; the second comes this much later

# Their bytes also pass a real interface (or never leave the host), so counting them would count twice.
_VIRTUAL = ("veth", "docker", "br-", "virbr", "vmnet", "tun", "tap", "wg", "ifb")
_LOOPBACK = ("loopback", "lo0")


class HostReader:
    """Reads the host's figures; keeps the last counts, because rates need two."""

    def __init__(self) -> None:
        self._before: Counters | None = None
        self._facts: Host | None = None

    def figures(self) -> Host:
        """Return all figures but the disks'."""
        if self._facts is None:
            self._facts = _facts()
        if self._before is None:
            self._before = _counters()
            time.sleep(PRIME_SECONDS)
        before, self._before = self._before, _counters()
        return Host(
            name=self._facts.name,
            os=self._facts.os,
            cores=self._facts.cores,
            boot=self._facts.boot,
            cpu=cpu_percent(before, self._before),
            memory=ask(read_memory),
            swap=ask(read_swap),
            load=ask(psutil.getloadavg),
            processes=ask(lambda: len(psutil.pids())),
            network=traffic(before, self._before),
            users=ask(lambda: len(psutil.users())),
        )


def _facts() -> Host:
    return Host(
        name=ask(socket.gethostname) or "",
        os=ask(_os_name) or sys.platform,
        cores=ask(psutil.cpu_count),
        boot=ask(psutil.boot_time),
    )


def _os_name() -> str:
    if sys.platform == "win32":
        release = platform.release()  # "11", "2022Server"
        server = re.fullmatch(r"(.+)Server", release)
        return f"Windows Server {server[1]}" if server else f"Windows {release}"
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    return platform.freedesktop_os_release().get("PRETTY_NAME") or platform.system()


def _counters() -> Counters:
    times = ask(psutil.cpu_times)
    busy = total = None
    if times is not None:
        fields = times._asdict()
        # Linux counts a guest's time in user's as well (proc(5)), so it is left out of the sum.
        total = sum(seconds for name, seconds in fields.items() if not name.startswith("guest"))
        busy = total - fields["idle"] - fields.get("iowait", 0.0)
    return Counters(time.monotonic(), busy, total, ask(_network))


def _network() -> tuple[int, int]:
    counts = psutil.net_io_counters(pernic=True)
    outside = {name: count for name, count in counts.items() if not _is_loopback(name)}
    real = [count for name, count in outside.items() if not name.startswith(_VIRTUAL)]
    chosen = real or list(outside.values())
    return sum(count.bytes_recv for count in chosen), sum(count.bytes_sent for count in chosen)


def _is_loopback(name: str) -> bool:
    return name == "lo" or name.lower().startswith(_LOOPBACK)
