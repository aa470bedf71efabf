"""Keys nobody has: escape sequences cut and overlong, mice, pastes, C1, text that turns its direction, bad UTF-8."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Final

# Each is the TTYPE that leads to it, and the codec a person's text comes in.
CHARSETS: Final = ((b"xterm", "utf-8"), (b"ansi", "cp437"), (b"dumb", "ascii"))
_FINALS: Final = b"ABCDEFHKPQRSZ@~mhlMtunc"
_BIDI: Final = "\u202a\u202b\u202d\u202e\u202c\u2066\u2067\u2069\u200f\u061c"
_WORDS: Final = (
    "ä",
    "ß",
    "日本",
    "e\u0301",
    "👩\u200d👩\u200d👧",
    "\u200b",
    "\ufeff",
    "\ud7ff",
    "┌─┐",
    "İı",
    "a",
    " ",
    "x" * 40,
)
_BAD_UTF_8: Final = (
    b"\xc0\xaf",
    b"\xe2\x82",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xf8\x88",
    b"\x80",
    b"\xfe",
    b"\xc2",
)
_PAGES: Final = b"hpswcobftlnmyq?xze123\x04\r"
_LINES: Final = (
    *(
        "/who",
        "/back",
        "/root",
        "/topic \u202ex",
        "/charset auto",
        "//",
        "/health",
        "/chat a",
        "/leave",
        "/me \x9b",
        "/names",
    ),
    *(
        "/msg visitor1 x",
        "/ignore visitor2",
        "/messages",
        "/reply \u200b",
        "/page x",
        "/exec who --json",
        "x",
        "-1",
        "99999",
    ),
)
_MOST_PASTED: Final = 1200  # characters: a line takes 1,024


def keys_input(chance: random.Random, codec: str) -> bytes:
    """Return one input of a client with that charset; an IAC in it is doubled, as a telnet client has to."""
    data = b"".join(chance.choice(_PARTS)(chance, codec) for _ in range(chance.randint(1, 4)))
    if chance.random() < 0.15:
        data = data[: chance.randint(0, len(data))]
    return data.replace(b"\xff", b"\xff\xff")


def opening(chance: random.Random, name: bytes) -> bytes:
    """Return how a client begins that edits by the character: it agrees to all, and tells its type and size."""
    columns, rows = chance.choice(((80, 24), (80, 25), (132, 50), (20, 5), (40, 10), (300, 100)))
    size = columns.to_bytes(2, "big") + rows.to_bytes(2, "big")
    agreed = bytes.fromhex("fffd01 fffd03 fffb03 fffb1f fffb18")
    # The type twice: the second time says that there is no other (RFC 1091).
    return agreed + b"\xff\xfa\x1f" + size + b"\xff\xf0" + (b"\xff\xfa\x18\x00" + name + b"\xff\xf0") * 2


def _sequence(chance: random.Random, codec: str) -> bytes:
    """Return a control sequence: ESC [, parameters, intermediates, a final byte (ECMA-48 5.4), none of them sure."""
    start = chance.choice((b"\x1b[", b"\x1b[", b"\x1bO", b"\x1b[[", b"\x9b", b"\xc2\x9b", b"\x1b", b"\x1b\x1b["))
    parameters = bytes(
        chance.choice(b"0123456789;:<=>?") for _ in range(chance.choice((0, 0, 1, 2, 3, 8, 64, 65, 200)))
    )
    between = bytes(chance.choice(b" !\"#$%&'()*+,-./") for _ in range(chance.choice((0, 0, 0, 1, 5))))
    return start + parameters + between + bytes((chance.choice(_FINALS),)) * chance.choice((0, 1, 1, 1))


def _known(chance: random.Random, codec: str) -> bytes:
    number = chance.choice((0, 1, 3, 5, 6, 15, 24, 200, 99999999999))
    return chance.choice(
        (b"\x1b[%c" % chance.choice(_FINALS), b"\x1b[%d~" % number, b"\x1b[1;5%c" % chance.choice(b"ABCD"))
    )


def _mouse(chance: random.Random, codec: str) -> bytes:
    old = b"\x1b[M" + chance.randbytes(3)
    new = b"\x1b[<%d;%d;%d%c" % (
        chance.randrange(300),
        chance.randrange(70000),
        chance.randrange(999),
        chance.choice(b"Mm"),
    )
    return chance.choice(
        (old, new, b"\x1b[%d;%dR" % (chance.randrange(99999), chance.randrange(99999)), b"\x1b[I\x1b[O")
    )


def _paste(chance: random.Random, codec: str) -> bytes:
    size = chance.randint(1, _MOST_PASTED) if chance.random() < 0.1 else chance.randint(1, 60)
    text = _encoded("".join(chance.choice(_WORDS) for _ in range(size)), codec)
    start = chance.choice((b"\x1b[200~", b"\x1b[200~" * 2, b""))
    return start + text[:_MOST_PASTED] + chance.choice((b"\x1b[201~", b"\r\n", b""))


def _string(chance: random.Random, codec: str) -> bytes:
    """Return a device control string or the like (ECMA-48 5.6), terminated or not."""
    start = chance.choice((b"\x1bP", b"\x1b]0;", b"\x1b^", b"\x1b_", b"\x1bX", b"\x90", b"\x9d"))
    return start + b"q" * chance.randint(0, 80) + chance.choice((b"\x1b\\", b"\x07", b"\x9c", b""))


def _controls(chance: random.Random, codec: str) -> bytes:
    high = 32 * (chance.random() < 0.3)
    # Not CR, LF and ^D alone: a page a key is the dearest there is, and has a part of its own.
    codes = (chance.choice(b"\0\1\2\3\5\6\7\x08\x09\x0b\x0c\x0e\x10\x15\x17\x18\x1a\x1c\x1f\x7f") for _ in range(4))
    return bytes(code + 128 if high else code for code in codes)


def _c1(chance: random.Random, codec: str) -> bytes:
    return b"".join(_encoded(chr(chance.randrange(0x80, 0xA0)), codec) for _ in range(chance.randint(1, 4)))


def _turned(chance: random.Random, codec: str) -> bytes:
    return _encoded("".join(chance.choice(_BIDI) for _ in range(chance.randint(1, 12))) + "nomads", codec)


def _damaged(chance: random.Random, codec: str) -> bytes:
    return chance.choice(_BAD_UTF_8) + chance.randbytes(chance.randint(0, 6))


def _word(chance: random.Random, codec: str) -> bytes:
    word = chance.choice(_WORDS)
    return _encoded(word, codec)


def _line(chance: random.Random, codec: str) -> bytes:
    """Return what leads to a page, a key or a line, or a slash command."""
    if chance.random() < 0.5:
        return bytes((chance.choice(_PAGES),))
    ends = (b"\r\0", b"\r\n", b"\r", b"\n")
    return chance.choice(_LINES).encode() + chance.choice(ends)


def _encoded(text: str, codec: str) -> bytes:
    return text.encode("utf-8" if codec == "ascii" else codec, "replace")


_PARTS: Final[Sequence[Callable[[random.Random, str], bytes]]] = (
    *(_sequence, _sequence, _sequence, _known, _known, _mouse, _paste, _string, _controls, _controls),
    *(_c1, _turned, _damaged, _damaged, _word, _word, _line, _line),
)
