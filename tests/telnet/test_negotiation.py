"""Which options are agreed, and what telnetlib3 gets to see."""

from __future__ import annotations

import pytest
import telnetlib3
from hypothesis import given, settings
from hypothesis import strategies as st
from telnetlib3 import stream_writer

from sttelnet import iac
from sttelnet.telnet import negotiation as module
from sttelnet.telnet.negotiation import Negotiation

NAMES = {
    iac.WILL: "WILL", iac.WONT: "WONT", iac.DO: "DO", iac.DONT: "DONT",
    iac.BINARY: "BINARY", iac.ECHO: "ECHO", iac.SGA: "SGA", iac.TM: "TM", iac.TTYPE: "TTYPE", iac.NAWS: "NAWS",
}  # fmt: skip
NUMBERS = {name: number for number, name in NAMES.items()}
WE_MAY = {iac.BINARY, iac.ECHO, iac.SGA}
CLIENT_MAY = {iac.BINARY, iac.SGA, iac.NAWS, iac.TTYPE}
SEND = "SB TTYPE SEND"


def number(word: str) -> int:
    return NUMBERS[word] if word in NUMBERS else int(word)


def said(negotiation: Negotiation) -> list[str]:
    """Return the replies in words."""
    words = []
    data = negotiation.take_replies()
    while data:
        if data.startswith(b"\xff\xfa\x18\x01\xff\xf0"):
            words.append(SEND)
            data = data[6:]
        else:
            assert data[0] == iac.IAC
            words.append(f"{NAMES[data[1]]} {NAMES.get(data[2], data[2])}")
            data = data[3:]
    return words


def hear(negotiation: Negotiation, *phrases: str) -> list[str]:
    for phrase in phrases:
        command, option = phrase.split()
        negotiation.receive(NUMBERS[command], number(option))
    return said(negotiation)


@pytest.fixture
def fresh() -> Negotiation:
    """A negotiation that has not said anything yet."""
    return Negotiation()


@pytest.fixture
def opened() -> Negotiation:
    """A negotiation whose opening offer has left."""
    negotiation = Negotiation()
    negotiation.offer()
    negotiation.take_replies()
    return negotiation


def test_the_opening_offer_asks_for_everything_at_once(fresh: Negotiation) -> None:
    fresh.offer()
    assert said(fresh) == ["WILL ECHO", "WILL SGA", "DO SGA", "DO NAWS", "DO TTYPE"]


def test_answers_to_the_offer_get_no_answer(opened: Negotiation) -> None:
    assert hear(opened, "DO ECHO", "DO SGA", "WILL SGA", "WILL NAWS") == []
    assert opened.echoing
    assert opened.by_character
    assert hear(opened, "WILL TTYPE") == [SEND]


def test_the_offer_is_answered_when_every_option_and_its_follow_up_is(opened: Negotiation) -> None:
    hear(opened, "DO ECHO", "DO SGA", "WILL SGA", "WILL NAWS", "WILL TTYPE")
    assert not opened.answered
    opened.heard_size()
    assert not opened.answered
    opened.heard_type()
    assert opened.answered


def test_a_refusing_client_has_answered_too(opened: Negotiation) -> None:
    assert hear(opened, "DONT ECHO", "DONT SGA", "WONT SGA", "WONT NAWS", "WONT TTYPE") == []
    assert opened.answered
    assert not opened.echoing


def test_a_client_that_takes_back_what_it_said_has_nothing_left_to_tell(opened: Negotiation) -> None:
    hear(opened, "DONT ECHO", "DONT SGA", "WONT SGA", "WILL NAWS", "WILL TTYPE")
    assert hear(opened, "WONT NAWS", "WONT TTYPE") == ["DONT NAWS", "DONT TTYPE"]
    assert opened.answered


@pytest.mark.parametrize(
    ("request_", "replies"),
    [
        ("DO BINARY", ["WILL BINARY"]),
        ("WILL BINARY", ["DO BINARY"]),
        ("DO ECHO", ["WILL ECHO"]),
        ("WILL SGA", ["DO SGA"]),
        ("WILL NAWS", ["DO NAWS"]),
        ("WILL TTYPE", ["DO TTYPE", SEND]),
        ("WILL ECHO", ["DONT ECHO"]),
        ("DO NAWS", ["WONT NAWS"]),
        ("DO TTYPE", ["WONT TTYPE"]),
        ("DO TM", ["WILL TM"]),
        ("WILL TM", ["DONT TM"]),
        ("DO 255", ["WONT 255"]),
        ("DO 18", ["WONT 18"]),  # LOGOUT
        ("WILL 34", ["DONT 34"]),  # LINEMODE
        ("WILL 39", ["DONT 39"]),  # NEW-ENVIRON
        ("DO 86", ["WONT 86"]),  # MCCP2
        ("WILL 87", ["DONT 87"]),  # MCCP3
        ("DONT 99", []),
        ("WONT 99", []),
    ],
)
def test_an_unasked_request_is_answered(fresh: Negotiation, request_: str, replies: list[str]) -> None:
    assert hear(fresh, request_) == replies


