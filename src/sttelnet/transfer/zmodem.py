"""`client.zmodem`: what a handler sends and receives files with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from sttelnet.channel import Channel, Line
from sttelnet.config import FilesConfig
from sttelnet.errors import ChannelClosed, DiskHung
from sttelnet.logs import EventLog
from sttelnet.transfer.disk import Disk
from sttelnet.transfer.driver import NO_ANSWER_FROM_DISK, SILENCE, Driver
from sttelnet.transfer.ledger import Ledger
from sttelnet.transfer.line import swallow, taken_over
from sttelnet.transfer.progress import Progress
from sttelnet.transfer.receiving import Intake, Receiving
from sttelnet.transfer.report import FileReport, Report
from sttelnet.transfer.sending import Sending
from sttelnet.zmodem import Link, ReceiveOptions, Receiver, Sender, SendOptions

CHOOSING: Final = 120.0  # seconds a person may take to choose what to send, or where to put what comes
REPEAT: Final = 25.0  # seconds between invitations: each opens SyncTERM's list of files anew
LEAVING: Final = 0.3  # seconds for a program that was started for the transfer to go: what it reads after it is lost
WINDOW: Final = 256 * 1024  # bytes on their way unacknowledged at most: what a client that has left sees as rubbish

STILL_SENDS: Final = "it goes on sending what was given up"


class ZModem:
    """Moves files over one client's line, one transfer at a time."""

    def __init__(
        self,
        borrow: Callable[[], AbstractAsyncContextManager[Line]],
        config: Callable[[], FilesConfig],
        ledger: Callable[[], Ledger],
        log: EventLog,
    ) -> None:
        self._borrow, self._config, self._ledger, self._log = borrow, config, ledger, log

    async def send_files(
        self, paths: Sequence[Path | str], *, block: int | None = None, ledger: Ledger | None = None
    ) -> Report:
        """Send files, one after the other. `block` is 1024 or 8192; without it the config's.

        Raises ChannelClosed when the client hangs up; what was moved has been written down by then.
        """
        config = self._config()
        files = [Path(path) for path in paths]

        def start(link: Link, line: Line, disk: Disk) -> Sending:
            options = SendOptions(
                link, block or config.block, window=WINDOW, opening=SILENCE, stall=SILENCE, patience=CHOOSING, keys=True
            )
            return Sending(Sender(options), line, disk, Progress("sending"), files, ledger or self._ledger())

        return await self._transfer("Sent", start)

    async def receive_files(self, directory: Path | str, *, sender: str = "", ledger: Ledger | None = None) -> Report:
        """Receive what the client sends into a directory. With a `sender` what was cut off is gone on with later.

        Raises ChannelClosed as `send_files` does, and OSError where the directory cannot be used.
        """
        config = self._config()
        intake = Intake(Path(directory), sender, config.keep_partial)

        def start(link: Link, line: Line, disk: Disk) -> Receiving:
            options = ReceiveOptions(link, opening=CHOOSING, repeat=REPEAT, patience=SILENCE, keys=True)
            return Receiving(Receiver(options), line, disk, Progress("receiving"), intake, ledger or self._ledger())

        return await self._transfer("Received", start)

    async def _transfer(self, verb: str, start: Callable[[Link, Line, Disk], Sending | Receiving]) -> Report:
        disk = Disk()
        try:
            async with self._borrow() as line, taken_over(line.channel, escape_ff=self._config().escape_ff) as link:
                driver = start(link, line, disk)
                await self._drive(driver)
                await self._part(driver, line.channel)
        finally:
            disk.close()
        report = Report(verb, tuple(driver.reports), driver.why)
        for file in report.files:
            self._log_file(verb, file)
        if driver.gone:
            raise ChannelClosed(driver.gone)
        return report

    async def _drive(self, driver: Driver) -> None:
        try:
            await driver.run()
        except DiskHung:
            driver.break_off(NO_ANSWER_FROM_DISK)

    async def _part(self, driver: Driver, channel: Channel) -> None:
        """Let the client's program leave the line, or see it off."""
        if driver.gone:
            return
        if not driver.why:
            await asyncio.sleep(LEAVING)
        elif not await swallow(channel):
            driver.gone = STILL_SENDS

    def _log_file(self, verb: str, file: FileReport) -> None:
        self._log.info(
            verb.lower(),
            file=file.name,
            result=file.ending.value,
            bytes=file.size,
            seconds=round(file.seconds, 2),
            errors=file.errors,
            sha256=file.sha256,
            why=file.why,
        )
