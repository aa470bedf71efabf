"""What has broken telnet daemons, by the numbers it is known under, and how it is sent over a real socket."""

from __future__ import annotations

import socket
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from sttelnet import iac
from sttelnet.zmodem.frames import Frame
from tests.zmodem import wire

_IAC, _WILL, _DO, _DATA_MARK = b"\xff", b"\xff\xfb", b"\xff\xfd", b"\xff\xf2"
_ECHO, _LINEMODE, _AUTHENTICATION, _ENCRYPT, _ENVIRON, _MSDP, _MCCP3 = 1, 34, 37, 38, 39, 69, 87
_PATIENCE: Final = 20.0  # seconds
_ESCAPES: Final = b"\x1b]0;owned\x07\x1b[2J\x9b2J\x1bP$q\x1b\\"
_PROMPT: Final = b"Your choice: "
AYTS: Final = 300  # no more than a client may send at once


@dataclass(frozen=True, slots=True)
class Entry:
    """One attack. Its parts are sent one after the other, those with an odd number as TCP urgent data."""

    name: str
    parts: Sequence[bytes]


def _sb(option: int, payload: bytes) -> bytes:
    return b"\xff\xfa" + bytes((option,)) + iac.doubled(payload) + b"\xff\xf0"


def _offered(option: int, payload: bytes) -> bytes:
    """Return a subnegotiation behind the offer of its option."""
    return _WILL + bytes((option,)) + _sb(option, payload)


_VARIABLES: Final = b"".join(b"\x03NAME%d\x01%s" % (number, b"v" * 20) for number in range(50_000))
_PAIRS: Final = ((b"root", b"xc3511"), (b"admin", b"admin"), (b"support", b"support"))

