"""What hostile clients send, over and over, as fast as it is taken.

Those who press keys say first that they are a terminal: without that the daemon waits for the end of a line.
"""

from __future__ import annotations

import enum
import os
import random
import ssl
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from tests.bench import flood
from tests.bench.flood import PIECE, Flood
from tests.bench.people import TERMINAL

SEVERAL: Final = 10  # connections of those for whom one does not do: admission.per_address
AREA: Final = "public"  # of many files
_IAC, _SB, _SE = b"\xff", b"\xff\xfa", b"\xff\xf0"
_NEW_ENVIRON, _NAWS, _MSDP, _MCCP3, _LINEMODE, _CHARSET, _GMCP = 39, 31, 69, 87, 34, 42, 201


class Door(enum.Enum):
    """The port that is called."""

    TELNET = "telnet"
    TLS = "tls"
    HTTP = "http"


def over_and_over(data: bytes) -> bytes:
    """Return enough of it for a piece."""
    return data * (PIECE // len(data) + 1)


def subnegotiation(option: int, payload: bytes) -> bytes:
    """Return it as it travels."""
    return _SB + bytes((option,)) + payload.replace(_IAC, _IAC + _IAC) + _SE


def window(columns: int, rows: int) -> bytes:
    """Return how a size of the window is told."""
    return subnegotiation(_NAWS, columns.to_bytes(2, "big") + rows.to_bytes(2, "big"))


def _windows() -> bytes:
    chance = random.Random(2)
    return b"".join(subnegotiation(_NAWS, chance.randbytes(4)) for _ in range(PIECE // 10))


def _options(option: int, payload: bytes, first: bytes = b"") -> Callable[[], Flood]:
    return lambda: Flood(first, over_and_over(subnegotiation(option, payload)))


def _lines(first: bytes, line: bytes, sign: bytes = b"", lines: int = 1) -> Callable[[], Flood]:
    return lambda: Flood(first, over_and_over(line), sign, lines)


def _keys(page: bytes, keys: bytes, sign: bytes = b"", lines: int = 1) -> Callable[[], Flood]:
    """Press keys on a page."""
    first = TERMINAL + (b"go " + page + b"\r\0" if page else b"")
    return lambda: Flood(first, over_and_over(keys), sign, lines)


def _bomb() -> Flood:
    """Send what would be 256 MiB, were it inflated."""
    bomb = zlib.compress(bytes(256 * 1024 * 1024), 9).replace(_IAC, _IAC + _IAC)
    return Flood(subnegotiation(_MCCP3, b""), bomb)


def _registrations() -> Flood:
    """Become a member under new names, and leave at once."""
    word = b"correct horse battery\r\0"
    steps = (b"go register\r\0n%s\r\0" % os.urandom(6).hex().encode() + 2 * word + b"go logout\r\0" for _ in range(700))
    return Flood(TERMINAL, b"".join(steps), b"NEW MEMBER")


def _hello() -> bytes:
    """Return what a client of TLS says first."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    out = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), out).do_handshake()
    except ssl.SSLWantReadError:
        return out.read()
    raise AssertionError


_IN_THE_MIDDLE: Final = b"x" * 100 + b"\x01y" * 40 + b"\r\0"  # each draws the rest of the line again

STREAMS: Final[Mapping[str, Callable[[], Flood]]] = {
    **{name: lambda kind=kind: kind for name, kind in flood.KINDS.items()},  # type: ignore[misc]
    "MCCP3 bomb": _bomb,
    "MSDP tables": _options(_MSDP, b"\x01A\x02\x03x"),
    "MSDP arrays": _options(_MSDP, b"\x01A\x02\x05\x01"),
    "NEW-ENVIRON": _options(_NEW_ENVIRON, b"\x00" + b"\x00V\x01x" * 900, b"\xff\xfb\x27"),
    "LINEMODE SLC": _options(_LINEMODE, b"\x03" + b"\x12\xff\x7f" * 60),
    "CHARSET": _options(_CHARSET, b"\x01" + b";UTF-8" * 40),
    "GMCP": _options(_GMCP, b'Core.Hello {"a":' + b"[" * 900),
    "NAWS": lambda: Flood(b"\xff\xfb\x1f", _windows()),
    "AYT": _lines(b"", b"\xff\xf6", b"[yes]"),
    "EC and EL": _lines(b"", b"\xff\xf7\xff\xf8"),
    "escape sequences": _keys(b"", b"\x1b[A\x1b[200~x\x1b[201~\x1b[999999;1R\x1bOP\x1b[<0;1;1M"),
    "escape sequences on a page": _keys(b"health", b"\x1b[A\x1b[B\x1b[5~\x1b[6~\x1b[999999;1R\x1bOP\x1b"),
    "pasted text": _keys(b"", b"\x1b[200~" + "äöü€ ".encode() * 999),
    "keys before a long line": _keys(b"", _IN_THE_MIDDLE, b"echo: "),
    "keys left behind": lambda: Flood(TERMINAL + 3 * over_and_over(_IN_THE_MIDDLE), b"", b"", 1),
    "slash commands": _lines(b"", b"/help\r\n/who\r\n/rooms\r\n/nothing\r\n", b"GUEST"),
    "machine pages": _lines(b"/machine\r\n", b"/exec health\r\n/exec who\r\n/exec start\r\n/exec files\r\n", b"+OK"),
    "machine lines": _lines(b"/machine\r\n", b"/who\r\n/check x\r\n" + b"x" * 900 + b"\r\n", b"-ERR"),
    "machine passwords": _lines(b"/machine\r\n", b"/auth ada wrong horse\r\n", b"-ERR", SEVERAL),
    "machine tokens": _lines(b"/machine\r\n", b"/token stt_" + b"x" * 43 + b"\r\n", b"-ERR"),
    "HTTP on the telnet port": _lines(b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"echo: "),
    "chat": _keys(b"chat", b"x" * 200 + b"\r\0", b"Wait a moment"),
    "log-ins": _keys(b"login", b"ada\r\0wrong horse\r\0", b"Name or password"),
    f"log-ins on {SEVERAL} lines": _keys(b"login", b"ada\r\0wrong horse\r\0", b"Name or password", SEVERAL),
    "registrations": _registrations,
    "page of checks": _keys(b"health", b"r", b"HEALTH "),
    "page of a check": _keys(b"health", b"1wdhq", b"CHECK "),
    "page of who is on": _keys(b"who", b"r", b"WHO IS ON"),
    "page of files": _keys(b"files", AREA.encode() + b"\r\0nnnpq", b"marked"),
    "search in files": _keys(b"files/search", b"9\r\0sqqgo files/search\r\0", b"SEARCH"),
    "page of news": _keys(b"start", b"bq", b"BULLETIN"),
    "pages of all kinds": _keys(b"start", b"hqwqbqtq?q", b"HEALTH "),
    f"pages on {SEVERAL} lines": _keys(b"health", b"r", b"HEALTH ", SEVERAL),
    "HTTP states": lambda: Flood(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", b"", b"HTTP/1.1 ", SEVERAL),
    "HTTP metrics": lambda: Flood(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", b"", b"HTTP/1.1 200", SEVERAL),
    "HTTP heads without end": lambda: Flood(b"GET / HTTP/1.1\r\n", over_and_over(b"A: b\r\n"), b"", SEVERAL),
    "TLS handshakes begun": lambda: Flood(_hello(), b"", b"\x16\x03", SEVERAL),
    "TLS records that are none": lambda: Flood(_hello(), over_and_over(b"\x16\x03\x01\x40\x00" + b"\xff" * 999)),
    "telnet on the TLS port": lambda: Flood(b"hello\r\n", over_and_over(b"hello\r\n"), b"TLS", SEVERAL),
}


def door_of(kind: str) -> Door:
    """Return which port is called."""
    return Door.HTTP if kind in _OF_HTTP else Door.TLS if kind in _OF_TLS else Door.TELNET


_OF_HTTP: Final = {"HTTP states", "HTTP metrics", "HTTP heads without end"}
_OF_TLS: Final = {"TLS handshakes begun", "TLS records that are none", "telnet on the TLS port"}
