from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.channel import DEFAULT_SIZE, Size
from sttelnet.cli.dial import Answers
from sttelnet.iac import BINARY, DO, DONT, ECHO, IAC, NAWS, SB, SE, SGA, TM, TTYPE, WILL, WONT

LINEMODE = 34  # RFC 1184: an option we do not have


def said(*commands: int) -> bytes:
    return bytes([IAC, *commands])


def answers(data: bytes, terminal_type: str | None = "xterm", size: Size = DEFAULT_SIZE) -> bytes:
    client = Answers(terminal_type, size)
    client.receive_data(data)
    return client.data_to_send()


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (said(WILL, ECHO), said(DO, ECHO)),
        (said(WILL, SGA), said(DO, SGA)),
        (said(WILL, BINARY), said(DO, BINARY)),
        (said(WILL, LINEMODE), said(DONT, LINEMODE)),
        (said(DO, SGA), said(WILL, SGA)),
        (said(DO, TTYPE), said(WILL, TTYPE)),
        (said(DO, ECHO), said(WONT, ECHO)),
        (said(DO, LINEMODE), said(WONT, LINEMODE)),
        (said(DO, NAWS), said(WILL, NAWS) + said(SB, NAWS, 0, 80, 0, 24) + said(SE)),
        (said(DO, TM), said(WILL, TM)),
        (said(DONT, SGA), b""),
        (said(WONT, ECHO), b""),
        (said(SB, TTYPE, 1) + said(SE), said(SB, TTYPE, 0) + b"xterm" + said(SE)),
    ],
)
def test_what_the_host_says_is_answered(asked: bytes, answered: bytes) -> None:
    assert answers(asked) == answered


def test_what_is_said_again_is_not_answered_again() -> None:
    assert answers(said(WILL, ECHO) * 5) == said(DO, ECHO)
    assert answers(said(DO, SGA) + said(DONT, SGA) * 2 + said(DO, SGA)) == (
        said(WILL, SGA) + said(WONT, SGA) + said(WILL, SGA)
    )


def test_without_a_terminal_there_is_no_type_to_tell() -> None:
    assert answers(said(DO, TTYPE), terminal_type=None) == said(WONT, TTYPE)


def test_a_window_of_255_columns_has_its_byte_doubled() -> None:
    assert answers(said(DO, NAWS), size=Size(255, 24)).endswith(bytes([0, 255, 255, 0, 24, IAC, SE]))


def test_a_new_size_is_told_once_and_only_where_it_was_asked_for() -> None:
    client = Answers("xterm", Size(80, 24))
    client.resize(Size(100, 30))
    assert client.data_to_send() == b""
    client.receive_data(said(DO, NAWS))
    client.data_to_send()
    client.resize(Size(100, 30))
    assert client.data_to_send() == b""
    client.resize(Size(132, 36))
    assert client.data_to_send() == said(SB, NAWS, 0, 132, 0, 36) + said(SE)


def test_enter_is_sent_as_the_mode_has_it() -> None:
    client = Answers("xterm", Size(80, 24))
    assert client.encode(b"a\rb\r\nc\n\xff") == b"a\r\0b\r\0c\r\0\xff\xff"
    client.receive_data(said(DO, BINARY))
    assert client.encode(b"a\r\xff") == b"a\r\xff\xff"


def test_the_host_echoes_from_its_will_to_its_wont() -> None:
    client = Answers("xterm", Size(80, 24))
    assert not client.host_echoes
    client.receive_data(said(WILL, ECHO))
    assert client.host_echoes
    client.receive_data(said(WONT, ECHO))
    assert not client.host_echoes


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.binary(max_size=6) | st.sampled_from([said(WILL, 1), said(SB, 24, 1), said(SE), b"\r\0"]), max_size=12)
)
def test_chunking_never_matters(chunks: list[bytes]) -> None:
    whole, pieces = Answers("xterm", Size(80, 24)), Answers("xterm", Size(80, 24))
    shown = whole.receive_data(b"".join(chunks))
    assert b"".join(pieces.receive_data(chunk) for chunk in chunks) == shown
    assert pieces.data_to_send() == whole.data_to_send()
