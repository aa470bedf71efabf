"""A ZModem machine driven over a session's channel: the clock, the bytes, and what a person there should be told.

Two tasks share the machine. One listens: what arrives is fed to the machine at once, also while output is held up.
The other speaks: it acts on events, sends, and keeps the time. The listener takes no more before the speaker has
acted on what came, so that a slow disk slows the client down instead of filling memory.
"""

from __future__ import annotations

import asyncio
import math
from typing import Final

from sttelnet.channel import Line
from sttelnet.errors import ChannelClosed, DiskHung
from sttelnet.transfer.disk import Disk, reason
from sttelnet.transfer.line import swallow
from sttelnet.transfer.progress import Progress
from sttelnet.transfer.report import Ending
from sttelnet.zmodem import ABORT, Cancelled, Event, Failed, Reason, Rewound
from sttelnet.zmodem.machine import Machine

SILENCE: Final = 15.0  # seconds until a program that has no ZModem, or has left, is given up
SLICE: Final = 32 * 1024  # bytes sent before it is looked whether they are still wanted
SLOWEST: Final = 20.0  # bytes a second over a minute: below, somebody only holds the line
MINUTE: Final = 60.0
LOOK: Final = 5.0  # seconds between two looks at the session while nothing happens; each says that nobody is idle

GIVEN_UP: Final = "The transfer was cancelled."
TOO_SLOW: Final = "The transfer was given up: the line carries next to nothing."
GOING_DOWN: Final = "The transfer was broken off."
NO_ANSWER_FROM_DISK: Final = "The transfer was broken off: the disk does not answer."
DISK_FAILED: Final = "The transfer was broken off: {}."
NO_ZMODEM: Final = (
    "Your program did not answer: PuTTY, telnet and nc have no ZModem."
    " SyncTERM, Tera Term, minicom and KiTTY have it, some only from their menu."
)
NOTHING_YET: Final = (
    b"\r\nNothing has come yet. Send by ZModem from your program's menu; PuTTY, telnet"
    b"\r\nand nc have no ZModem. Ctrl-C gives up.\r\n"
)


class Driver:
    """What both directions have in common."""

    def __init__(self, machine: Machine, line: Line, disk: Disk, progress: Progress) -> None:
        self.why = ""  # the transfer did not come to its end
        self.ending = Ending.FAILED  # of the file at hand, when the transfer ends in its middle
        self.gone = ""  # why the client is, once it is
        self._machine, self._line, self._disk, self._progress = machine, line, disk, progress
        self._channel = line.channel
        self._loop = asyncio.get_running_loop()
        self._queued = b""  # not yet on the wire, and so can be called back
        self._news = asyncio.Event()  # something arrived
        self._calm = asyncio.Event()  # … and has been acted on
        self._broken_off = False  # by us: what was to happen next does not
        self._moved = 0  # bytes of files, in both directions
        self._checked = (self._loop.time(), 0)
        self._hint_at = math.inf  # when to say that nothing has come yet

    async def run(self) -> None:
        """Carry the transfer to its end, whatever end that is."""
        ended = False
        try:
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._listen())
                await self._speak_until_gone()
                listening.cancel()
            ended = True
        finally:
            if not ended:  # by a fault, ours or a site's: the other side must be told, or it sends on
                self._channel.send(ABORT)
                if not await swallow(self._channel):
                    self._channel.abort()
        if not self.why:
            self._channel.unread(self._machine.leftover())  # keys, pressed while the transfer ended

    def break_off(self, why: str) -> None:
        """Give up, for a reason of our own."""
        if not self._machine.over:
            self._queued = b""
        self._broken_off = True
        self._note(why)
        self._machine.cancel()

    # The listener.

    async def _listen(self) -> None:
        while not self._machine.over:
            data = await self._channel.receive()
            if data:
                await self._feed(data)
            elif data is not None:
                self._machine.receive_end()
                self.gone = Reason.HUNG_UP.value
            self._calm.clear()
            self._news.set()
            await self._calm.wait()

    async def _feed(self, data: bytes) -> None:
        """Let the machine read what arrived; the other sessions have their turns meanwhile."""
        self._machine.receive_data(data)
        while self._machine.behind:
            await asyncio.sleep(0)
            self._machine.receive_data(b"")

    # The speaker.

    async def _speak_until_gone(self) -> None:
        """Speak; an exception that left the task group would hold what it passed through."""
        try:
            await self._speak()
        except ChannelClosed as closed:
            self.gone = str(closed)
            self._machine.receive_end()
            self._note(Reason.HUNG_UP.value)

    async def _speak(self) -> None:
        while True:
            self._news.clear()
            due, looked = self._machine.timeout(self._loop.time()), self._loop.time()
            while events := self._machine.events():  # the listener may bring more meanwhile
                for event in events:
                    await self._on_event_of_ours(event)
                    if self._loop.time() - looked > LOOK:  # a large file was read for its CRC
                        await self._look_up()
                        looked = self._loop.time()
            self._calm.set()
            await self._look_up()
            self._queued += self._machine.data_to_send()
            if self._queued:
                await self._send()
            elif self._machine.over:
                return
            elif not await self._supply():
                await self._wait(due)

    async def _send(self) -> None:
        """Send what is queued, as long as nothing arrives that may make it stale."""
        while self._queued:
            part, self._queued = self._queued[:SLICE], self._queued[SLICE:]
            self._channel.send(part)
            await self._channel.drain()
            await asyncio.sleep(0)
            if self._news.is_set():
                return

    async def _wait(self, due: float | None) -> None:
        until = min(math.inf if due is None else due, self._loop.time() + LOOK, self._hint_at)
        try:
            async with asyncio.timeout_at(until):
                await self._news.wait()
        except TimeoutError:
            return

    async def _look_up(self) -> None:
        """See whether the session wants its line back, and whether the transfer goes on at all."""
        self._line.working(self._progress.words())
        if self._machine.over:
            return
        if await self._line.wanted_back(unfinished=bool(self._progress.name or self._moved)):
            self.break_off(GOING_DOWN)
        now = self._loop.time()
        if now >= self._hint_at:
            self._hint_at = math.inf
            if not self._machine.met:
                self._channel.send(NOTHING_YET)
        self._check_rate(now)

    def _check_rate(self, now: float) -> None:
        """Give up a line that carries next to nothing; a person who chooses files has their time."""
        since, moved = self._checked
        if not self._progress.name:
            self._checked = (now, self._moved)
        elif now - since >= MINUTE:
            if self._moved - moved < SLOWEST * (now - since):
                self.break_off(TOO_SLOW)
            self._checked = (now, self._moved)

    async def _on_event_of_ours(self, event: Event) -> None:
        if self._broken_off:
            return  # a file that lacks what could not be written must not come to its end
        try:
            await self._on_event(event)
        except DiskHung:
            self.break_off(NO_ANSWER_FROM_DISK)
        except OSError as error:
            self.break_off(DISK_FAILED.format(reason(error)))

    async def _on_event(self, event: Event) -> None:
        """Act on an event."""
        match event:
            case Rewound():
                self._queued = b""
                self._progress.errors += 1
            case Failed(reason):
                self._queued = b""
                self._note(NO_ZMODEM if reason is Reason.NO_PEER else reason.value)
            case Cancelled():
                self._queued = b""
                self.ending = Ending.FAILED if self.why else Ending.CANCELLED
                self._note(GIVEN_UP)
            case _:
                pass

    async def _supply(self) -> bool:
        """Give the machine what it can send next; False where there is nothing."""
        return False

    def _note(self, why: str) -> None:
        self.why = self.why or why
