from __future__ import annotations

import socket
import time

import pytest

from sttelnet.health.probes.dialing import dial, left, read_place
from tests.health.probes.peers import HANG, serving


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("example.org:80", ("example.org", 80)),
        (" 127.0.0.1:22 ", ("127.0.0.1", 22)),
        ("[::1]:443", ("::1", 443)),
        ("[fe80::1%eth0]:443", ("fe80::1%eth0", 443)),
        ("example.org", None),
        ("::1:443", None),
        ("host:0", None),
        ("host:65536", None),
        ("host:http", None),
        ("-oops:80", None),
        (".host:80", None),
        ("ho st:80", None),
        ("x" * 254 + ":80", None),
        ("", None),
    ],
)
def test_a_place_is_a_host_and_a_port(text: str, place: tuple[str, int] | None) -> None:
    assert read_place(text) == place


def test_a_port_may_be_left_out_where_there_is_one_to_expect() -> None:
    assert read_place("[::1]", 443) == ("::1", 443)
    assert read_place("host", 443) == ("host", 443)


def test_a_connection_waits_no_longer_than_its_deadline() -> None:
    def trickle(connection: socket.socket) -> None:
        for _ in range(200):
            connection.sendall(b"x")
            time.sleep(0.05)

    with serving(trickle) as port, dial("127.0.0.1", port, time.monotonic() + 0.5) as line:
        assert line.receive(1) == b"x"
        with pytest.raises(TimeoutError):
            list(iter(lambda: line.receive(1), b""))


def test_the_end_is_told_as_nothing() -> None:
    with serving(lambda connection: connection.sendall(b"bye")) as port:
        with dial("localhost", port, time.monotonic() + HANG) as line:
            assert line.receive(10) == b"bye"
            assert line.receive(10) == b""


def test_a_host_that_cannot_be_is_an_os_error() -> None:
    for host in ("a..b", "x" * 64 + ".example"):
        with pytest.raises(OSError):
            dial(host, 80, time.monotonic() + HANG)
    with pytest.raises(TimeoutError):
        left(time.monotonic())
