from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.zmodem.encode import Encoder
from sttelnet.zmodem.frames import End
from sttelnet.zmodem.link import CLEAN, NVT, Link
from sttelnet.zmodem.unescape import _all_at_once, _one_by_one, unescape

PAIRS = st.sampled_from([b"\x18" + bytes((byte,)) for byte in range(256) if byte != 0x18])
WIRES = st.lists(st.one_of(PAIRS, st.binary(max_size=3).map(lambda some: some.replace(b"\x18", b"")))).map(b"".join)


@given(WIRES)
def test_both_ways_find_the_same_bytes_and_the_same_ends(wire: bytes) -> None:
    careful, quick = _one_by_one(wire), _all_at_once(wire)
    assert quick is not None
    assert (quick.data, list(quick.ends)) == (careful.data, list(careful.ends))


@given(WIRES, st.integers(0, 100))
def test_both_ways_know_how_long_a_part_was_on_the_wire(wire: bytes, start: int) -> None:
    careful, quick = _one_by_one(wire), _all_at_once(wire)
    assert quick is not None
    start = min(start, len(careful.data))
    assert quick.used(start) == careful.used(start)
    assert _one_by_one(wire[: careful.used(start)]).data == careful.data[:start]


@pytest.mark.parametrize("link", [CLEAN, Link(controls=True), NVT], ids=["clean", "controls", "nvt"])
def test_what_a_link_escapes_is_unescaped(link: Link) -> None:
    data = bytes(range(256)) * 40
    plain = unescape(Encoder(link).subpackets(data, 1024, End.LAST))
    assert bytes(plain.data[:1024]) == data[:1024]
    assert plain.ends[0] == 1024


def test_a_half_pair_at_the_end_is_left_out() -> None:
    for wire in (b"ab\x18", b"\x18"):
        assert bytes(_one_by_one(wire).data) == wire[:-1]


def test_two_zdles_side_by_side_are_looked_at_one_by_one() -> None:
    assert _all_at_once(b"\x18\x18" * 20) is None
    assert unescape(b"\x18\x18" * 20) == _one_by_one(b"\x18\x18" * 20)
