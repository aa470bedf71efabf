"""The host's figures: the only importer of psutil, and the only place that asks the operating system.

Everything here blocks, so it runs in a lane's thread. A figure this host does not give is None, never an
exception: a container, a service account or an odd kernel must not take the daemon's pages away.
"""

from __future__ import annotations

from sttelnet.health.host.asking import ask
from sttelnet.health.host.disks import disk_name, read_disks, read_inodes, read_usage
from sttelnet.health.host.processes import ProcessReader, Running, read_running
from sttelnet.health.host.reader import HostReader
from sttelnet.health.host.services import read_windows_services

__all__ = [
    "HostReader",
    "ProcessReader",
    "Running",
    "ask",
    "disk_name",
    "read_disks",
    "read_inodes",
    "read_running",
    "read_usage",
    "read_windows_services",
]
