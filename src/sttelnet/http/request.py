"""The head of an HTTP request, read strictly. Pure: bytes in, a Request or a Refused out.

RFC 9112 is the message syntax, RFC 9110 its meaning. Only what /healthz and /metrics need is understood: GET and HEAD,
no body, one request on a connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote, unquote_plus

MOST_HEAD: Final = 8 * 1024  # bytes; RFC 9112 3 recommends 8,000 octets for the request line alone
METHODS: Final = ("GET", "HEAD")

_TOKEN: Final = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110 5.6.2
_REQUEST_LINE: Final = re.compile(rb"(" + _TOKEN + rb") ([!-~]+) HTTP/([0-9])\.([0-9])")  # RFC 9112 3
_FIELD: Final = re.compile(rb"(" + _TOKEN + rb"):[ \t]*(.*?)[ \t]*")  # RFC 9112 5: no blank before the colon
# RFC 9110 5.5: CR, LF and NUL in a field value are dangerous; the other controls have no business there either.
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_ABSOLUTE: Final = re.compile(r"http://([^/?#@]+)((?:[/?][^#]*)?)", re.IGNORECASE)  # RFC 9112 3.2.2, no userinfo
_NAME: Final = re.compile(r"(?:^|&)name=([^&]*)")


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for."""

    path: str  # percent-decoded: "/healthz/disk C:"
    name: str = ""  # of the query: `?name=disk`
    host: str = ""  # whose it is thought to be, with the port; "" where HTTP/1.0 does not say
    accept: str = ""
    head_only: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request is not answered as it was meant."""

    status: HTTPStatus
    sentence: str


def is_whole(data: bytes) -> bool:
    """Whether these are all bytes of a head, or more than one may have."""
    start = data.lstrip(b"\r\n")  # RFC 9112 2.2: an empty line before the request is let pass
    return len(data) > MOST_HEAD or b"\n\r\n" in start or b"\n\n" in start


def read_request(data: bytes) -> Request | Refused:
    """Return the request that the bytes begin with; what is behind its head is not looked at."""
    data = data.lstrip(b"\r\n")
    ends = [at for at in (data.find(b"\n\r\n"), data.find(b"\n\n")) if at >= 0]
    if not ends or min(ends) > MOST_HEAD:
        return _too_much(data)
    # RFC 9112 2.2: a bare LF may be taken for a line's end.
    line, *fields = [line.removesuffix(b"\r") for line in data[: min(ends)].split(b"\n")]
    if _CONTROLS.search(line) or any(map(_CONTROLS.search, fields)):
        return _bad("There is a control character in it.")
    found = _REQUEST_LINE.fullmatch(line)
    if found is None:
        return _bad("The first line is no request line of HTTP/1.1.")
    if found[3] != b"1":
        return Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "This is HTTP/1.1.")
    if found[1].decode() not in METHODS:
        return Refused(HTTPStatus.METHOD_NOT_ALLOWED, "There is only GET and HEAD.")
    return _request(found[1] == b"HEAD", found[2].decode(), fields, old=found[4] == b"0")


def _too_much(data: bytes) -> Refused:
    if len(data) <= MOST_HEAD:
        return _bad("The request is not whole.")
    if b"\n" not in data[:MOST_HEAD]:
        return Refused(HTTPStatus.REQUEST_URI_TOO_LONG, f"A request has {MOST_HEAD} bytes at most.")
    # RFC 6585 5
    return Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"A request has {MOST_HEAD} bytes at most.")


def _request(head_only: bool, target: str, lines: list[bytes], *, old: bool) -> Request | Refused:
    fields: dict[str, list[str]] = {}
    for line in lines:
        found = _FIELD.fullmatch(line)  # a folded line (RFC 9112 5.2) begins with a blank and is none
        if found is None:
            return _bad("There is a line in it that is no header field.")
        fields.setdefault(found[1].decode().lower(), []).append(found[2].decode("latin-1"))
    hosts = fields.get("host", [])
    if len(hosts) > 1 or (not hosts and not old):
        return _bad("There has to be one Host field.")  # RFC 9112 3.2
    host = hosts[0] if hosts else ""
    if not target.startswith("/"):
        found_target = _ABSOLUTE.fullmatch(target)
        if found_target is None:
            return _bad("What is asked for is neither a path nor an http address.")
        host, target = found_target[1], found_target[2]  # RFC 9112 3.2.2: it stands above the field
    path, _, query = target.partition("?")
    name = _NAME.search(query)
    return Request(
        unquote(path, errors="replace") or "/",
        unquote_plus(name[1], errors="replace") if name else "",
        host,
        ",".join(fields.get("accept", [])),
        head_only,
    )


def _bad(sentence: str) -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, sentence)
