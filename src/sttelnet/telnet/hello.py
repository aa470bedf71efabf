"""What TLS begins with, to tell a client that has come to the wrong port."""

from __future__ import annotations

from typing import Final

RECORD: Final = 0x16  # a handshake record: RFC 8446, section 5.1
_MAJOR: Final = 0x03
_CLIENT_HELLO: Final = 0x01  # section 4; behind the record's five bytes


def is_client_hello(data: bytes) -> bool:
    """Whether a client's first bytes are those of TLS. Ctrl-V Ctrl-C, typed, are no ClientHello."""
    return len(data) > 5 and data[0] == RECORD and data[1] == _MAJOR and data[5] == _CLIENT_HELLO
