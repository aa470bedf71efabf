"""What a hand-made peer says."""

from __future__ import annotations

from sttelnet.zmodem.encode import Encoder
from sttelnet.zmodem.frames import End, Frame
from sttelnet.zmodem.headers import Header, flags, hex_header
from sttelnet.zmodem.info import FileInfo, encode_info
from sttelnet.zmodem.link import CLEAN
from sttelnet.zmodem.reader import Reader

RINIT = hex_header(Frame.RINIT, flags(0x23))
RQINIT = hex_header(Frame.RQINIT)
WIDE = Encoder(CLEAN)


def block(frame: Frame, data: bytes, value: int = 0) -> bytes:
    """Return a frame of one subpacket that ends in ZCRCW."""
    return WIDE.header(frame, value) + WIDE.subpackets(data, 8192, End.WAIT)


def offer(name: bytes = b"a.bin", size: int = 10, value: int = 0) -> bytes:
    return block(Frame.FILE, encode_info(FileInfo(name, size, 1_700_000_000)), value)


def data(offset: int, content: bytes, end: End = End.LAST, block_size: int = 1024) -> bytes:
    return WIDE.header(Frame.DATA, offset) + WIDE.subpackets(content, block_size, end)


def eof(size: int) -> bytes:
    return hex_header(Frame.EOF, size)


def headers(wire: bytes) -> list[tuple[Frame, int]]:
    """Return the headers in what a machine sent."""
    reader = Reader()
    reader.feed(wire)
    found = []
    while (item := reader.read()) is not None:
        if isinstance(item, Header):
            found.append((Frame(item.frame), item.value))
    return found
