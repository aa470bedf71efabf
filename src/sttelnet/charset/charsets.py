"""The three charsets, which terminal speaks which, and bytes in."""

from __future__ import annotations

import codecs
import enum
import re


class Charset(enum.Enum):
    """What the bytes of a terminal mean; the value is also the codec's name."""

    UTF_8 = "utf-8"
    CP437 = "cp437"
    ASCII = "ascii"


# RFC 1091 and RFC 1340 name "UNKNOWN" and "NETWORK-VIRTUAL-TERMINAL" for a terminal without abilities.
_PLAIN = re.compile(r"(?:dumb|unknown|network)(?:-.*)?\Z", re.IGNORECASE)

# "vt" needs its digit: the "vtnt" of Windows telnet.exe is no VT terminal.
_UTF_8 = re.compile(
    r"""(?: xterm | putty | linux | vt\d | screen | tmux | rxvt | konsole | gnome | vte | kitty | alacritty
          | foot | wezterm | iterm | st(?:-|\Z) | mintty | cygwin | eterm | nsterm | dtterm | mlterm
          | contour | ghostty | ms-terminal | fbterm )""",
    re.IGNORECASE | re.VERBOSE,
)


def is_plain(type: str | None) -> bool:  # noqa: A002 - the telnet option's own word
    """Return whether a terminal type promises nothing: none told, or dumb, unknown, network."""
    return not type or _PLAIN.match(type) is not None


def for_terminal(type: str | None) -> Charset:  # noqa: A002 - the telnet option's own word
    """Return the charset a terminal type speaks; what we do not know is taken for an ANSI-BBS terminal."""
    if not type or is_plain(type):
        return Charset.ASCII
    return Charset.UTF_8 if _UTF_8.match(type) else Charset.CP437


class Decoder:
    """Bytes of one client to text; a character may be split between calls.

    In UTF-8 a byte that is none becomes U+FFFD and is kept: the person typing sees that the
    charset is wrong, where a dropped byte would leave them guessing. What an ASCII client sends is read as
    UTF-8, for nc in a modern shell sends just that; bytes that are none become "?".
    """

    def __init__(self, charset: Charset) -> None:
        self.charset = charset
        self._utf_8 = codecs.getincrementaldecoder("utf-8")("replace")

    def decode(self, data: bytes) -> str:
        """Return the text the bytes complete."""
        match self.charset:
            case Charset.UTF_8:
                return self._utf_8.decode(data)
            case Charset.CP437:
                return data.decode("cp437")
            case Charset.ASCII:
                return self._utf_8.decode(data).replace("\ufffd", "?")
