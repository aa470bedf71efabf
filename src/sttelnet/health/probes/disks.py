"""Disks: how full they are, in bytes and in inodes."""

from __future__ import annotations

from typing import Final

from sttelnet.health.figures import NO_ANSWER, Disk, Host
from sttelnet.health.host import disk_name, read_inodes, read_usage
from sttelnet.health.lane import Lane
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.hosted import percent_figure
from sttelnet.health.probes.judging import judged, state_of, unknown
from sttelnet.health.probes.model import Asked, Sources
from sttelnet.health.states import State

MOST_WAIT: Final = 2.0  # seconds for what the sample has not; a disk that hangs is no reason to wait longer


class DiskProbe:
    """One disk by a folder on it, or the fullest."""

    def __init__(self, asked: Asked, sources: Sources) -> None:
        self._asked, self._sources = asked, sources
        self._mount = ""
        self._lane = Lane("probe disk", self._ask)

    async def run(self) -> Result:
        """Look once."""
        disk = self._sampled(self._sources.host())
        self._mount = disk.mount if disk else self._asked.target
        if not self._mount:
            return unknown(NO_ANSWER)
        asked_now = await self._lane.answer(min(MOST_WAIT, self._asked.timeout / 2))
        if disk is None:
            disk = asked_now[0] if asked_now else Disk(self._mount, None)
        inodes = asked_now[1] if asked_now and asked_now[0].mount == self._mount else None
        return self._judged(disk, inodes)

    def _sampled(self, host: Host) -> Disk | None:
        if not self._asked.target:
            return host.fullest()
        name = disk_name(self._asked.target.rstrip("/") or "/").casefold()
        return next((disk for disk in host.disks if disk.mount.casefold() == name), None)

    def _ask(self) -> tuple[Disk, float | None]:
        mount = self._mount
        path = f"{mount}\\" if mount.endswith(":") else mount  # "C:" alone is the current folder there
        return Disk(mount, read_usage(path)), read_inodes(path)

    def _judged(self, disk: Disk, inodes: float | None) -> Result:
        where = "" if self._asked.target else f"{disk.mount} "
        if disk.usage is None:
            return unknown(f"{where}{NO_ANSWER}")
        used = Figure("bytes", disk.usage.used, "B", least=0, most=disk.usage.total)
        figures = [percent_figure("used", disk.usage.percent, self._asked), used]
        text = f"{where}{disk.usage}"
        if inodes is not None:
            figures.append(percent_figure("inodes", inodes, self._asked))
            if state_of(figures[-1]) is not State.OK:
                text += f", {inodes:.0f}% of the inodes"
        return judged(text, *figures)
