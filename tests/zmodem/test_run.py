from __future__ import annotations

import random
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.zmodem.decode import Region, decode
from sttelnet.zmodem.encode import Encoder
from sttelnet.zmodem.frames import End
from sttelnet.zmodem.headers import Style
from sttelnet.zmodem.link import CLEAN, NVT, TELNET, Link, escaped
from sttelnet.zmodem.reader import Chunk, Noise, Reader
from sttelnet.zmodem.run import Pattern, Run, end_of_last, pattern, read_run
from sttelnet.zmodem.unescape import unescape

RANDOM = random.Random(5).randbytes(100_000)
TEXT = b"The quick brown fox jumps over the lazy dog.\r\n" * 2000


def wire_of(data: bytes, block: int = 1024, link: Link = CLEAN) -> bytes:
    return Encoder(link).subpackets(data, block, End.MORE)


def learnt(wire: bytes) -> Pattern:
    found = pattern(decode(wire, wide=True))
    assert found is not None
    return found


def read(pieces: list[bytes]) -> tuple[bytes, list[Noise]]:
    """Read the data of one frame, in these pieces."""
    reader, data, noise = Reader(), b"", []
    reader.enter(Style.WIDE)
    for piece in pieces:
        reader.feed(piece)
        while (item := reader.read()) is not None:
            if isinstance(item, Chunk):
                data += item.data
            elif isinstance(item, Noise):
                noise.append(item)
    return data, noise


@pytest.mark.parametrize("link", [CLEAN, TELNET], ids=["clean", "telnet"])
@pytest.mark.parametrize("data", [RANDOM, TEXT], ids=["random", "text"])
@pytest.mark.parametrize("block", [256, 1024, 8192])
def test_a_run_is_read_as_the_careful_way_reads_it(block: int, data: bytes, link: Link) -> None:
    wire = wire_of(data[: 65536 // block * block], block, link)
    assert read_run(wire, learnt(wire)) == Run(decode(wire, wide=True).data, len(wire))


@given(st.binary(min_size=4, max_size=60), st.sampled_from([CLEAN, TELNET]))
@settings(max_examples=150, deadline=None)
def test_every_byte_can_stand_in_a_run(data: bytes, link: Link) -> None:
    block = len(data) // 4
    data = data[: 4 * block]
    usual = learnt(wire_of(RANDOM[:8192], 1024, link))
    wire = wire_of(data, block, link)
    run = read_run(wire, Pattern(block, usual.unescape))
    assert data.startswith(run.data)
    assert run.used == len(wire) or decode(wire[: run.used], wide=True).data == run.data


def test_a_return_escaped_as_sz_does_is_part_of_a_run_but_for_some_bytes_behind_it() -> None:
    usual = learnt(wire_of(RANDOM[:8192])).unescape
    pair = b"\x18" + escaped(0x0D)[1:]
    plain = {byte: bytes(usual(pair + bytes((byte,)))) for byte in range(256) if byte not in b"\x18"}
    wrong = [
        byte
        for byte, found in plain.items()
        if found != bytes((0x0D, byte)) and byte not in b"\x10\x11\x13\x90\x91\x93"
    ]
    assert len(wrong) <= 8  # Python takes them for further digits; a CRC finds it


@pytest.mark.parametrize("where", [0, 3, 63])
def test_what_is_other_ends_the_run_before_it(where: int) -> None:
    parts = [wire_of(RANDOM[at : at + 1024]) for at in range(0, 65536, 1024)]
    usual = learnt(b"".join(parts))
    for other in (
        wire_of(RANDOM[:1000]),  # shorter
        Encoder(CLEAN).subpackets(RANDOM[:1024], 1024, End.QUERY),  # wants an answer
        parts[0].replace(parts[0][50:51], bytes((parts[0][50] ^ 1,)), 1),  # garbled
    ):
        wire = b"".join([*parts[:where], other, *parts[where + 1 :]])
        run = read_run(wire, usual)
        assert run.data == RANDOM[: where * 1024]
        assert run.used == sum(map(len, parts[:where]))


def test_only_whole_subpackets_belong_to_a_run() -> None:
    wire = wire_of(RANDOM[:4096])
    whole = len(wire)
    for cut in range(whole - 8, whole):
        end = end_of_last(wire[:cut], 0)
        assert end == len(wire_of(RANDOM[:3072]))
    assert end_of_last(wire, 0) == whole
    assert end_of_last(wire[:500], 0) is None


@pytest.mark.parametrize(
    "region",
    [
        Region(b"", 0),
        Region(bytes(3000), 3100, alike=3, longest=1000),
        Region(bytes(8192), 8300, queries=(4096,), alike=8, longest=1024),
        Region(bytes(8192), 8300, end=End.LAST, alike=8, longest=1024),
        Region(bytes(8192), 8300, alike=0, longest=1024),
        Region(bytes(8192), 8300, alike=8, longest=1024, behind=b"XPQA" * 100),
    ],
    ids=["nothing", "short", "questions", "end", "sizes", "strange pairs"],
)
def test_what_is_no_run_teaches_nothing(region: Region) -> None:
    assert pattern(region) is None


@given(
    st.lists(st.integers(1, 5000), max_size=30),
    st.sampled_from([CLEAN, TELNET, NVT]),
    st.sampled_from([512, 1024, 8192]),
    st.integers(0, 60_000),
)
@settings(max_examples=60, deadline=None)
def test_pieces_and_changes_of_size_make_no_difference(sizes: list[int], link: Link, block: int, turn: int) -> None:
    encoder = Encoder(link)
    data = RANDOM[:60_000]
    wire = encoder.subpackets(data[:turn], block, End.MORE) + encoder.subpackets(data[turn:], 700, End.LAST)
    pieces, at = [], 0
    for size in [*sizes, len(wire)]:
        pieces.append(wire[at : at + size])
        at += size
    assert read(pieces) == (data, [])


@given(st.integers(0, 90_000), st.integers(1, 255))
@settings(max_examples=60, deadline=None)
def test_a_garbled_byte_in_a_run_is_found_and_everything_before_it_kept(place: int, bits: int) -> None:
    wire = bytearray(wire_of(RANDOM[:81_920]))
    place %= len(wire)
    wire[place] ^= bits
    data, noise = read([bytes(wire)])
    assert RANDOM.startswith(data)
    assert noise[:1] == [Noise.BAD_DATA] or len(data) < 81_920


def test_python_may_be_told_to_raise_its_warnings() -> None:
    usual = learnt(wire_of(RANDOM[:8192]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_run(b"abc\x18Adef", usual) == Run(b"", 0)
    assert read_run(b"abc\x18xdef", usual) == Run(b"", 0)
    assert read_run(b"abc\x18", usual) == Run(b"", 0)


def test_unescaping_by_flips_is_the_same() -> None:
    wire = wire_of(RANDOM[:65536], 1024, TELNET)
    assert learnt(wire).unescape(wire) == unescape(wire).data
