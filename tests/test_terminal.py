from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.ansi import FUNCTIONS
from sttelnet.charset import Charset
from sttelnet.editor import Line
from sttelnet.errors import ChannelClosed
from sttelnet.keys import Key, Name, Press, Text
from sttelnet.terminal import Terminal
from tests.memory import MemoryChannel


async def read_all(channel: MemoryChannel, *, single: bool = False, whole: bool = False) -> list[Key | Line | None]:
    terminal, keys = Terminal(channel), []
    try:
        while True:
            keys.append(await terminal.read(single=single, whole=whole))
    except ChannelClosed:
        return keys


def merged(keys: list[Key | Line | None]) -> list[object]:
    """Return keys with neighbouring runs of text joined: where a run is cut means nothing."""
    found: list[object] = []
    for key in keys:
        if isinstance(key, Text) and found and isinstance(found[-1], str):
            found[-1] += key.text
        else:
            found.append(key.text if isinstance(key, Text) else key)
    return found


BYTES = st.lists(st.sampled_from([b"a", b"\xc3", b"\xa9", b"\r", b"\n", b"\0", b"\x1b", b"[", b"A", b"5~", b"\x7f"]))


@given(BYTES, st.lists(st.integers(1, 5)), st.booleans())
def test_where_input_is_cut_never_matters(parts: list[bytes], cuts: list[int], single: bool) -> None:
    data, pieces = b"".join(parts), []
    for cut in cuts:
        pieces.append(data[:cut])
        data = data[cut:]
    pieces = [piece for piece in [*pieces, data] if piece]

    whole = asyncio.run(read_all(MemoryChannel([b"".join(parts)] if parts else [])))
    cut_up = asyncio.run(read_all(MemoryChannel(pieces), single=single))

    assert merged(cut_up) == merged(whole)


@given(BYTES)
def test_whole_lines_are_the_lines_the_keys_make(parts: list[bytes]) -> None:
    data = b"".join(parts)
    plain = merged(asyncio.run(read_all(MemoryChannel([data] if data else []))))
    quick: list[object] = []
    for key in asyncio.run(read_all(MemoryChannel([data] if data else []), whole=True)):
        quick += [Text(key.text), Press(Name.ENTER)] if isinstance(key, Line) and key.text else []
        quick += [Press(Name.ENTER)] if key == Line("") else []
        quick += [] if isinstance(key, Line) else [key]

    assert merged(quick) == plain  # type: ignore[arg-type]


async def test_no_byte_behind_a_line_is_looked_at_so_that_a_transfer_can_take_it() -> None:
    channel = MemoryChannel([b"go\r\n**\x18B00\xff\xfe"])
    terminal = Terminal(channel)

    assert await terminal.read() == Text("go")
    assert await terminal.read() == Press(Name.ENTER)
    terminal.release()

    assert await channel.receive() == b"**\x18B00\xff\xfe"


async def test_a_single_key_leaves_what_is_behind_it() -> None:
    channel = MemoryChannel([b"d\x18B00"])
    terminal = Terminal(channel)

    assert await terminal.read(single=True) == Text("d")
    terminal.release()

    assert await channel.receive() == b"\x18B00"


async def test_what_was_collected_leaves_in_one_piece_before_the_wait_for_input() -> None:
    channel = MemoryChannel([b"x"])
    terminal = Terminal(channel)
    terminal.send("one ")
    terminal.send("two")
    await terminal.read()

    assert (channel.sent, channel.sends) == (b"one two", 1)


def test_plain_text_is_cleaned_and_ansi_sent_as_it_is() -> None:
    terminal = Terminal(MemoryChannel())
    red = FUNCTIONS["Color"]("red")

    assert terminal.ready("a\x1b[31m\nb") == "a[31m\r\nb"
    assert terminal.ready(red + "a\n") == f"{red!s}a\r\n"


def test_ansi_is_stripped_where_the_terminal_gave_no_type() -> None:
    terminal = Terminal(MemoryChannel(terminal_type=None))

    assert terminal.facts.plain
    assert terminal.ready(FUNCTIONS["Color"]("red") + "a") == "a"


def test_the_charset_goes_by_the_type_until_one_is_chosen() -> None:
    channel = MemoryChannel(terminal_type="syncterm")
    terminal = Terminal(channel)
    assert charset(terminal) is Charset.CP437

    terminal.choose_charset(Charset.ASCII)
    channel.terminal_type = "xterm"
    terminal.update()
    assert charset(terminal) is Charset.ASCII

    terminal.choose_charset(None)
    assert charset(terminal) is Charset.UTF_8


def charset(terminal: Terminal) -> Charset:
    """Return what the terminal goes by now."""
    return terminal.facts.charset


async def test_a_wake_is_seen_and_the_end_of_input_raised() -> None:
    channel = MemoryChannel()
    terminal = Terminal(channel)
    channel.wake()

    assert await terminal.read() is None
    with pytest.raises(ChannelClosed):
        await terminal.read()


@pytest.mark.parametrize("single", [True, False])
async def test_others_have_their_turn_behind_each_key_that_takes_milliseconds(single: bool) -> None:
    """A page of the shipped tree takes about so long to draw: who asks for hundreds at once draws one, and waits."""
    terminal, turns = Terminal(MemoryChannel([b"\r\n" * 10])), 0

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with asyncio.TaskGroup() as tasks:
        other = tasks.create_task(another())
        for key in range(10):
            await terminal.read(single=single)
            assert turns >= key
            time.sleep(0.002)  # what the loop is kept with
        other.cancel()
