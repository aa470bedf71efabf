"""The grammar of the machine dialect."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.iac import IAC, doubled
from sttelnet.session.dialect import (
    LONGEST_LINE,
    MOST_BODY,
    Code,
    Lines,
    Order,
    Response,
    encode,
    read_order,
)


def test_an_answer_is_a_status_line_a_body_of_so_many_bytes_and_a_marker() -> None:
    assert encode(Response(Code.OK, "Größe", "ä\nb"), "X1") == "+OK 0 7 Größe\r\nä\r\nb\r\nX1 0\r\n".encode()
    assert encode(Response(Code.WARNING, "WARNING", "x\n")) == b"-ERR 1 3 WARNING\r\nx\r\n"
    assert encode(Response(Code.NO_PAGE, "There is none."), "n") == b"-ERR 21 0 There is none.\r\nn 21\r\n"
    assert encode(Response(Code.OK, "")) == b"+OK 0 0\r\n"


def test_only_ok_is_ok() -> None:
    for code in Code:
        assert encode(Response(code, "words")).startswith(b"+OK ") is (code is Code.OK)


@given(st.text(), st.text())
def test_no_text_breaks_the_frame(words: str, body: str) -> None:
    sent = encode(Response(Code.OK, words, body))
    status, _, rest = sent.partition(b"\r\n")
    length = int(status.split(b" ")[2])
    assert status.startswith(b"+OK 0 ")
    assert len(rest) == length
    assert rest == b"" or rest.endswith(b"\r\n")
    assert bytes([IAC]) not in sent
    assert doubled(sent) == sent
    assert sent.count(b"\r") == sent.count(b"\n") == sent.count(b"\r\n")
    assert not any(byte < 32 and byte not in b"\r\n\t" for byte in sent)


def test_a_body_over_the_cap_is_not_sent() -> None:
    assert len(encode(Response(Code.OK, "", "x" * (MOST_BODY - 2)))) > MOST_BODY
    sent = encode(Response(Code.OK, "title", "x" * (MOST_BODY - 1)), "END")
    assert sent.startswith(b"-ERR 11 0 The answer has ")
    assert sent.endswith(b"\r\nEND 11\r\n")


@pytest.mark.parametrize(
    ("rest", "order"),
    [
        ("health", Order("exec", ("health",))),
        ("  health   --json ", Order("exec", ("health",), json=True)),
        ("--end aZ9 health", Order("exec", ("health",), end="aZ9")),
        (f"--end {'x' * 64}", Order("exec", end="x" * 64)),
    ],
)
def test_options_stand_anywhere(rest: str, order: Order) -> None:
    assert read_order("exec", rest) == order


@pytest.mark.parametrize("nonce", ["", "x" * 65, "a-b", "é", "a\tb;", "0;rm", "+OK"])
def test_what_is_no_nonce_is_refused_and_never_sent(nonce: str) -> None:
    order = read_order("exec", f"health --end {nonce}")
    assert order.end == ("" if "\t" not in nonce else "a")
    assert order.fault or order.names != ("health",)


def test_a_nonce_counts_whatever_else_is_wrong_so_that_nobody_waits_for_it_in_vain() -> None:
    order = read_order("exec", "--jsno health --end X1")
    assert order.fault.startswith("there is no option --jsno")
    assert order.end == "X1"


@pytest.mark.parametrize("end", ["\r\n", "\r\0", "\r", "\n"])
def test_every_end_of_line_ends_one(end: str) -> None:
    assert Lines().receive_data(f"/a{end}/b c {end}".encode()) == ["/a", "/b c "]


@given(st.lists(st.text(alphabet="/ab é\x00\x1b\x03")), st.sampled_from(["\r\n", "\r\0", "\r", "\n"]), st.data())
def test_lines_are_the_same_however_they_are_cut_into_packets(lines: list[str], end: str, data: st.DataObject) -> None:
    sent = "".join(line + end for line in lines).encode()
    whole = Lines().receive_data(sent)
    cut, found, at = Lines(), [], 0
    while at < len(sent):
        size = data.draw(st.integers(1, len(sent)))
        found += cut.receive_data(sent[at : at + size])
        at += size
    assert found == whole
    assert all(line and line.strip() for line in whole)


def test_a_line_too_long_comes_as_none_once_it_ends_and_is_kept_nowhere() -> None:
    lines = Lines()
    for _ in range(100):
        assert lines.receive_data(b"x" * 65536) == []
    assert len(lines._held) == 0
    assert lines.receive_data(b"x\n/next\n") == [None, "/next"]
    assert lines.receive_data(b"y" * LONGEST_LINE + b"\n") == ["y" * LONGEST_LINE]
    assert lines.receive_data(b"y" * (LONGEST_LINE + 1) + b"\n") == [None]


def test_bytes_that_are_no_utf_8_and_control_characters_do_no_harm() -> None:
    assert Lines().receive_data(b"/ex\x1b[2Jec \xff\xfe\x00h\x07\n") == ["/ex[2Jec \ufffd\ufffdh"]
