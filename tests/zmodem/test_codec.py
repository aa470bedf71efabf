from __future__ import annotations

import random
import zlib
from itertools import pairwise

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from sttelnet.zmodem.decode import decode
from sttelnet.zmodem.encode import Encoder
from sttelnet.zmodem.frames import LARGEST_SUBPACKET, End, Frame
from sttelnet.zmodem.headers import Header, Parsed, Style, Unparsed, binary_header, flags, hex_header, parse_header
from sttelnet.zmodem.info import FileInfo, encode_info, parse_info
from sttelnet.zmodem.link import CLEAN, NVT, TELNET, Link, escaper, needed
from sttelnet.zmodem.reader import Chunk, Item, Noise, Reader
from tests.zmodem.slow import subpackets

LINKS = [CLEAN, TELNET, NVT, Link(returns=True), Link(controls=True), Link(returns=True, rubout=True)]
links = st.sampled_from(LINKS)
SPECIAL = bytes((0x18, 0x10, 0x11, 0x13, 0x90, 0x91, 0x93, 0xFF, 0x7F, 0x0D, 0x40, 0x68, 0x69, 0x6B, 0x00, 0x8D))
payloads = st.binary(max_size=3000) | st.lists(st.sampled_from(SPECIAL), max_size=3000).map(bytes)


def test_the_first_words_of_both_sides_are_what_terminals_look_for() -> None:
    assert hex_header(Frame.RQINIT) == b"**\x18B00000000000000\r\x8a\x11"
    assert hex_header(Frame.RINIT, flags(0x23)) == b"**\x18B0100000023be50\r\x8a\x11"
    assert hex_header(Frame.FIN) == b"**\x18B0800000000022d\r\x8a"
    assert hex_header(Frame.FIN, plain=True) == b"**\x18B0800000000022d\r\n"


def test_a_binary_header_escapes_its_bytes() -> None:
    escape = escaper(CLEAN)
    assert binary_header(Frame.DATA, 0x1811, escape, wide=False)[:10] == b"*\x18A\n\x18Q\x18X\x00\x00"
    body = b"\x0a\x00\x04\x00\x00"
    wide = b"*\x18C" + body + zlib.crc32(body).to_bytes(4, "little")
    assert binary_header(Frame.DATA, 0x400, escape, wide=True) == wide


def test_a_subpacket_is_data_end_and_checksum() -> None:
    crc = zlib.crc32(b"hello" + b"h").to_bytes(4, "little")
    assert Encoder(CLEAN).subpackets(b"hello", 1024, End.LAST) == b"hello\x18h" + crc
    assert Encoder(CLEAN, wide=False).subpackets(b"123456789", 1024, End.WAIT) == b"123456789\x18k\x38\xbf\x11"


@pytest.mark.parametrize("link", LINKS)
def test_what_a_link_escapes_never_travels_as_it_is(link: Link) -> None:
    wire = Encoder(link).subpackets(bytes(range(256)) * 8, 100, End.LAST)
    marks = wire.replace(b"\x18", b"")
    assert needed(link).isdisjoint(marks)


def test_without_binary_no_byte_is_left_that_telnet_would_change() -> None:
    wire = Encoder(NVT).subpackets(bytes(range(256)) * 8, 100, End.LAST)
    assert not set(wire) & {0x0D, 0x0A, 0xFF, 0x00}


def frame_of(data: bytes, block: int, link: Link, *, wide: bool, end: End = End.LAST) -> bytes:
    encoder = Encoder(link, wide=wide)
    return encoder.header(Frame.DATA, 0) + encoder.subpackets(data, block, end)


def read_all(pieces: list[bytes]) -> list[Item]:
    """Read what a machine would: the data behind every ZDATA."""
    reader, items = Reader(), []
    reader._trusted = LARGEST_SUBPACKET  # one in 65,536 looks like two in one, and is asked for again
    for piece in pieces:
        reader.feed(piece)
        while (item := reader.read()) is not None:
            items.append(item)
            if isinstance(item, Header) and item.frame == Frame.DATA:
                reader.enter(item.style)
    return items


def payload(items: list[Item]) -> bytes:
    return b"".join(item.data for item in items if isinstance(item, Chunk))


@settings(max_examples=200)
@given(payloads, st.sampled_from([1, 7, 64, 1024, 8192]), links, st.booleans(), st.sampled_from([End.LAST, End.WAIT]))
def test_what_is_encoded_is_decoded(data: bytes, block: int, link: Link, wide: bool, end: End) -> None:
    items = read_all([frame_of(data, block, link, wide=wide, end=end)])
    assert payload(items) == data
    assert isinstance(items[-1], Chunk)
    assert items[-1].end is end


