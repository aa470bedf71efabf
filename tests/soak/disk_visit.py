"""One time that a disk is full and has room again, with people on meanwhile."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from sttelnet.control import Request, Response, ask
from tests.bench.load import PATIENCE, LoadError
from tests.bridge import RECEIVES
from tests.daemon import Peer
from tests.soak import disk_people as people
from tests.soak.disk_books import Books
from tests.soak.small_disk import SmallDisk
from tests.soak.visits import PASSWORD
from tests.transfer.caller import DATE, Caller, Giving

AREA: Final = "public"
READER, TALKER, LISTENER, CHANGER, GIVER = NAMES = ("reader", "talker", "listener", "changer", "giver")
# A write-ahead log that begins anew has some hundred messages' room within it; a mailbox takes 250 of one sender.
AWAY: Final = ("away", "away.too", "away.long", "away.far")
IN_A_ROW: Final = 3
MORE_THAN_WAIT: Final = 1100  # rows; 1,000 wait in memory
TIME_OF_MANY: Final = 1  # the second one, for they take a while
LINES: Final = 5  # of chat
UPLOAD: Final = 200_000  # bytes
AGAIN: Final = 0.1  # seconds between two tries
ALL_WITHIN: Final = 60.0  # seconds
_FULL: Final = "the disk is full"


class Emergency:
    """A daemon, its disk, and the people of it."""

    def __init__(self, port: int, disk: SmallDisk, books: Books) -> None:
        self._port, self._disk, self._books = port, disk, books
        self._password = PASSWORD  # of the one who changes it
        self._content = random.Random(3).randbytes(UPLOAD)

    async def settle_in(self, *names: str) -> None:
        """Have members there before anything happens."""
        for name in names or (*NAMES, *AWAY):
            if not await people.register(self._port, name):
                message = f"{name} was not made"
                raise LoadError(message)

    async def once(self, number: int) -> None:
        """Fill the disk, do all of it, give the room back, do it again."""
        away = f"traveller{number}"
        await self.settle_in(away)
        async with self._chatting() as (talker, listener), self._giving(number) as (giver, giving):
            self._disk.fill()
            began = time.time()
            await giver.run_script(giving)
            arrived = await people.told(giver, f"half{number}.bin")
            self._books.take("refused with a sentence: an upload that fills the disk", not arrived)
            await self.press_until_full()
            await self._go_on(talker, listener)
            await self._refused(number, away)
            await self._in_command()
            if number == TIME_OF_MANY:
                await self._more_than_waits()
            self._books.windows.append((began, time.time()))
            self._disk.free()
        await self._works_again(number, away)

    async def press_until_full(self) -> None:
        """Write to people until nothing is taken any more."""
        refused = 0
        for name in AWAY:
            full = False
            while not full:
                said = (await self._asked("msg", name=name, text="x" * 390)).lines[0]
                refused = refused + 1 if _FULL in said else 0
                if refused == IN_A_ROW:
                    return
                full = "is full." in said
        message = "a database on a full disk has taken all messages that people may have"
        raise LoadError(message)

    # -- before

    @asynccontextmanager
    async def _chatting(self) -> AsyncIterator[tuple[Peer, Peer]]:
        async with people.calls(self._port, TALKER) as talker, people.calls(self._port, LISTENER) as listener:
            for one in (talker, listener):
                await people.enter(one, ("c", "CHAT"))
                await one.quiet()
            yield talker, listener

    @asynccontextmanager
    async def _giving(self, number: int) -> AsyncIterator[tuple[Caller, Giving]]:
        """Begin an upload, and stop in its middle."""
        giving = Giving([(f"half{number}.bin", self._content)], date=DATE)
        async with people.before_upload(self._port, GIVER, AREA) as caller:
            await caller.invited(b"u", RECEIVES)
            await caller.run_script(giving, until=lambda: giving.supplied > 0)
            yield caller, giving

    # -- while it is full

    async def _go_on(self, talker: Peer, listener: Peer) -> None:
        async with self._logged_in(READER) as reader:
            for page in people.PAGES:
                self._books.take("pages that are read", await people.reads(reader, page))
        for line in range(LINES):
            await talker.line(f"line {line} of many")
            await listener.until(f"line {line} of many")
            self._books.take("lines of chat that are heard", well=True)
        before = await self._ran()
        async with asyncio.timeout(PATIENCE):
            while await self._ran() <= before:
                await asyncio.sleep(AGAIN)
        self._books.take("checks that run on", well=True)

    @asynccontextmanager
    async def _logged_in(self, name: str) -> AsyncIterator[Peer]:
        async with people.calls(self._port, name) as peer:
            self._books.owe("log-in", name)
            self._books.take("log-ins by password", well=True)
            yield peer

    async def _ran(self) -> float:
        """Return when the check ran last."""
        answer = await self._asked("health", name="")
        assert isinstance(answer.data, dict)
        return next(float(one["ran"]) for one in answer.data["watched"] if one["name"] == "beat")

    async def _refused(self, number: int, away: str) -> None:
        for what, deed in self._deeds(f"early{number}", away, f"new{number}.bin", "another password"):
            self._books.take(f"refused with a sentence: {what}", not await deed())
        for name in (READER, CHANGER, GIVER):
            self._books.owe("log-in", name)

    def _deeds(self, name: str, away: str, file: str, new: str) -> list[tuple[str, Callable[[], Awaitable[bool]]]]:
        """Return what needs to be written down."""
        port = self._port
        return [
            ("a registration", partial(people.register, port, name)),
            ("a message to one who is away", partial(people.write_to, port, READER, away, "hello")),
            ("a new password", partial(people.change_password, port, CHANGER, self._password, new)),
            ("an upload", partial(people.upload, port, GIVER, AREA, file, self._content)),
        ]

    async def _in_command(self) -> None:
        """Do what an operator does in an emergency."""
        async with people.calls(self._port) as guest:
            who = await self._asked("who")
            assert isinstance(who.data, list)
            kicked = await self._asked("kick", number=str(max(one["number"] for one in who.data)), reason="no room")
            self._books.take("kicks", kicked.ok and "no room" in await guest.rest())
            self._books.owe("kicked", "GUEST")
        await self._ban("192.0.2.1")
        lifted = await self._asked("unban", address="192.0.2.1")
        self._books.take("bans lifted", lifted.ok, str(lifted))
        self._books.owe("unbanned", "192.0.2.1")
        for verb, event, arguments in (("reload", "reload", {}), ("broadcast", "broadcast", {"text": "the disk"})):
            answer = await self._asked(verb, **arguments)
            self._books.take(f"{verb}s", answer.ok, str(answer))
            self._books.owe(event)

    async def _ban(self, address: str) -> None:
        answer = await self._asked("ban", address=address, for_="1h")
        self._books.take("bans", answer.ok, str(answer))
        self._books.owe("banned", address)

    async def _more_than_waits(self) -> None:
        """Leave more rows than may wait: a gap row has to tell of the rest."""
        for at in range(MORE_THAN_WAIT):
            await self._ban(f"198.51.100.{at % 256}")

    async def _asked(self, verb: str, **arguments: str) -> Response:
        request = Request(verb, {name.rstrip("_"): value for name, value in arguments.items()})
        return await asyncio.to_thread(ask, self._disk.outside, request)

    # -- with room again

    async def _works_again(self, number: int, away: str) -> None:
        """Wait until all works that did not; note how long it took."""
        began = time.monotonic()
        new = f"password number {number}"
        async with asyncio.timeout(ALL_WITHIN):
            for what, deed in self._deeds(f"later{number}", away, f"back{number}.bin", new):
                while not await deed():
                    await asyncio.sleep(AGAIN)
                self._books.take(f"works again: {what}", well=True)
            self._password = new
            while not self._books.are_written(self._disk.outside / "audit.jsonl"):
                await asyncio.sleep(AGAIN)
        self._books.seconds.append(time.monotonic() - began)
        file = f"half{number}.bin"
        done = await people.upload(self._port, GIVER, AREA, file, self._content)
        whole = done and (self._disk.outside / "area" / file).read_bytes() == self._content
        self._books.take("works again: the upload the disk had ended, whole", whole)
        for gone in (file, f"back{number}.bin"):
            (self._disk.outside / "area" / gone).unlink()
