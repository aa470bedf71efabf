"""The grammar of the machine dialect: lines from a program in, status line, body and end marker out. Pure.

    answer  =  status [ body ] [ marker ]
    status  =  ( "+OK 0 " | "-ERR " code " " ) bytes " " words CR LF      "+OK" stands with code 0 alone
    body    =  exactly so many bytes: UTF-8, lines that end in CR LF
    marker  =  nonce " " code CR LF                                       where the command had "--end nonce"

Nothing in an answer means anything to telnet: UTF-8 has no byte 0xFF (IAC, RFC 854), a CR stands before LF only, and
what handlers and members wrote is cleaned of control characters. So a client that negotiates nothing, one that
un-doubles IACs and one in BINARY (RFC 856) see the same bytes.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from sttelnet.charset import clean, one_line

LONGEST_LINE: Final = 4096  # bytes: 1,024 characters, whatever they are
LONGEST_WORDS: Final = 200  # characters of a status line's words
MOST_BODY: Final = 512 * 1024  # bytes: half of what may be queued for a client
_NONCE: Final = re.compile(r"[A-Za-z0-9]{1,64}")


class Code(enum.IntEnum):
    """What a status line says. 0 to 3 are also the states of /health, as monitoring plugins have them."""

    OK = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3
    PARTLY = 10  # the page has a "?" where a value could not be worked out
    TOO_LONG = 11  # the body would be over MOST_BODY
    USAGE = 20
    NO_PAGE = 21
    LOG_IN = 22
    ROLE = 23
    INSECURE = 24
    WRONG = 25  # token, or name or password
    THROTTLED = 26
    LOCKED = 27
    ONE_TIME = 28
    BUSY = 29  # the database, or the hashing of passwords
    ENDED = 30  # the daemon hangs up
    SECOND_FACTOR = 31  # a password is not enough: a token is


@dataclass(frozen=True, slots=True)
class Order:
    """One command: its word, what stands behind it, and its options."""

    word: str
    names: tuple[str, ...] = ()
    json: bool = False
    end: str = ""
    fault: str = ""  # why it cannot be obeyed


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered."""

    code: int
    words: str
    body: str = ""  # lines with "\n" between them


def read_order(word: str, rest: str) -> Order:
    """Return a command with its options; a nonce that is one counts whatever else is wrong."""
    names: list[str] = []
    json, end, fault = False, "", ""
    words = iter(rest.split())
    for each in words:
        if each == "--json":
            json = True
        elif each == "--end":
            nonce = next(words, "")
            if _NONCE.fullmatch(nonce):
                end = nonce
            else:
                fault = "--end wants 1 to 64 letters and digits"
        elif each.startswith("--"):
            fault = f"there is no option {each}: --json and --end NONCE are all"
        else:
            names.append(each)
    return Order(word, tuple(names), json, end, fault)


def encode(response: Response, end: str = "") -> bytes:
    """Return the bytes of an answer."""
    code, words = response.code, response.words
    body = _body(response.body)
    if len(body) > MOST_BODY:
        code, words, body = Code.TOO_LONG, f"The answer has {len(body)} bytes: {MOST_BODY} are the most.", b""
    words = one_line(words)[:LONGEST_WORDS]
    status = f"+OK 0 {len(body)} {words}" if code == Code.OK else f"-ERR {int(code)} {len(body)} {words}"
    marker = f"{end} {int(code)}\r\n" if end else ""
    return f"{status.rstrip()}\r\n".encode() + body + marker.encode()


def _body(text: str) -> bytes:
    if not text:
        return b""
    text = clean(text).removesuffix("\n") + "\n"
    return text.replace("\n", "\r\n").encode()


class Lines:
    """Bytes from a program, to lines. CR LF, CR NUL, CR and LF end one, each once (RFC 854); blank ones are none.

    A line over LONGEST_LINE bytes comes as None when it ends, and is kept nowhere.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._over = False

    def receive_data(self, data: bytes) -> list[str | None]:
        """Return the lines the bytes complete."""
        found: list[str | None] = []
        pieces = re.split(rb"[\r\n]", data)
        for piece in pieces[:-1]:
            self._hold(piece)
            line = None if self._over else _text(bytes(self._held))
            self._held.clear()
            self._over = False
            if line != "":
                found.append(line)
        self._hold(pieces[-1])
        return found

    def _hold(self, piece: bytes) -> None:
        if self._over or len(self._held) + len(piece) > LONGEST_LINE:
            self._over = True
            self._held.clear()
        else:
            self._held += piece


def _text(line: bytes) -> str:
    """Return a line as text, "" for a blank one. The NUL behind a CR is dropped with all other control characters."""
    text = clean(line.decode("utf-8", "replace"))
    return text if text.strip() else ""