@settings(max_examples=200)
@given(payloads, st.sampled_from([1, 64, 1024]), links, st.booleans(), st.lists(st.integers(0, 10000), max_size=12))
def test_the_cuts_between_reads_change_nothing(
    data: bytes, block: int, link: Link, wide: bool, cuts: list[int]
) -> None:
    wire = frame_of(data, block, link, wide=wide) + hex_header(Frame.EOF, len(data))
    places = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    items = read_all([wire[a:b] for a, b in pairwise(places)])
    assert payload(items) == data
    assert items[-1] == Header(Frame.EOF, len(data))


def test_one_byte_at_a_time_is_read_like_all_at_once() -> None:
    data = random.Random(1).randbytes(20000)
    wire = frame_of(data, 8192, CLEAN, wide=True)
    assert payload(read_all([wire[at : at + 1] for at in range(len(wire))])) == data


@settings(max_examples=200)
@example(bytes(5), True, CLEAN, [(17, "insert", 17)])  # XON between ZDLE and the end
@example(b"\0", False, NVT, [(1, "flip", 0)])  # no legal pair
@example(b"B", False, CLEAN, [(4, "drop", 0)])  # the last byte of its CRC is zero, and has not come
@given(
    payloads,
    st.booleans(),
    links,
    st.lists(
        st.tuples(st.integers(0, 10000), st.sampled_from(["flip", "drop", "insert"]), st.integers(0, 255)), max_size=4
    ),
)
def test_the_fast_decoder_agrees_with_the_specification(
    data: bytes, wide: bool, link: Link, harm: list[tuple[int, str, int]]
) -> None:
    wire = bytearray(Encoder(link, wide=wide).subpackets(data, 256, End.LAST))
    for where, kind, byte in harm:
        place = where % max(1, len(wire))
        match kind:
            case "flip":
                wire[place : place + 1] = bytes((byte,))
            case "drop":
                del wire[place : place + 1]
            case _:
                wire.insert(place, byte)
    assume(b"\x18\x18" not in wire)  # fewer than five CANs in a row are one: a liberty the fast one takes
    expected = subpackets(bytes(wire), wide=wide)
    assert _fast(bytes(wire), wide=wide) == b"".join(subpacket.data for subpacket in expected)


def _fast(wire: bytes, *, wide: bool) -> bytes:
    reader = Reader()
    reader.enter(Style.WIDE if wide else Style.BINARY)
    reader.feed(wire)
    data = b""
    while isinstance(item := reader.read(), Chunk):
        data += item.data
        if item.end:
            break
    return data


def test_flow_control_characters_of_the_line_are_taken_out() -> None:
    data = random.Random(2).randbytes(5000)
    wire = bytearray(frame_of(data, 1024, CLEAN, wide=True))
    for place in range(len(wire) - 10, 10, -97):
        wire.insert(place, random.Random(place).choice([0x11, 0x13, 0x91, 0x93]))
    assert payload(read_all([bytes(wire)])) == data
    assert Noise.BAD_DATA not in read_all([bytes(wire)])


@pytest.mark.parametrize("data", [b"\x18" * 50000, b"\xff" * 50000, b"\x7f\xff\x18\x68" * 9000, bytes(range(32)) * 900])
@pytest.mark.parametrize("link", LINKS)
def test_data_that_is_mostly_escapes_is_decoded(data: bytes, link: Link) -> None:
    assert payload(read_all([frame_of(data, 1024, link, wide=True)])) == data


def test_bytes_of_rubout_arrive_whether_escaped_or_not() -> None:
    crc = zlib.crc32(b"\x7f\xffh").to_bytes(4, "little")
    reader = Reader()
    reader.enter(Style.WIDE)
    reader.feed(b"\x18l\x18m\x18h" + escaper(CLEAN)(crc))
    assert reader.read() == Chunk(b"\x7f\xff", (), End.LAST)


@pytest.mark.parametrize("before", [0, 1, 3, 9, 40, 1500])
def test_five_cans_cancel_wherever_they_stand(before: int) -> None:
    wire = frame_of(bytes(5000), 1024, CLEAN, wide=True)[: before or None]
    assert Noise.CANCEL in read_all([wire[:before], b"\x18" * 8 + b"\b" * 10])
    assert Noise.CANCEL in read_all([wire[:before], *[b"\x18"] * 5])


def test_two_subpackets_made_one_by_a_lost_zdle_do_not_pass_crc_16() -> None:
    data = random.Random(3).randbytes(2048)
    wire = Encoder(CLEAN, wide=False).subpackets(data, 1024, End.LAST)
    lost = wire.index(b"\x18i")
    broken = wire[:lost] + wire[lost + 1 :]
    assert decode(broken, wide=False).data != b""  # the residue alone lets it pass
    assert decode(broken, wide=False, trusted=0).fault
    assert decode(broken, wide=False, trusted=1024).fault


