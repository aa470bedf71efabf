from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.charset import Charset
from sttelnet.shell.conversion import Shown, Typed


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    """Cut bytes at some places."""
    places = sorted({cut % (len(data) + 1) for cut in cuts})
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def shown(data: bytes, charset: Charset, cuts: list[int]) -> bytes:
    stream = Shown(charset)
    return b"".join(stream.convert(piece) for piece in pieces(data, cuts))


def typed(data: bytes, charset: Charset, cuts: list[int], *, line_feed_is_enter: bool = False) -> bytes:
    stream = Typed(charset, line_feed_is_enter=line_feed_is_enter)
    return b"".join(stream.convert(piece) for piece in pieces(data, cuts))


CUTS = st.lists(st.integers(0, 1000), max_size=8)


@given(st.text(), CUTS)
def test_a_program_s_text_reaches_a_utf_8_client_as_it_is(text: str, cuts: list[int]) -> None:
    data = text.replace("\r", "").replace("\0", "").encode("utf-8", "replace")
    assert shown(data, Charset.UTF_8, cuts) == data


@given(CUTS)
def test_box_drawing_and_accents_reach_a_cp437_client_in_its_own_bytes(cuts: list[int]) -> None:
    assert shown("┌─┐ é ü 漢\x1b[1m".encode(), Charset.CP437, cuts) == b"\xda\xc4\xbf \x82 \x81 ? \x1b[1m"


@given(CUTS)
def test_bytes_that_are_no_utf_8_stop_nothing(cuts: list[int]) -> None:
    assert shown(b"a\xff\xfeb", Charset.ASCII, cuts).startswith(b"a")
    assert shown(b"a\xff\xfeb", Charset.ASCII, cuts).endswith(b"b")


@pytest.mark.parametrize("charset", list(Charset))
def test_a_return_by_itself_has_a_nul_behind_it_and_a_line_end_has_none(charset: Charset) -> None:
    assert Shown(charset).convert(b"50%\r100%\r\n") == b"50%\r\x00100%\r\n"


@given(CUTS)
def test_a_line_end_split_in_two_is_still_read_as_one(cuts: list[int]) -> None:
    told = shown(b"one\r\ntwo\r\n", Charset.UTF_8, cuts)
    assert told.replace(b"\r\0\n", b"\r\n") == b"one\r\ntwo\r\n"


@pytest.mark.parametrize("enter", [b"\r", b"\r\n", b"\r\0"])
@given(cuts=CUTS)
def test_enter_is_a_return_however_a_client_says_it(enter: bytes, cuts: list[int]) -> None:
    for charset in Charset:
        assert typed(b"ls" + enter + b"pwd" + enter, charset, cuts) == b"ls\rpwd\r"
        assert typed(enter + enter, charset, cuts) == b"\r\r"


def test_a_line_feed_is_itself_on_a_pty_and_enter_on_a_console() -> None:
    assert typed(b"a\nb", Charset.UTF_8, []) == b"a\nb"
    assert typed(b"a\nb\r\nc", Charset.UTF_8, [], line_feed_is_enter=True) == b"a\rb\rc"


def test_what_a_cp437_client_types_reaches_the_program_in_utf_8() -> None:
    assert typed(b"caf\x82", Charset.CP437, []) == "café".encode()


def test_the_backspace_of_a_cp437_client_is_the_one_a_pty_knows() -> None:
    assert typed(b"ab\x08", Charset.CP437, []) == b"ab\x7f"
    assert typed(b"ab\x08", Charset.UTF_8, []) == b"ab\x08"


@given(st.text(), CUTS)
def test_what_a_utf_8_client_types_reaches_the_program_as_it_is(text: str, cuts: list[int]) -> None:
    data = text.replace("\r", "").encode("utf-8", "replace")
    assert typed(data, Charset.UTF_8, cuts) == data