def test_a_request_for_what_holds_gets_no_answer(fresh: Negotiation) -> None:
    hear(fresh, "DO BINARY", "WILL BINARY", "WILL NAWS", "WILL TTYPE")
    assert hear(fresh, "DO BINARY", "WILL BINARY", "WILL NAWS", "WILL TTYPE") == []


def test_every_refused_request_is_refused_again(fresh: Negotiation) -> None:
    assert hear(fresh, "WILL 99", "WILL 99", "DO 99", "DO 99") == ["DONT 99", "DONT 99", "WONT 99", "WONT 99"]


def test_every_timing_mark_is_answered(fresh: Negotiation) -> None:
    assert hear(fresh, "DO TM", "DO TM") == ["WILL TM", "WILL TM"]


def test_turning_something_off_is_acknowledged_once(fresh: Negotiation) -> None:
    hear(fresh, "DO BINARY", "WILL BINARY")
    assert hear(fresh, "DONT BINARY", "WONT BINARY") == ["WONT BINARY", "DONT BINARY"]
    assert hear(fresh, "DONT BINARY", "WONT BINARY") == []


def test_what_was_turned_off_may_be_turned_on_again(opened: Negotiation) -> None:
    hear(opened, "DO ECHO", "DONT ECHO")
    assert not opened.echoing
    assert hear(opened, "DO ECHO") == ["WILL ECHO"]
    assert opened.echoing


def test_binary_is_asked_for_and_given_back(fresh: Negotiation) -> None:
    fresh.ask_binary()
    assert said(fresh) == ["DO BINARY", "WILL BINARY"]
    assert not fresh.binary_answered
    assert hear(fresh, "WILL BINARY", "DO BINARY") == []
    assert fresh.binary_answered
    assert fresh.inbinary
    assert fresh.outbinary
    fresh.leave_binary()
    assert said(fresh) == ["DONT BINARY", "WONT BINARY"]
    assert hear(fresh, "WONT BINARY", "DONT BINARY") == []
    assert not fresh.inbinary
    assert not fresh.outbinary


def test_binary_of_the_clients_own_accord_is_left_alone(fresh: Negotiation) -> None:
    hear(fresh, "DO BINARY", "WILL BINARY")
    fresh.ask_binary()
    fresh.leave_binary()
    assert said(fresh) == []
    assert fresh.inbinary


def test_binary_that_was_refused_leaves_nothing_to_give_back(fresh: Negotiation) -> None:
    fresh.ask_binary()
    said(fresh)
    hear(fresh, "WONT BINARY", "DONT BINARY")
    assert fresh.binary_answered
    fresh.leave_binary()
    assert said(fresh) == []


conversations = st.lists(
    st.tuples(
        st.sampled_from([iac.WILL, iac.WONT, iac.DO, iac.DONT]),
        st.sampled_from([*WE_MAY, *CLIENT_MAY, iac.TM, 18, 34, 39, 69, 87, 255]),
    ),
    max_size=40,
)


@given(conversations, st.booleans())
@settings(max_examples=200)
def test_the_clients_last_word_holds_and_each_word_costs_two_replies_at_most(
    words: list[tuple[int, int]], opening: bool
) -> None:
    negotiation = Negotiation()
    if opening:
        negotiation.offer()
        negotiation.take_replies()
    for command, option in words:
        negotiation.receive(command, option)
        assert len(said(negotiation)) <= 2
    last = {(command in (iac.DO, iac.DONT), option): command for command, option in words}
    for option in WE_MAY:
        assert negotiation.local_option.enabled(bytes((option,))) == (last.get((True, option)) == iac.DO)
    for option in CLIENT_MAY:
        assert negotiation.remote_option.enabled(bytes((option,))) == (last.get((False, option)) == iac.WILL)


def shared() -> dict[str, str]:
    tables = module._TABLES
    return {name: str(value) for name, value in {**vars(tables), **vars(tables.ctx)}.items()}


@given(conversations)
@settings(max_examples=50)
def test_nothing_a_client_says_changes_what_all_negotiations_share(words: list[tuple[int, int]]) -> None:
    before = shared()
    negotiation = Negotiation()
    negotiation.offer()
    for command, option in words:
        negotiation.receive(command, option)
    negotiation.ask_binary()
    negotiation.leave_binary()
    assert shared() == before
    assert {"pending_option", "local_option", "remote_option"} <= vars(negotiation).keys()


def test_telnetlib3_still_has_what_is_built_on() -> None:
    for name in ("iac", "feed_byte", "request_ttype", "send_iac", "inbinary", "outbinary", "handle_do", "handle_will"):
        assert hasattr(telnetlib3.TelnetWriter, name), name
    for name in ("pending_option", "local_option", "remote_option", "always_do", "always_wont", "will_callbacks"):
        assert name in vars(module._TABLES), name
    assert stream_writer.Option("local_option", module.log).enabled(b"\x01") is False
    for name in ("iac_received", "cmd_received", "byte_count"):  # class attributes, so that they need no __init__
        assert hasattr(telnetlib3.TelnetWriter, name), name


def test_no_two_negotiations_share_a_state() -> None:
    one, other = Negotiation(), Negotiation()
    hear(one, "DO BINARY")
    assert one.outbinary
    assert not other.outbinary
