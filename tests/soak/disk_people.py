"""What people do at a daemon whose disk is full: each deed is a call of its own, and says whether it was done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Final

from sttelnet.areas.allowance import Refusal as UploadRefusal
from sttelnet.members import Refusal
from tests.bench.load import PATIENCE, LoadError
from tests.daemon import Peer, call
from tests.file_pages import DATE, go_to
from tests.soak.visits import PASSWORD
from tests.transfer.caller import Caller, Giving, calling

# A prompt is known by the cursor's move before it: its words stand on the page, too.
CHOICE: Final = "Your choice: "
NOT_STORED: Final = Refusal.STORE_FAILED.value
NO_ROOM: Final = UploadRefusal.DISK.value
_CUT_OFF: Final = "No space left on device"
# A key of the first page, and what stands on the page it leads to.
PAGES: Final = (
    ("h", "HEALTH  "),
    ("w", "WHO IS ON"),
    ("b", "BULLETIN"),
    ("p", "PROCESSES"),
    ("f", "FILES"),
    ("?", "HELP"),
)


@contextlib.asynccontextmanager
async def calls(port: int, name: str = "", password: str = PASSWORD) -> AsyncIterator[Peer]:
    """Call as a guest, or log in; either stands on the first page."""
    async with call(port) as peer:
        await peer.until(CHOICE)
        if name:
            await enter(peer, ("l", "HName: "), (f"{name}\r\0", "HPassword: "))
            await peer.send(f"{password}\r\0")
            await peer.until(lambda peer: _in_order(peer.text, f"Welcome, {name}", CHOICE))
        yield peer


async def reads(peer: Peer, page: tuple[str, str]) -> bool:
    """Read a page, and go back."""
    await enter(peer, page, ("\x03", CHOICE))
    return True


async def register(port: int, name: str) -> bool:
    """Become a member. Raises AssertionError where neither that nor the sentence comes."""
    async with calls(port) as peer:
        again = (f"{PASSWORD}\r\0", "HPassword again: ")
        await enter(peer, ("n", "HName: "), (f"{name}\r\0", "HPassword: "), again)
        return await _done(peer, f"{PASSWORD}\r\0", f"Welcome, {name}")


async def write_to(port: int, name: str, other: str, text: str) -> bool:
    """Write to a member who is not on."""
    async with calls(port, name) as peer:
        return await _done(peer, f"/msg {other} {text}\r\0", f"{other} is not on: your message will be delivered")


async def change_password(port: int, name: str, old: str, new: str) -> bool:
    """Choose another password."""
    async with calls(port, name, old) as peer:
        await enter(peer, ("y", "YOUR PROFILE"), ("c", "HOld password: "), (f"{old}\r\0", "HNew password: "))
        await enter(peer, (f"{new}\r\0", "HNew password again: "))
        return await _done(peer, f"{new}\r\0", "Your password is changed.")


def _in_order(text: str, first: str, second: str) -> bool:
    return second in text.partition(first)[2]


async def enter(peer: Peer, *steps: tuple[str, str]) -> None:
    """Enter one thing after the other, each once what the one before leads to is there."""
    for data, sight in steps:
        await peer.send(data)
        await peer.until(sight)


async def _done(peer: Peer, data: str, sight: str) -> bool:
    """Send what is to be stored; return whether it was done, or refused with the sentence."""
    await peer.send(data)
    seen = await peer.until(lambda peer: sight in peer.text or NOT_STORED in peer.text)
    return sight in seen


@contextlib.asynccontextmanager
async def before_upload(port: int, name: str, area: str) -> AsyncIterator[Caller]:
    """Call, and stand before an upload into an area."""
    async with calling(port) as caller:
        await caller.until(CHOICE.encode())
        for data, sight in (
            (b"l", b"HName: "),
            (f"{name}\r".encode(), b"HPassword: "),
            (f"{PASSWORD}\r".encode(), b"Welcome"),
        ):
            await caller.key(data)
            await caller.until(sight)
        await go_to(caller, area)
        yield caller


async def told(caller: Caller, file: str) -> bool:
    """Return whether the file that was given has arrived, or was refused with a sentence."""
    arrived = f"Received {file}".encode()
    refusals = [sentence.encode() for sentence in (NO_ROOM, _CUT_OFF, NOT_STORED)]
    async with asyncio.timeout(PATIENCE):
        while not any(sentence in caller.shown for sentence in (arrived, *refusals)):
            if not await caller.read():
                message = f"hung up without a sentence: {caller.shown[-600:]!r}"
                raise LoadError(message)
    return arrived in caller.shown


async def upload(port: int, name: str, area: str, file: str, content: bytes) -> bool:
    """Give a file."""
    giving = Giving([(file, content)], date=DATE)
    async with before_upload(port, name, area) as caller:
        await caller.give(giving)
        return await told(caller, file)