def test_a_subpacket_over_8192_bytes_is_a_fault() -> None:
    assert payload(read_all([frame_of(bytes(8192), 8192, CLEAN, wide=True)])) == bytes(8192)
    assert read_all([frame_of(bytes(8193), 8193, CLEAN, wide=True)])[1] is Noise.BAD_DATA
    endless = Encoder(CLEAN).header(Frame.DATA) + b"a" * 40000
    assert Noise.BAD_DATA in read_all([endless[at : at + 500] for at in range(0, len(endless), 500)])


@pytest.mark.parametrize("end", [b"\r\n", b"\r\x8a\x11", b"\x8d\x8a", b"\n", b"\x8a", b""])
@pytest.mark.parametrize("start", [b"**", b"*", b"\xaa\xaa", b"***"])
def test_hex_headers_of_every_dialect_are_read(start: bytes, end: bytes) -> None:
    digits = b"0100000023be50"
    for body in (digits, bytes(byte | 0x80 for byte in digits), digits.upper(), digits[:3] + b"\x13" + digits[3:]):
        assert read_all([start + b"\x18B" + body + end]) == [Header(Frame.RINIT, flags(0x23))]


@pytest.mark.parametrize(
    "wire", [b"**\x18B0100000023be51\r\n", b"**\x18B01000 0023be50\r\n", b"*\x18A\x01\x00\x00\x00\x23\x00\x00"]
)
def test_garbled_headers_are_told(wire: bytes) -> None:
    assert read_all([wire]) == [Noise.BAD_HEADER]


def test_a_header_is_found_behind_a_garbled_one() -> None:
    assert read_all([b"*\x18A" + hex_header(Frame.FIN)])[-1] == Header(Frame.FIN)


def test_a_header_still_to_come_is_waited_for() -> None:
    assert parse_header(b"**\x18B01000", 1) is Unparsed.SHORT
    assert parse_header(b"*\x18C\x01\x18", 0) is Unparsed.SHORT


@given(st.integers(0, 19), st.integers(0, 2**32 - 1), links, st.booleans())
def test_every_header_comes_back(frame: int, value: int, link: Link, wide: bool) -> None:
    binary = binary_header(Frame(frame), value, escaper(link), wide=wide)
    parsed = parse_header(binary, 0)
    assert parsed == Parsed(Header(frame, value, Style.WIDE if wide else Style.BINARY), len(binary))
    assert read_all([hex_header(Frame(frame), value)])[0] == Header(frame, value)


@settings(max_examples=200)
@given(
    st.lists(
        st.binary(max_size=200) | st.sampled_from([b"*\x18A", b"**\x18B01", b"\x18i", b"*\x18C\n\x00"]), max_size=8
    )
)
def test_no_bytes_make_the_reader_raise_or_hoard(pieces: list[bytes]) -> None:
    for style in Style:
        reader = Reader()
        reader.enter(style)
        for piece in pieces:
            reader.feed(piece)
            while reader.read() is not None:
                pass
        assert len(reader.rest()) < 40000


@pytest.mark.parametrize("end", [b"\r\n", b"\r\x8a\x11", b"\x8d\x8a", b"\n"])
def test_data_begins_behind_the_line_end_of_a_hex_header(end: bytes) -> None:
    header = hex_header(Frame.DATA)[:18] + end
    wire = header + Encoder(CLEAN, wide=False).subpackets(b"hello", 1024, End.LAST)
    assert payload(read_all([wire])) == b"hello"
    assert payload(read_all([bytes((byte,)) for byte in wire])) == b"hello"


def test_file_information_comes_back() -> None:
    info = FileInfo("größe.txt".encode(), 12345, 0o14563267104, 3, 99999)
    assert parse_info(encode_info(info)) == info


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (b"a.txt\0", FileInfo(b"a.txt")),
        (b"a.txt", FileInfo(b"a.txt")),
        (b"a b\x0010 14563267104 0", FileInfo(b"a b", 10, 0o14563267104)),
        (b"a\0-1 99 x y z q w", FileInfo(b"a")),
        (b"a\x00" + b"9" * 400, FileInfo(b"a")),
        (b"", FileInfo(b"")),
        (b"a\0001 0 0 0 1 1\0", FileInfo(b"a", 1, None, 1, 1)),
    ],
)
def test_file_information_is_read_strictly(block: bytes, expected: FileInfo) -> None:
    assert parse_info(block) == expected
