"""The host's disks. Blocks, and may hang for as long as a disk does not answer."""

from __future__ import annotations

import os
import sys
from typing import Final

import psutil

from sttelnet.health.figures import Disk, Usage
from sttelnet.health.host.asking import ask

MOST_DISKS: Final = 32

# Images that are mounted read-only and always full: snaps, optical discs, boot images.
_FULL_BY_NATURE = frozenset({"squashfs", "erofs", "cramfs", "iso9660", "udf", "cdfs"})


def read_disks() -> tuple[Disk, ...]:
    """Return the host's real disks, each once. May hang for as long as a disk does not answer."""
    found: dict[str, str] = {}
    for partition in ask(psutil.disk_partitions) or []:
        if partition.fstype and partition.fstype not in _FULL_BY_NATURE and "cdrom" not in partition.opts:
            _keep_shortest(found, partition.device, partition.mountpoint)
    mounts = sorted(found.values())
    if sys.platform != "win32" and "/" not in mounts:
        mounts.insert(0, "/")  # a container's root is an overlay, which psutil does not count as a disk
    return tuple(Disk(disk_name(mount), ask(_usage, mount)) for mount in mounts[:MOST_DISKS])


def read_usage(path: str) -> Usage | None:
    """Return how full the disk is that a folder stands on."""
    return ask(_usage, path)


def read_inodes(path: str) -> float | None:
    """Return how many percent of the inodes are in use there; None where there are none to run out of."""
    if sys.platform == "win32":
        return None
    found = ask(os.statvfs, path)
    if found is None or not found.f_files:  # btrfs and FAT make them as they are needed
        return None
    used = found.f_files - found.f_ffree
    # As df: of those that are not kept for root.
    return 100.0 * used / max(1, used + found.f_favail)


def disk_name(mount: str) -> str:
    """Return what a disk is called: "C:\\" is written C:."""
    return mount.rstrip("\\") or mount


def _usage(mount: str) -> Usage:
    usage = psutil.disk_usage(mount)
    return Usage(usage.percent, usage.used, usage.total)


def _keep_shortest(found: dict[str, str], device: str, mount: str) -> None:
    """Keep one mount of a device: bind mounts and subvolumes show the same figures again."""
    known = found.get(device)
    is_shorter = known is None or len(mount) < len(known)
    if is_shorter and (sys.platform == "win32" or os.path.isdir(mount)):  # a container binds single files
        found[device] = mount
