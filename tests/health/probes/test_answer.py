from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.probes.answer import MOST_BODY, MOST_HEAD, Answer


def answered(data: bytes, *, size: int = 1 << 20, end: bool = True) -> Answer:
    """Give the bytes in pieces of a size."""
    answer = Answer()
    for start in range(0, len(data), size):
        if answer.done:
            break
        answer.take(data[start : start + size])
    if end and not answer.done:
        answer.take(b"")
    return answer


CASES = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", 200, b"abc", True),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", 200, b"abc", False),
    (b"HTTP/1.0 200 OK\r\n\r\nabc", 200, b"abc", True),
    (b"HTTP/1.0 404\n\nabc", 404, b"abc", True),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b"", True),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na", 200, b"a", True),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\nT: 1\r\n\r\n",
     200, b"abc0123456789abcdef", True),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n3\r\nab", 200, b"ab", False),
]  # fmt: skip


@pytest.mark.parametrize("size", [1, 2, 7, 1 << 20])
@pytest.mark.parametrize(("data", "status", "body", "whole"), CASES)
def test_an_answer_is_read_however_it_is_cut(data: bytes, status: int, body: bytes, whole: bool, size: int) -> None:
    answer = answered(data, size=size)
    assert answer.head is not None
    assert (answer.head.status, bytes(answer.body), answer.whole, answer.done) == (status, body, whole, True)


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"SSH-2.0-OpenSSH\r\n", "does not speak HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", "does not speak HTTP"),
        (b"HTTP/9.9 200 OK\r\n\r\n", "does not speak HTTP"),
        (b"", "ended before"),
        (b"HTTP/1.1 200 OK\r\nA: b\r\n", "ended before"),
        (b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * MOST_HEAD, "headers are longer"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "only ever"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "cut short"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "cut short"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "broken"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1" * 5000, "broken"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", "broken"),
    ],
)
def test_what_is_no_answer_has_a_fault(data: bytes, fault: str) -> None:
    assert fault in answered(data, size=4096).fault


def test_a_body_is_read_so_far_and_no_further() -> None:
    head = b"HTTP/1.1 200 OK\r\n\r\n"
    answer = answered(head + b"x" * (3 * MOST_BODY), size=65536, end=False)
    assert (answer.done, answer.whole, len(answer.body)) == (True, False, MOST_BODY)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n" + b"x" * (3 * MOST_BODY)
    answer = answered(chunked, size=65536, end=False)
    assert (answer.done, answer.whole, len(answer.body)) == (True, False, MOST_BODY)


def test_a_million_tiny_chunks_cost_no_more_than_their_bytes() -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 300_000
    before = time.process_time()
    answer = answered(data, size=65536, end=False)
    assert len(answer.body) == 300_000
    assert time.process_time() - before < 10  # quadratic, it takes minutes


@given(
    st.lists(st.binary(max_size=200)), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"])
)
def test_no_bytes_raise(pieces: list[bytes], start: bytes) -> None:
    answer = Answer()
    for piece in [start, *pieces, b""]:
        if not answer.done:
            answer.take(piece)
    assert answer.done
    assert answer.head or answer.fault
