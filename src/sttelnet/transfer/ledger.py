"""Who decides what may be received, and writes down what was moved."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from sttelnet.config import FilesConfig
from sttelnet.errors import StoreError
from sttelnet.logs import EventLog
from sttelnet.role import Role
from sttelnet.store import Direction, Store, TransferRow
from sttelnet.transfer.report import FileReport

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Mover:
    """Who moves files."""

    member: int | None  # None for a guest
    name: str
    role: Role
    peer: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What bears on the next file besides itself."""

    files: int  # received before it in the same transfer
    size: int  # their bytes
    free: int  # bytes, on the disk it would go to


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is whole and has its name, and of which the sender has not yet been told so."""

    name: str
    size: int  # bytes
    sha256: str
    report: FileReport


class Ledger(Protocol):
    """The books of a transfer."""

    def room(self, batch: Batch) -> Awaitable[int]:
        """Return how many bytes a file may have now, for a sender who asks (ZFREECNT)."""

    def admit(self, name: str, size: int | None, batch: Batch) -> Awaitable[int | str]:
        """Return how many bytes an offered file may have, or a sentence that says why it may not come."""

    def keep(self, file: Received) -> Awaitable[None]:
        """Enter a received file, so that it lasts. Raises StoreError; then the file is taken back."""

    def moved(self, direction: Direction, report: FileReport) -> Awaitable[None]:
        """Write down what came of a file that was sent, or was not received. Raises nothing."""


class SiteLedger:
    """The books where a site's handler moves files outside any area: the config's limits, and rows in the database."""

    def __init__(
        self,
        store: Store,
        config: FilesConfig,
        mover: Mover,
        log: EventLog,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._config, self._mover, self._log, self._clock = store, config, mover, log, clock

    async def room(self, batch: Batch) -> int:
        """Return how many bytes a file may have now."""
        verdict = await SiteLedger.admit(self, "", None, batch)
        return verdict if isinstance(verdict, int) else 0

    async def admit(self, name: str, size: int | None, batch: Batch) -> int | str:
        """Hold to the limits of [files] that concern one transfer and the disk."""
        config = self._config
        if batch.files >= config.most_files:
            return f"{config.most_files} files in one go are enough."
        limits = {
            f"That file is larger than the {config.largest} MiB allowed here.": config.largest * MIB,
            f"That would be more than {config.transfer_quota} MiB in one go.": config.transfer_quota * MIB - batch.size,
            "The disk is nearly full; tell the operators.": batch.free - config.disk_reserve * MIB,
        }
        for sentence, limit in limits.items():
            if limit <= 0 or (size or 0) > limit:
                return sentence
        return min(limits.values())

    async def keep(self, file: Received) -> None:
        """Write the transfer down."""
        await self._store.transfers.add(self.row("upload", file.report))

    async def moved(self, direction: Direction, report: FileReport) -> None:
        """Write the transfer down; where that cannot be, the log has it, and the audit later."""
        row = self.row(direction, report)
        try:
            await self._store.transfers.add(row)
        except StoreError as error:
            self._log.warning("a transfer could not be written down: %s", error)
            await self._store.audit.add(row.entry())

    def row(self, direction: Direction, report: FileReport) -> TransferRow:
        """Return what the database is told of a file."""
        return self.row_in("", direction, report)

    def row_in(self, area: str, direction: Direction, report: FileReport) -> TransferRow:
        """Return what the database is told of a file of an area, "" for none."""
        mover = self._mover
        return TransferRow(
            at=self._clock(),
            direction=direction,
            area=area,
            name=report.name,
            size=report.size,
            sha256=report.sha256,
            member=mover.member,
            who=mover.name,
            peer=mover.peer,
            seconds=report.seconds,
            result=report.ending.value,
        )
