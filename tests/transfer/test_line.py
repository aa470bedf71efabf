"""How a connection is taken over for files and given back."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

import pytest

from sttelnet.transfer import line
from sttelnet.transfer.line import swallow, taken_over
from sttelnet.zmodem import NVT, TELNET, Link
from tests.memory import MemoryChannel


class Watched(MemoryChannel):
    """Writes down what is asked of it, and refuses BINARY where it shall."""

    def __init__(self, *, eight_bits: bool = True) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._eight_bits = eight_bits

    async def binary(self, on: bool, seconds: float = 2.0) -> bool:
        self.asked.append(f"binary {on}")
        return self._eight_bits

    def bulk(self, on: bool) -> None:
        self.asked.append(f"bulk {on}")


class Sending(MemoryChannel):
    """A client that sends a piece each `pause` seconds, `pieces` times."""

    def __init__(self, pieces: int, size: int = 100, pause: float = 0.0) -> None:
        super().__init__()
        self.left, self._size, self._pause = pieces, size, pause
        self.never = asyncio.Event()

    async def receive(self) -> bytes | None:
        await asyncio.sleep(self._pause)
        if self.left <= 0:
            await self.never.wait()
        self.left -= 1
        return b"x" * self._size


@pytest.mark.parametrize(("escape_ff", "link"), [(True, TELNET), (False, Link())])
async def test_eight_bits_are_asked_for_first_and_given_back(escape_ff: bool, link: Link) -> None:
    channel = Watched()
    async with taken_over(channel, escape_ff=escape_ff) as given:
        assert given == link
        assert not channel.interrupts
        assert channel.asked == ["bulk True", "binary True"]

    assert channel.asked[2:] == ["binary False", "bulk False"]
    assert channel.interrupts


@pytest.mark.parametrize("escape_ff", [True, False])
async def test_a_client_that_refuses_eight_bits_is_sent_what_survives_seven(escape_ff: bool) -> None:
    async with taken_over(Watched(eight_bits=False), escape_ff=escape_ff) as given:
        assert given == replace(NVT, rubout=escape_ff)


@pytest.mark.parametrize("error", [OSError, asyncio.CancelledError])
async def test_whatever_ends_a_transfer_the_connection_is_what_it_was(error: type[BaseException]) -> None:
    channel = Watched()
    with pytest.raises(error):
        async with taken_over(channel, escape_ff=True):
            raise error

    assert channel.asked[2:] == ["binary False", "bulk False"]
    assert channel.interrupts


async def test_what_still_comes_is_swallowed_until_it_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "QUIET", 0.2)
    channel = Sending(20, pause=0.01)

    assert await swallow(channel)
    assert channel.left == 0


async def test_a_client_that_has_hung_up_is_quiet_at_once() -> None:
    channel = MemoryChannel([b"1", b"2"])

    async with asyncio.timeout(0.9):
        assert await swallow(channel)
    assert channel.incoming == deque()


async def test_being_woken_is_no_reason_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "QUIET", 0.2)
    channel = MemoryChannel([b"1", b"2"])
    channel.wake()

    assert await swallow(channel)
    assert channel.incoming == deque()


async def test_a_client_that_does_not_become_quiet_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "QUIET", 0.2)
    monkeypatch.setattr(line, "LONGEST_TAIL", 0.4)

    assert not await swallow(Sending(10_000, pause=0.02))


async def test_one_that_sends_more_than_can_have_been_on_its_way_is_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "MOST_TAIL", 100_000)
    channel = Sending(10_000, size=1000)

    assert not await swallow(channel)
    assert channel.left == 9_900


def test_some_megabytes_on_their_way_are_no_reason_to_part() -> None:
    assert line.MOST_TAIL >= 16 * 1024 * 1024  # kernels hold as much on a quick line