CORPUS: Final = (
    Entry("CVE-2026-24061: NEW-ENVIRON USER=-f root", (_offered(_ENVIRON, b"\0\0USER\x01-f root"),)),
    Entry("CVE-2026-24061: the same as a name at the log-in", (b"l-f root\r\0secret\r\0",)),
    Entry(
        "CVE-2026-28372: NEW-ENVIRON CREDENTIALS_DIRECTORY", (_offered(_ENVIRON, b"\0\3CREDENTIALS_DIRECTORY\x01/tmp"),)
    ),
    Entry("CVE-2026-32746: LINEMODE SLC overflow", (_offered(_LINEMODE, b"\x03" + b"\x12\xff\x7f" * 160),)),
    Entry(
        "CVE-2020-10188: urgent data in a subnegotiation",
        (b"\xff\xfa\x27\0\0USER\x01", b"\xff", b"\xff\xf2AAAA\xff\xf0"),
    ),
    Entry(
        "CVE-2020-10188: DATA MARK as urgent data", (b"x" * 100 + _IAC, b"\xf2", b"y" * 5000 + _IAC, b"\xf2", b"\r\n")
    ),
    Entry("CVE-2020-10188: nothing but urgent data", (b"", _IAC, b"", b"\xf2") * 20),
    Entry("CVE-2019-0053: NEW-ENVIRON DISPLAY of 8 KiB", (_offered(_ENVIRON, b"\0\0DISPLAY\x01" + b"A" * 8192),)),
    Entry("CVE-2022-39028: erase character first", (b"\xff\xf7",)),
    Entry("CVE-2022-39028: erase line first", (b"\xff\xf8",)),
    Entry("CVE-2022-39028: both on an empty line", (b"\r\0\xff\xf7\xff\xf8\r\0\xff\xf8\xff\xf7",)),
    Entry("CVE-2011-4862: ENCRYPT key identifier", (_offered(_ENCRYPT, b"\x07" + b"A" * 500), _IAC, b"\xf1")),
    Entry("CVE-2011-4862: ENCRYPT IS without an algorithm", (_offered(_ENCRYPT, b"\x00\x01\x13\x02" + b"\xff" * 90),)),
    Entry("AUTHENTICATION, a name of 400 bytes", (_offered(_AUTHENTICATION, b"\x03" + b"A" * 400),)),
    Entry("AUTHENTICATION, Kerberos 5", (_offered(_AUTHENTICATION, b"\x00\x02\x03\x00" + b"\x30\x84" * 100),)),
    Entry("CVE-2001-0554: AYT, over and over", (b"\xff\xf6" * 100_000,)),
    Entry("CVE-2001-0554: AYT as urgent data", (b"\xff\xf6" * 50 + _IAC, b"\xf6", b"\xff\xf6" * 50)),
    Entry("GHSA-47qp-hqvx-6r3f: NEW-ENVIRON, 50,000 variables", (_offered(_ENVIRON, b"\0" + _VARIABLES),)),
    Entry("GHSA-2r2c-cx56-8933: NAWS 65535x65535", (_WILL + b"\x1f" + b"\xff\xfa\x1f" + b"\xff" * 8 + b"\xff\xf0h",)),
    Entry("Twisted 12706: a subnegotiation without end", (b"\xff\xfa\x18" + b"x" * (8 << 20),)),
    Entry("Mudlet 9440: a line without end", (b"a" * (4 << 20),)),
    Entry("Cowrie 40411: a type that is no UTF-8", (_offered(24, b"\0\xe9\xc3\x28\xff"),)),
    Entry("telnetlib3: an MSDP table left open", (bytes.fromhex("fffa450141020378fff0"),)),
    Entry("telnetlib3: the same, agreed", (_DO + b"\x45" + _offered(_MSDP, b"\x01A\x02\x03x"),)),
    Entry("telnetlib3: an MCCP3 bomb", (_sb(_MCCP3, b"") + iac.doubled(zlib.compress(bytes(8 << 20))),)),
    Entry("CWE-150: escapes as a line", (_ESCAPES + b"\r\0/who " + _ESCAPES + b"\r\0",)),
    Entry("CVE-2009-4487: escapes as a name, for the log", (b"l" + _ESCAPES + b"ada\r\0secret\r\0",)),
    Entry("CVE-2003-0063: escapes as a type", (_offered(24, b"\0" + _ESCAPES * 3),)),
    Entry("lrzsz: ZCOMMAND", (wire.RQINIT + wire.block(Frame.COMMAND, b"rm -rf /\0"),)),
    Entry("lrzsz: a file named ../../x", (wire.RQINIT + wire.offer(b"../../x"),)),
    Entry("Mirai: pairs that ship", (b"l" + b"".join(b"%s\r\0%s\r\0" % pair for pair in _PAIRS),)),
    Entry("a TLS greeting", (bytes.fromhex("16030100c8010000c40303") + b"\x2a" * 200,)),
    Entry("an HTTP request", (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",)),
    Entry("IAC DO IAC", (b"\xff\xfd\xff\xff\xfb\xff",)),
)
ALL_ASKED: Final = tuple(
    Entry(f"{word} of all options", (b"".join(command + bytes((option,)) for option in range(256)),))
    for word, command in (("WILL", _WILL), ("DO", _DO))
)
AYT: Final = Entry("AYT, as often as a client may", (b"\xff\xf6" * AYTS,))
NOP: Final = Entry("NOP, as often", (b"\xff\xf1" * AYTS,))


def answer_to(port: int, entry: Entry) -> bytes:
    """Send an entry, end our side, and return all that came. Raises TimeoutError."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
        with suppress(ConnectionError):  # who floods is cut off
            for number, part in enumerate(entry.parts):
                if part:
                    _send(connection, part, socket.MSG_OOB if number % 2 else 0)
            connection.shutdown(socket.SHUT_WR)
        return _all_from(connection)


def _send(connection: socket.socket, data: bytes, flags: int) -> None:
    if flags:
        connection.send(data, flags)
    else:
        connection.sendall(data)


def _all_from(connection: socket.socket) -> bytes:
    received = bytearray()
    with suppress(ConnectionError):
        while data := connection.recv(65536):
            received += data
    return bytes(received)


def is_served(port: int) -> bool:
    """Whether somebody who does no harm gets the first page and is answered on it."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
            connection.sendall(b"/health\r\n")
            received = b""
            while received.count(_PROMPT) < 2:  # the page's, and the one behind the answer
                data = connection.recv(65536)
                if not data:
                    return False
                received += data
    except OSError:
        return False
    return True


def commands_in(answer: bytes) -> list[tuple[int, int]]:
    """Return the WILLs, WONTs, DOs and DONTs of an answer."""
    events = iac.Scanner().receive_data(answer)
    return [
        (found.command, found.option) for found in events if isinstance(found, iac.Command) and found.option is not None
    ]
