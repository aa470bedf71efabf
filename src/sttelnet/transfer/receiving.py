"""Files on their way from a client."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sttelnet.channel import Line
from sttelnet.errors import DiskHung, StoreError
from sttelnet.transfer.disk import Disk, reason
from sttelnet.transfer.driver import NO_ANSWER_FROM_DISK, SILENCE, Driver
from sttelnet.transfer.ledger import Batch, Ledger, Received
from sttelnet.transfer.place import Place
from sttelnet.transfer.progress import Progress
from sttelnet.transfer.report import Ending, FileReport
from sttelnet.transfer.target import Target, busy_parts, part_name, random_part_name
from sttelnet.zmodem import CommandRefused, Data, Event, FileEnd, FileInfo, FileLost, Missed, Offer, Proof, Receiver
from sttelnet.zmodem.folder import safe_name

BEHIND: Final = 1024 * 1024  # bytes received and not yet written

BAD_NAME: Final = "No file may be called that here."
TAKEN: Final = "There is a file of that name."
TWICE: Final = "You are sending that file already, in another session."
LEFT: Final = "Your program left it before its end."
NOT_WRITTEN: Final = "{} could not be written: {}"
NOT_ENTERED: Final = "It could not be entered: {}"


@dataclass(frozen=True, slots=True)
class Intake:
    """Where files go, and what halves are kept for whom."""

    directory: Path
    sender: str = ""  # who sends, for resuming; "" keeps no halves
    keep_partial: float = 0.0  # seconds


class Receiving(Driver):
    """One batch. `reports` tells of every file in turn."""

    def __init__(
        self, receiver: Receiver, line: Line, disk: Disk, progress: Progress, intake: Intake, ledger: Ledger
    ) -> None:
        super().__init__(receiver, line, disk, progress)
        self.reports: list[FileReport] = []
        self._receiver, self._intake, self._ledger = receiver, intake, ledger
        self._place: Place | None = None
        self._names: set[str] = set()
        self._target: Target | None = None
        self._info = FileInfo(b"")
        self._limit = 0
        self._received = 0  # bytes of the files so far
        self._hint_at = self._loop.time() + SILENCE

    async def run(self) -> None:
        """Carry the batch to its end. Raises OSError where the directory cannot be used."""
        self._place = await self._disk.run(partial(Place, self._intake.directory), Place.close)
        try:
            self._names = await self._disk.run(self._place.names)
            await self._disk.run(partial(self._place.purge, self._intake.keep_partial, busy_parts(self._place)))
            self._receiver.free = await self._room()
            await super().run()
            await self._give_up_file(self.ending, self.why)
        finally:
            if self._target is not None:  # the session was cut off
                self._disk.post(partial(self._let_go, self._target), 0)
            self._disk.post(self._place.close, 0)

    async def _on_event(self, event: Event) -> None:
        match event:
            case Offer(info):
                await self._on_offer(info)
            case Proof(_, crc):
                await self._on_proof(crc)
            case Data(offset, data):
                await self._on_data(offset, data)
            case FileEnd():
                await self._on_end()
            case FileLost():
                await self._give_up_file(Ending.FAILED, LEFT)
            case Missed():
                self._progress.errors += 1
            case CommandRefused(command):
                await self._report(FileReport(ascii(command)[2:-1][:60], Ending.REFUSED, why="No command is run here."))
            case _:
                await super()._on_event(event)

    # One file.

    async def _on_offer(self, info: FileInfo) -> None:
        await self._give_up_file(Ending.FAILED, LEFT)
        name = safe_name(info.name)
        why = BAD_NAME if name is None else TAKEN if name.casefold() in self._names else ""
        if name is None or why:
            await self._refuse(name or ascii(info.name)[2:-1][:60], why)
            return
        try:
            verdict = await self._ledger.admit(name, info.size, await self._batch())
        except StoreError as error:
            verdict = NOT_ENTERED.format(error)
        if isinstance(verdict, str):
            await self._refuse(name, verdict)
            return
        self._info, self._limit = info, verdict if info.size is None else min(verdict, info.size)
        await self._open(name)

    async def _room(self) -> int:
        """Return what is answered to a sender who asks (ZFREECNT); 0 promises nothing and forbids nothing."""
        try:
            return await self._ledger.room(await self._batch())
        except (OSError, StoreError):
            return 0

    async def _batch(self) -> Batch:
        assert self._place is not None  # noqa: S101 - run() opens it
        done = [report for report in self.reports if report.ending is Ending.DONE]
        return Batch(len(done), self._received, await self._disk.run(self._place.free))

    async def _open(self, name: str) -> None:
        assert self._place is not None  # noqa: S101 - run() opens it
        try:
            opening = partial(Target, self._place, name, self._part(name))
            target = self._target = await self._disk.run(opening, self._let_go)
        except BlockingIOError:
            await self._refuse(name, TWICE)
        except OSError as error:
            self.break_off(NOT_WRITTEN.format(name, reason(error)))
        else:
            if not target.size:
                await self._accept(0)
            elif self._receiver.resumes:
                self._receiver.ask_crc(target.size)
            else:
                await self._on_proof(None)

    def _part(self, name: str) -> str:
        intake, info = self._intake, self._info
        if not intake.sender or not info.size:
            return random_part_name()
        return part_name(intake.sender, name, info.size, info.mtime or 0)

    async def _on_proof(self, crc: int | None) -> None:
        """Go on where an earlier try ended, if the sender has the same bytes."""
        if (target := self._target) is None:
            return
        if await self._disk.run(target.read_back) != crc or target.size >= self._limit:
            await self._disk.run(target.start_over)
        await self._accept(target.size)

    async def _accept(self, offset: int) -> None:
        assert self._target is not None  # noqa: S101 - an offer without one was refused
        self._progress.begin(self._target.name, self._info.size, offset, self._loop.time())
        self._receiver.accept(offset, self._limit)

    async def _on_data(self, offset: int, data: bytes) -> None:
        if (target := self._target) is None:
            return
        self._disk.post(partial(target.write, data), len(data))
        self._moved += len(data)
        self._progress.at(offset + len(data), self._loop.time())
        try:
            await self._disk.settle(BEHIND)
        except OSError as error:
            self.break_off(NOT_WRITTEN.format(target.name, reason(error)))

    async def _on_end(self) -> None:
        """Publish the file and enter it; only then is the sender told that it arrived."""
        if (target := self._target) is None:
            return
        try:
            await self._disk.settle()
            await self._disk.run(partial(target.publish, self._info.mtime))
        except FileExistsError:
            await self._drop_file(Ending.REFUSED, TAKEN)
        except OSError as error:
            self.break_off(NOT_WRITTEN.format(target.name, reason(error)))
        else:
            await self._enter(target)

    async def _enter(self, target: Target) -> None:
        progress = self._progress
        report = FileReport(target.name, Ending.DONE, progress.moved, progress.seconds, target.sha256, progress.errors)
        try:
            await self._ledger.keep(Received(target.name, target.size, target.sha256, report))
        except StoreError as error:
            await self._disk.run(target.withdraw)
            await self._drop_file(Ending.FAILED, NOT_ENTERED.format(error))
            return
        self._target = None
        self._names.add(target.name.casefold())
        self._received += target.size
        self.reports.append(report)
        progress.begin("", None, 0, self._loop.time())
        self._receiver.complete()

    async def _drop_file(self, ending: Ending, why: str) -> None:
        """Tell the sender that a whole file is not wanted after all."""
        target, self._target = self._target, None
        if target is not None:
            await self._part_with(target, target.drop, ending, why)
        self._receiver.skip()

    async def _give_up_file(self, ending: Ending, why: str) -> None:
        """Leave a file before its end, if one is open."""
        target, self._target = self._target, None
        if target is not None:
            await self._part_with(target, partial(self._let_go, target), ending, why)

    async def _part_with(self, target: Target, leave: Callable[[], None], ending: Ending, why: str) -> None:
        """Leave a file that is not published, and report it."""
        left = self._disk.start(leave)  # whatever becomes of what was to be written before
        try:
            await self._disk.settle()
            await self._disk.result(left)
        except OSError as error:
            why = f"{why} {reason(error)}"
        except DiskHung:
            why = why or NO_ANSWER_FROM_DISK
        await self._report_of(target, ending, why)

    def _let_go(self, target: Target) -> None:
        """Keep the half of a file, where somebody can come back to it. In the disk's thread."""
        if self._intake.sender and self._info.size and target.size:
            target.keep()
        else:
            target.drop()

    async def _refuse(self, name: str, why: str) -> None:
        self._receiver.skip()
        ending = Ending.SKIPPED if why is TAKEN else Ending.REFUSED
        await self._report(FileReport(name, ending, why=why))

    async def _report_of(self, target: Target, ending: Ending, why: str) -> None:
        progress = self._progress
        await self._report(
            FileReport(target.name, ending, progress.moved, progress.seconds, errors=progress.errors, why=why)
        )
        progress.begin("", None, 0, self._loop.time())

    async def _report(self, report: FileReport) -> None:
        self.reports.append(report)
        await self._ledger.moved("upload", report)
