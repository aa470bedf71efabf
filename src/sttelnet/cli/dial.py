"""The other end of telnet: what a client answers. Pure; `connect` and `smoke` carry the bytes."""

from __future__ import annotations

from typing import Final

from sttelnet.channel import Size
from sttelnet.iac import (
    BINARY,
    DO,
    DONT,
    ECHO,
    IAC,
    NAWS,
    SB,
    SE,
    SGA,
    TM,
    TTYPE,
    WILL,
    WONT,
    Command,
    Scanner,
    Subnegotiation,
    doubled,
)

_TTYPE_IS: Final = b"\x00"  # RFC 1091
_TTYPE_SEND: Final = b"\x01"
_OURS: Final = frozenset({BINARY, SGA, NAWS})  # what we do when asked; TTYPE too where there is a type to tell
_THEIRS: Final = frozenset({BINARY, ECHO, SGA})  # what the host may do


class Answers:
    """A telnet client's side of the negotiation: bytes from the host in, text and replies out.

    An option is answered when it changes and not when it is said again (RFC 854), so no two ends talk in circles.
    """

    def __init__(self, terminal_type: str | None, size: Size) -> None:
        self.size = size
        self._type = terminal_type
        self._scanner = Scanner()
        self._ours: set[int] = set()
        self._theirs: set[int] = set()
        self._replies = b""

    @property
    def host_echoes(self) -> bool:
        """Whether the host shows what is typed."""
        return ECHO in self._theirs

    def receive_data(self, data: bytes) -> bytes:
        """Return what is to be shown of the host's bytes. A NUL shows nothing (RFC 854), the one behind a CR too."""
        shown = []
        for event in self._scanner.receive_data(data):
            match event:
                case bytes():
                    shown.append(event.replace(b"\0", b""))
                case Command(command, option) if option is not None:
                    self._replies += self._answer(command, option)
                case Subnegotiation(option, payload) if option == TTYPE and payload[:1] == _TTYPE_SEND:
                    self._replies += _subnegotiation(TTYPE, _TTYPE_IS + (self._type or "").encode("ascii", "replace"))
        return b"".join(shown)

    def data_to_send(self) -> bytes:
        """Return the replies that have gathered."""
        replies, self._replies = self._replies, b""
        return replies

    def resize(self, size: Size) -> None:
        """Take up a new window size, and tell the host if it asked for it."""
        if size != self.size:
            self.size = size
            if NAWS in self._ours:
                self._replies += self._window()

    def encode(self, keys: bytes) -> bytes:
        """Return keys as they are sent: Enter is CR NUL, in BINARY a bare CR (RFC 854, RFC 856)."""
        keys = keys.replace(b"\r\n", b"\r").replace(b"\n", b"\r")
        return doubled(keys if BINARY in self._ours else keys.replace(b"\r", b"\r\0"))

    def _answer(self, command: int, option: int) -> bytes:
        match command:
            case _ if command == DO and option == TM:
                return bytes([IAC, WILL, TM])  # RFC 860: each one is answered
            case _ if command == DO:
                return self._change(self._ours, option, yes=WILL, no=WONT, agreed=self._we_may(option))
            case _ if command == WILL:
                return self._change(self._theirs, option, yes=DO, no=DONT, agreed=option in _THEIRS)
            case _ if command == DONT and option in self._ours:
                self._ours.remove(option)
                return bytes([IAC, WONT, option])
            case _ if command == WONT and option in self._theirs:
                self._theirs.remove(option)
                return bytes([IAC, DONT, option])
            case _:
                return b""

    def _change(self, options: set[int], option: int, *, yes: int, no: int, agreed: bool) -> bytes:
        if option in options:
            return b""
        if not agreed:
            return bytes([IAC, no, option])
        options.add(option)
        window = self._window() if option == NAWS else b""
        return bytes([IAC, yes, option]) + window

    def _we_may(self, option: int) -> bool:
        return option in _OURS or (option == TTYPE and self._type is not None)

    def _window(self) -> bytes:
        return _subnegotiation(NAWS, b"".join(side.to_bytes(2, "big") for side in self.size))  # RFC 1073


def _subnegotiation(option: int, payload: bytes) -> bytes:
    return bytes([IAC, SB, option]) + doubled(payload) + bytes([IAC, SE])
