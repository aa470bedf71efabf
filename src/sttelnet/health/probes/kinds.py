"""The table of probes: what stands behind `use = "NAME"`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from sttelnet.health.figures import Host
from sttelnet.health.plugin import Result
from sttelnet.health.probes.blocking import Blocking
from sttelnet.health.probes.certificate import certificate_fault, look_at_certificate
from sttelnet.health.probes.daemon import DaemonProbe
from sttelnet.health.probes.directory import look_at_directory
from sttelnet.health.probes.disks import DiskProbe
from sttelnet.health.probes.events import EventsProbe, events_fault
from sttelnet.health.probes.files import look_at_file
from sttelnet.health.probes.hosted import (
    Hosted,
    look_at_cpu,
    look_at_load,
    look_at_memory,
    look_at_swap,
    look_at_uptime,
)
from sttelnet.health.probes.log import LogProbe
from sttelnet.health.probes.model import Asked, Kind, Probe, Sources
from sttelnet.health.probes.ping import PingProbe, ping_fault
from sttelnet.health.probes.processes import look_at_processes, process_fault
from sttelnet.health.probes.services import ServiceProbe, service_fault
from sttelnet.health.probes.tcp import look_at_port, port_fault
from sttelnet.health.probes.web import address_fault, look_at_address
from sttelnet.health.ranges import Range
from sttelnet.health.states import State

Make = Callable[[Asked, Sources], Probe]


def _hosted(look: Callable[[Asked, Host], Result]) -> Make:
    return lambda asked, sources: Hosted(asked, sources, look)


def _blocking(name: str, look: Callable[[Asked, float], Result], late: State = State.UNKNOWN) -> Make:
    return lambda asked, _: Blocking(name, lambda deadline: look(asked, deadline), asked.timeout, late)


def _at_home(name: str, look: Callable[[Asked, Path, float], Result], late: State = State.UNKNOWN) -> Make:
    """Make probes whose target may be a path counted from the site's folder."""
    return lambda asked, sources: Blocking(
        name, lambda deadline: look(asked, sources.home, deadline), asked.timeout, late
    )


_KINDS: Final = (
    Kind(
        "cpu",
        ("cpu",),
        _hosted(look_at_cpu),
        warning=Range(0, 80),
        critical=Range(0, 95),
    ),
    Kind(
        "memory",
        ("used", "bytes"),
        _hosted(look_at_memory),
        warning=Range(0, 85),
        critical=Range(0, 95),
    ),
    Kind(
        "swap",
        ("used", "bytes"),
        _hosted(look_at_swap),
        warning=Range(0, 50),
        critical=Range(0, 90),
    ),
    Kind(
        "disk",
        ("used", "bytes", "inodes"),
        DiskProbe,
        target="a folder on the disk; without one, the fullest disk",
        warning=Range(0, 90),
        critical=Range(0, 95),
    ),
    Kind(
        "load",
        ("load", "load1", "load5", "load15"),
        _hosted(look_at_load),
        warning=Range(0, 2),
        critical=Range(0, 4),
    ),
    Kind("uptime", ("uptime",), _hosted(look_at_uptime), warning=Range(600)),
    Kind(
        "process",
        ("processes", "memory"),
        _blocking("process", look_at_processes),
        target="the name of the program",
        match="a pattern for the command line",
        critical=Range(1),
        fault=process_fault,
    ),
    Kind(
        "service",
        ("down",),
        ServiceProbe,
        target="the names of systemd units or Windows services, commas between them",
        needs=("target",),
        critical=Range(0, 0),
        fault=service_fault,
    ),
    Kind(
        "tcp",
        ("time",),
        _blocking("tcp", look_at_port, State.CRITICAL),
        target='"host:port"',
        match="a pattern for what the other side says first",
        needs=("target",),
        fault=port_fault,
    ),
    Kind(
        "http",
        ("time", "size"),
        _blocking("http", look_at_address, State.CRITICAL),
        target="an http:// or https:// address",
        match="a pattern for the page",
        needs=("target",),
        fault=address_fault,
    ),
    Kind(
        "certificate",
        ("days",),
        _at_home("certificate", look_at_certificate, State.CRITICAL),
        target='"host:port", an https:// address or a PEM file',
        needs=("target",),
        warning=Range(21),
        critical=Range(7),
        fault=certificate_fault,
    ),
    Kind(
        "ping",
        ("time", "loss"),
        lambda asked, _: PingProbe(asked),
        target="the name or the address of a host",
        needs=("target",),
        fault=ping_fault,
    ),
    Kind(
        "file",
        ("age", "size"),
        _at_home("file", look_at_file),
        target="a path, which may have * and ? in it",
        needs=("target",),
        warning=Range(0, 26),
        critical=Range(0, 50),
    ),
    Kind(
        "directory",
        ("size", "files"),
        _at_home("directory", look_at_directory),
        target="a folder",
        needs=("target",),
    ),
    Kind(
        "log",
        ("lines", "read"),
        lambda asked, sources: LogProbe(asked, sources.home),
        target="the path of the log",
        match="a pattern for the lines",
        needs=("target", "match"),
        warning=Range(0, 0),
        retries=1,
    ),
    Kind(
        "events",
        ("errors",),
        lambda asked, _: EventsProbe(asked),
        target="the names of event logs, commas between them; without any, System and Application",
        match="a pattern for the source",
        warning=Range(0, 0),
        retries=1,
        fault=events_fault,
    ),
    Kind(
        "daemon",
        ("lag", "sessions", "errors", "problems", "memory"),
        DaemonProbe,
        warning=Range(0, 0.1),
        critical=Range(0, 0.5),
    ),
)

PROBES: Final[Mapping[str, Kind]] = MappingProxyType({kind.name: kind for kind in _KINDS})
