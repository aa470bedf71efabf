"""The books of a transfer from or into file areas: quotas before it, rows in the database after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from sttelnet.areas.allowance import Refusal, Room, allowance
from sttelnet.areas.area import Area
from sttelnet.areas.areas import Areas
from sttelnet.areas.ion import NAME as DESCRIPTIONS
from sttelnet.areas.listing import Unavailable
from sttelnet.areas.stock import Coming
from sttelnet.config import FilesConfig
from sttelnet.logs import EventLog
from sttelnet.role import Role
from sttelnet.store import Direction, Store, StoredFile, TransferRow
from sttelnet.transfer import Batch, FileReport, Mover, Received, SiteLedger

OURS: Final = "That name is kept for the area's own list of descriptions."


class UploadLedger(SiteLedger):
    """Files that come into one area."""

    def __init__(
        self,
        areas: Areas,
        area: Area,
        store: Store,
        config: FilesConfig,
        mover: Mover,
        log: EventLog,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(store, config, mover, log, clock)
        self._areas, self._area = areas, area
        self._bound = mover.member is not None and mover.role < Role.OPERATOR  # by the quota of members
        self._coming: Coming | None = None

    async def room(self, batch: Batch) -> int:
        """Return how many bytes a file may have now."""
        allowed = await self._allowed(None, batch)
        return allowed if isinstance(allowed, int) else 0

    async def admit(self, name: str, size: int | None, batch: Batch) -> int | str:
        """Hold to the quotas, and take the file's room."""
        self._settle()
        if name.casefold() == DESCRIPTIONS:
            return OURS
        allowed = await self._allowed(size, batch)
        if isinstance(allowed, int):  # nothing is waited for between the last look and this
            self._coming = Coming(self._area.name, self._mover.member, allowed)
            self._areas.stock.expect(self._coming)
        return allowed

    async def _allowed(self, size: int | None, batch: Batch) -> int | str:
        used = await self._used()
        held = await self._areas.stock.held(self._area)
        if isinstance(held, Unavailable):
            return held.reason
        allowed = allowance(self._config, self._room(held, used, batch), size)
        return allowed.sentence(self._config) if isinstance(allowed, Refusal) else allowed

    async def keep(self, file: Received) -> None:
        """Enter the file together with its transfer."""
        mover = self._mover
        stored = StoredFile(self._area.name, file.name, file.size, file.sha256, mover.member, mover.name, self._clock())
        await self._store.files.record(stored, self.row("upload", file.report))
        self._settle(file.size)
        self._areas.changed(self._area)

    async def moved(self, direction: Direction, report: FileReport) -> None:
        """Write down a file that did not come."""
        self._settle()
        await super().moved(direction, report)

    def row(self, direction: Direction, report: FileReport) -> TransferRow:
        """Return what the database is told of a file."""
        return self.row_in(self._area.name, direction, report)

    async def _used(self) -> int | None:
        member = self._mover.member
        return await self._store.files.used_by(member) if self._bound and member is not None else None

    def _room(self, held: int, used: int | None, batch: Batch) -> Room:
        stock, member = self._areas.stock, self._mover.member
        if used is not None and member is not None:
            used += stock.of_member(member)
        return Room(
            area_quota=self._area.quota,
            in_area=held,
            used=used,
            free=batch.free,
            reserved=stock.all_coming,
            files_before=batch.files,
            bytes_before=batch.size,
        )

    def _settle(self, arrived: int = 0) -> None:
        coming, self._coming = self._coming, None
        if coming is not None:
            self._areas.stock.settle(coming, arrived)

    def close(self) -> None:
        """Give back the room of a file that was cut off."""
        self._settle()


class DownloadLedger(SiteLedger):
    """Files that go out of areas."""

    def __init__(
        self,
        areas: Areas,
        sources: Mapping[Path, Area],
        store: Store,
        config: FilesConfig,
        mover: Mover,
        log: EventLog,
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(store, config, mover, log, clock)
        self._areas, self._sources = areas, sources

    async def moved(self, direction: Direction, report: FileReport) -> None:
        """Write down a file that was sent, or was not."""
        await super().moved(direction, report)
        if report.path is not None and (area := self._sources.get(report.path)):
            self._areas.changed(area)  # its downloads are counted

    def row(self, direction: Direction, report: FileReport) -> TransferRow:
        """Return what the database is told of a file."""
        area = self._sources.get(report.path) if report.path is not None else None
        return self.row_in(area.name if area else "", direction, report)
