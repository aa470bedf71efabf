from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.probes.address import read_address
from sttelnet.health.probes.web import Fetched, fetch
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.certificates import needs_openssl
from tests.health.probes.peers import heard, issued, looked, serving

PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def answering(data: bytes, requests: list[bytes] | None = None) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        request = heard(connection)
        if requests is not None:
            requests.append(request)
        connection.sendall(data)

    return talk


async def test_a_page_that_is_there_is_ok_with_time_and_size() -> None:
    requests: list[bytes] = []
    with serving(answering(PAGE, requests)) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/a?b=c"))
    assert result.state is State.OK
    assert result.text.startswith("200 OK in ")
    assert result.text.endswith(", 5 B")
    assert [(figure.label, figure.unit) for figure in result.figures] == [("time", "s"), ("size", "B")]
    assert requests[0].startswith(f"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n".encode())


@pytest.mark.parametrize(("status", "state"), [(404, State.WARNING), (503, State.CRITICAL), (304, State.OK)])
async def test_the_status_is_judged(status: int, state: State) -> None:
    with serving(answering(f"HTTP/1.1 {status} \x1b[2JWords\r\nContent-Length: 0\r\n\r\n".encode())) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/"))
    assert result.state is state
    assert result.text.startswith(f"{status} [2JWords")


@pytest.mark.parametrize(("match", "state"), [("ell", State.OK), ("(?i)HEL+O$", State.OK), ("x", State.CRITICAL)])
async def test_what_stands_in_the_page_is_looked_for(match: str, state: State) -> None:
    with serving(answering(PAGE)) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/", match=match))
    assert result.state is state


async def test_the_time_is_judged() -> None:
    with serving(answering(PAGE)) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/", critical=Range(100)))
    assert result.state is State.CRITICAL


async def test_a_password_goes_to_the_server_and_into_no_text() -> None:
    requests: list[bytes] = []
    with serving(answering(PAGE, requests)) as port:
        asked = Asked(target=f"http://me:geheim@127.0.0.1:{port}/", match="nothing")
        result = await looked("http", asked)
    assert b"Authorization: Basic bWU6Z2VoZWlt\r\n" in requests[0]
    assert "geheim" not in result.text
    assert "geheim" not in PROBES["http"].problem(Asked(target="http://me:geheim@host:x/"))


async def test_a_redirect_is_followed_and_the_password_stays_with_its_origin() -> None:
    requests: list[bytes] = []
    with serving(answering(PAGE, requests)) as end:
        redirect = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{end}/there\r\nContent-Length: 0\r\n\r\n"
        with serving(answering(redirect.encode())) as start:
            result = await looked("http", Asked(target=f"http://me:geheim@127.0.0.1:{start}/"))
    assert result.state is State.OK
    assert requests[0].startswith(b"GET /there ")
    assert b"Authorization" not in requests[0]


async def test_redirects_in_a_circle_end() -> None:
    with serving(answering(b"HTTP/1.1 301 Moved\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/"))
    assert result.state is State.CRITICAL
    assert "redirects more than 5 times" in result.text


async def test_a_redirect_to_a_file_is_not_followed() -> None:
    with serving(answering(b"HTTP/1.1 301 Moved\r\nLocation: file:///etc/passwd\r\n\r\n")) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/"))
    assert (result.state, result.text) == (State.CRITICAL, "301: it redirects to what is no http or https address")


async def test_a_server_that_never_answers_is_critical() -> None:
    with serving(lambda connection: time.sleep(20)) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/", timeout=0.5))
    assert (result.state, result.text) == (State.CRITICAL, "no answer within 0.5 s")


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
async def test_a_server_that_trickles_is_given_up(start: bytes) -> None:
    def talk(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(start)
        for character in "HTTP/1.1 200 OK and so on" * 50:
            connection.sendall(character.encode())
            time.sleep(0.05)

    with serving(talk) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/", timeout=0.6))
    assert result.state is State.CRITICAL


async def test_headers_without_end_are_given_up() -> None:
    def talk(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while True:
            connection.sendall(b"X-More: \x1b]0;title\x07\r\n" * 100)

    with serving(talk) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/"))
    assert (result.state, result.text) == (State.CRITICAL, "its headers are longer than 64 KB")


async def test_a_body_without_end_is_read_so_far() -> None:
    def talk(connection: socket.socket) -> None:
        heard(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with serving(talk) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/"))
        missed = await looked("http", Asked(target=f"http://127.0.0.1:{port}/", match="end"))
    assert (result.state, result.text.rpartition(", ")[2]) == (State.OK, "more than 1.0 MB")
    assert missed.state is State.CRITICAL


async def test_a_server_that_hangs_up_or_speaks_another_language_is_critical() -> None:
    for data, words in ((b"", "the connection ended"), (b"220 mail ready\r\n", "it does not speak HTTP")):
        with serving(answering(data)) as port:
            result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/"))
        assert result.state is State.CRITICAL
        assert result.text.startswith(words)


async def test_a_pattern_that_blows_up_over_a_page_is_unknown() -> None:
    with serving(answering(b"HTTP/1.0 200 OK\r\n\r\n" + b"a" * 5000 + b"!")) as port:
        result = await looked("http", Asked(target=f"http://127.0.0.1:{port}/", match="(a+)+$", timeout=2))
    assert result.state is State.UNKNOWN
    assert result.text.endswith("the pattern takes too long: make it simpler")


@needs_openssl
async def test_tls_is_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = issued(tmp_path, 30)
    with serving(answering(PAGE), certificate.context()) as port:
        asked = Asked(target=f"https://127.0.0.1:{port}/")
        result = await looked("http", asked)
        assert result.state is State.CRITICAL
        assert result.text.startswith("its certificate is not trusted: self-signed certificate")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate.certificate))
        assert (await looked("http", asked)).state is State.OK


async def test_a_server_without_tls_is_told_of() -> None:
    with serving(lambda connection: connection.sendall(b"220 mail ready, and some more\r\n" * 9)) as port:
        result = await looked("http", Asked(target=f"https://127.0.0.1:{port}/"))
    assert result.state is State.CRITICAL
    assert result.text.startswith("no TLS: ")


@pytest.mark.parametrize("target", ["", "example.org", "file:///etc/passwd", "http://x/a b"])
def test_a_bad_address_is_told_of(target: str) -> None:
    assert PROBES["http"].problem(Asked(target=target))


def test_a_strangers_redirect_does_not_lead_into_the_network_of_this_host() -> None:
    with serving(answering(PAGE)) as port:
        address = read_address(f"http://127.0.0.1:{port}/metrics")
        assert address is not None
        deadline = time.monotonic() + 10
        assert fetch(address, deadline, inside=False) == f"it redirects into the network of this host: {address.origin}"
        assert isinstance(fetch(address, deadline, inside=True), Fetched)
