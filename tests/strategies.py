"""Hypothesis strategies that more than one test module uses."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import strategies as st


@st.composite
def chunked(draw: st.DrawFn, source: st.SearchStrategy[bytes]) -> tuple[bytes, list[bytes]]:
    """A stream, and the same stream cut into packets anywhere."""
    data = draw(source)
    cuts = draw(st.lists(st.integers(0, len(data)), max_size=12).map(sorted))
    return data, [data[start:end] for start, end in pairwise([0, *cuts, len(data)])]


def telnet_streams() -> st.SearchStrategy[bytes]:
    """Bytes in which telnet commands, whole and broken, are common."""
    byte = st.integers(0, 255).map(lambda number: bytes((number,)))
    options = st.sampled_from([b"\x00", b"\x01", b"\x03", b"\x06", b"\x18", b"\x1f", b"\x45", b"\xff"])
    plain = st.binary(max_size=12).map(lambda data: data.replace(b"\xff", b"\xff\xff"))
    command = st.integers(240, 249).map(lambda number: bytes((255, number)))
    negotiation = st.tuples(st.sampled_from([b"\xff\xfb", b"\xff\xfc", b"\xff\xfd", b"\xff\xfe"]), options).map(
        b"".join
    )
    subnegotiation = st.tuples(options, plain).map(lambda parts: b"\xff\xfa" + b"".join(parts) + b"\xff\xf0")
    long = st.integers(505, 520).map(lambda size: b"\xff\xfa\x18" + b"x" * size + b"\xff\xf0")
    piece = st.one_of(plain, byte, command, negotiation, subnegotiation, long, st.sampled_from([b"\xff", b"\xff\xfa"]))
    return st.lists(piece, max_size=20).map(b"".join)
