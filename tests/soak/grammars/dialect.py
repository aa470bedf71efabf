"""Lines of a program that speaks the machine dialect badly."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

_WORDS: Final = ("exec", "health", "auth", "token", "machine", "quit", "who", "root", "help", "charset", "msg", "")
_PAGES: Final = (
    *("who", "help", "terminal", "callers", "root", "health", "login", "goodbye", "admin/menu", "../../etc/passwd"),
    *("nothing", "", "-f", "files/list", "a" * 300, "\u202eroot", "root\x00", "settings/pause"),
)
_OPTIONS: Final = (
    "--json",
    "--end",
    "--end nonce7",
    "--end -",
    "--end " + "n" * 65,
    "--",
    "--jsonx",
    "--end \x1b[2J",
    "-x",
)
_ENDS: Final = (b"\r\n", b"\r\0", b"\n", b"\r", b"\n\r\n", b"")
_LONGEST: Final = 4096  # bytes of a line


def dialect_input(chance: random.Random) -> bytes:
    """Return one input: a line, whole or in part, or several; IACs stand in it as they come."""
    data = b"".join(chance.choice(_LINES)(chance) + chance.choice(_ENDS) for _ in range(chance.randint(1, 2)))
    match chance.randrange(8):
        case 0:
            return data[: chance.randint(0, len(data))]
        case 1:
            at = chance.randint(0, len(data))
            return data[:at] + chance.choice((b"\xff", b"\xff\xff", b"\xff\xf6", b"\0", b"\x1b[A", b"\x80")) + data[at:]
        case _:
            return data


def _exec(chance: random.Random) -> bytes:
    """Return what runs a page, now and then: a page is the dearest thing a line can ask for."""
    page = chance.choice(_PAGES) if chance.random() < 0.2 else chance.choice(("nothing", "", "x y", "a" * 300))
    return f"/exec {page} {_options(chance)}".encode()


def _any(chance: random.Random) -> bytes:
    word = chance.choice(_WORDS)
    if word in {"quit", "exec"} and chance.random() < 0.8:
        word = "q"
    return f"/{word if chance.random() < 0.7 else word.upper()} {_options(chance)}".encode()


def _log_in(chance: random.Random) -> bytes:
    """Return a try to log in that is none: a password that is hashed costs what it must, and a throttle's wait."""
    name = chance.choice(("", "-f root", "ada\x00", "\u202e", "a" * 1000, "\x1b]0;x\x07"))
    return chance.choice((f"/auth {name}", f"/token {name}", f"/token stt_{'x' * chance.randrange(60)}")).encode()


def _noise(chance: random.Random) -> bytes:
    return chance.choice((b"", b"/", b"//", b" /who")) + chance.randbytes(chance.randint(0, 40))


def _long(chance: random.Random) -> bytes:
    if chance.random() < 0.8:
        return b"x" * chance.randint(1, 40)
    return b"/exec " + b"x" * chance.choice((_LONGEST - 7, _LONGEST, _LONGEST + 1, 3 * _LONGEST))


def _options(chance: random.Random) -> str:
    return " ".join(chance.choice(_OPTIONS) for _ in range(chance.choice((0, 1, 1, 2, 3, 30))))


_LINES: Final[Sequence[Callable[[random.Random], bytes]]] = (_exec, _any, _any, _log_in, _noise, _noise, _long)
