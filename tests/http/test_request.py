"""Heads of requests: what is understood, and what is refused."""

from __future__ import annotations

from http import HTTPStatus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sttelnet.http.request import MOST_HEAD, Refused, Request, is_whole, read_request

PLAIN = b"GET /healthz HTTP/1.1\r\nHost: localhost:9623\r\n\r\n"


def asked(data: bytes) -> Request:
    request = read_request(data)
    assert isinstance(request, Request), request
    return request


def status(data: bytes) -> HTTPStatus:
    refused = read_request(data)
    assert isinstance(refused, Refused), refused
    return refused.status


def with_target(target: str) -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def with_field(line: bytes) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: localhost\r\n" + line + b"\r\n\r\n"


def test_a_plain_request_is_read() -> None:
    assert asked(PLAIN) == Request("/healthz", host="localhost:9623")


def test_head_wants_no_content() -> None:
    assert asked(PLAIN.replace(b"GET", b"HEAD")).head_only


def test_field_names_have_no_case_and_values_no_blanks_around() -> None:
    request = asked(b"GET / HTTP/1.1\r\nHOST:\t localhost \t\r\naccept: text/plain\r\nAccept: */*\r\n\r\n")
    assert (request.host, request.accept) == ("localhost", "text/plain,*/*")


@pytest.mark.parametrize(
    ("target", "path", "name"),
    [
        ("/healthz/disk%20C%3A", "/healthz/disk C:", ""),
        ("/healthz?name=disk+C:", "/healthz", "disk C:"),
        ("/healthz?x=1&name=%C3%A4&name=b", "/healthz", "ä"),
        ("/healthz?names=x", "/healthz", ""),
        ("/a%2Fb", "/a/b", ""),
        ("/%ff%00%", "/\ufffd\0%", ""),
        ("http://127.0.0.1:9623/healthz?name=x", "/healthz", "x"),
        ("HTTP://localhost", "/", ""),
        ("http://localhost?name=y", "/", "y"),
    ],
)
def test_a_target_is_a_path_and_a_name(target: str, path: str, name: str) -> None:
    request = asked(with_target(target))
    assert (request.path, request.name) == (path, name)


def test_the_address_in_an_absolute_target_stands_above_the_host_field() -> None:
    assert asked(with_target("http://evil.example/healthz")).host == "evil.example"


def test_http_1_0_needs_no_host() -> None:
    assert asked(b"GET /healthz HTTP/1.0\r\n\r\n").host == ""


def test_bare_line_feeds_and_empty_lines_before_are_let_pass() -> None:
    assert asked(b"\r\n\r\nGET /healthz HTTP/1.0\n\n").path == "/healthz"


def test_what_comes_behind_the_head_is_not_looked_at() -> None:
    assert asked(PLAIN + b"\0\xff" * 10 + PLAIN) == asked(PLAIN)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n\r\n",
        b"GET /healthz\r\n\r\n",  # HTTP/0.9
        b"GET /healthz HTTP/1.1\r\n\r\n",  # no Host
        b"GET /healthz HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: a\r\n",  # not whole
        b"GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /he althz HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
        b" GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / http/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        with_field(b"no colon"),
        with_field(b"Blank : before the colon"),
        with_field(b" folded"),
        with_field(b"\tfolded"),
        with_field(b": no name"),
        with_field(b"X: a\0b"),
        with_field(b"X: a\rHost: b"),
        with_field(b"X: \x1b[2J"),
        with_target("*"),
        with_target("healthz"),
        with_target("https://localhost/"),
        with_target("ftp://localhost/"),
        with_target("http:///healthz"),
        with_target("http://user@localhost/"),
        with_target("http://localhost/#x"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\n",  # a TLS client
    ],
)
def test_what_is_no_request_is_refused(data: bytes) -> None:
    assert status(data) is HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"OPTIONS", b"TRACE", b"CONNECT", b"get", b"X-Y"])
def test_there_is_only_get_and_head(method: bytes) -> None:
    assert status(PLAIN.replace(b"GET", method)) is HTTPStatus.METHOD_NOT_ALLOWED


def test_another_version_is_told_which_one_this_is() -> None:
    assert status(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") is HTTPStatus.HTTP_VERSION_NOT_SUPPORTED


def test_a_huge_target_and_huge_fields_are_refused_each_in_its_way() -> None:
    assert status(b"GET /" + b"a" * MOST_HEAD) is HTTPStatus.REQUEST_URI_TOO_LONG
    fields = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * MOST_HEAD
    assert status(fields) is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    assert status(fields + b"\r\n") is HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE


def test_a_head_is_whole_at_its_empty_line_or_when_it_is_too_long() -> None:
    assert not is_whole(b"")
    assert not is_whole(b"\r\n\r\n")
    assert not is_whole(PLAIN[:-1])
    assert is_whole(PLAIN)
    assert is_whole(b"\n" * (MOST_HEAD + 1))


@given(st.binary(max_size=300))
@example(b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n")
def test_no_bytes_make_it_fail(data: bytes) -> None:
    for tried in (data, data + b"\r\n\r\n", PLAIN[:10] + data + b"\r\n\r\n", PLAIN[:-2] + data + b"\r\n\r\n"):
        read_request(tried)


@given(st.text(alphabet=st.characters(blacklist_categories=["Cs"])))
def test_any_name_can_be_asked_for(name: str) -> None:
    from urllib.parse import quote, quote_plus

    wanted = quote(name, safe="")
    if len(wanted) < MOST_HEAD // 4:
        assert asked(with_target(f"/healthz/{wanted}")).path == f"/healthz/{name}"
        assert asked(with_target(f"/healthz?name={quote_plus(name)}")).name == name


@given(st.integers(0, len(PLAIN)), st.integers(0, len(PLAIN)))
def test_pieces_are_whole_only_together(first: int, second: int) -> None:
    start, end = sorted((first, second))
    for data in (PLAIN[:start], PLAIN[:end]):
        assert is_whole(data) == (data == PLAIN)
