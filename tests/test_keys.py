"""Keys of the clients, as seen on the wire."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.keys import Key, Keys, Name, Press, Text


def keys(*chunks: str) -> list[Key]:
    reader = Keys()
    return [key for chunk in chunks for key in reader.receive(chunk)]


def names(*chunks: str) -> list[Name]:
    return [key.name for key in keys(*chunks) if isinstance(key, Press)]


SYNCTERM = {
    "\r": Name.ENTER,
    "\x08": Name.BACKSPACE,
    "\x7f": Name.BACKSPACE,
    "\x1b[@": Name.INSERT,
    "\x1b[H": Name.HOME,
    "\x1b[K": Name.END,
    "\x1b[V": Name.PAGE_UP,
    "\x1b[U": Name.PAGE_DOWN,
    "\x1b[A": Name.UP,
    "\x1b[B": Name.DOWN,
    "\x1b[C": Name.RIGHT,
    "\x1b[D": Name.LEFT,
    "\x1b[11~": Name.F1,
    "\x1b[12~": Name.F2,
    "\x1b[13~": Name.F3,
    "\x1b[14~": Name.F4,
    "\x1b[15~": Name.F5,
    "\x1b[21~": Name.F10,
    "\x1b[23~": Name.F11,
    "\x1b[24~": Name.F12,
    "\x1b[Z": Name.BACK_TAB,
    "\x03": Name.INTERRUPT,
}
PUTTY = {
    "\r\n": Name.ENTER,
    "\x7f": Name.BACKSPACE,
    "\x1b[3~": Name.DELETE,
    "\x1b[2~": Name.INSERT,
    "\x1b[1~": Name.HOME,
    "\x1b[4~": Name.END,
    "\x1b[5~": Name.PAGE_UP,
    "\x1b[6~": Name.PAGE_DOWN,
    "\x1bOA": Name.UP,
    "\x1bOD": Name.LEFT,
    "\x1b[17~": Name.F6,
    "\x1b[18~": Name.F7,
    "\x1b[19~": Name.F8,
    "\x1b[20~": Name.F9,
}
XTERM = {
    "\r\0": Name.ENTER,
    "\n": Name.ENTER,
    "\x1bOP": Name.F1,
    "\x1bOQ": Name.F2,
    "\x1bOR": Name.F3,
    "\x1bOS": Name.F4,
    "\x1bOH": Name.HOME,
    "\x1b[F": Name.END,
    "\x1bOF": Name.END,
    "\x1b[1;5C": Name.RIGHT,
    "\x1b[1;2D": Name.LEFT,
    "\x1b[3;5~": Name.DELETE,
    "\x1bOM": Name.ENTER,
}
OTHERS = {"\x1bOt": Name.F5, "\x1b[[A": Name.F1, "\x1b[[E": Name.F5, "\x1b[7~": Name.HOME}
LETTERS = {
    "\x01": Name.HOME,
    "\x02": Name.LEFT,
    "\x04": Name.END_OF_INPUT,
    "\x05": Name.END,
    "\x06": Name.RIGHT,
    "\t": Name.TAB,
    "\x0b": Name.KILL_END,
    "\x0c": Name.REDRAW,
    "\x0e": Name.DOWN,
    "\x10": Name.UP,
    "\x15": Name.KILL_LINE,
    "\x17": Name.KILL_WORD,
}
KNOWN = SYNCTERM | PUTTY | XTERM | OTHERS | LETTERS


@pytest.mark.parametrize(("sent", "name"), KNOWN.items(), ids=lambda value: repr(str(value)))
def test_every_key_seen_is_known_however_it_is_split(sent: str, name: Name) -> None:
    assert keys(sent + "x") == [Press(name), Text("x")]
    assert keys(*sent, "x") == [Press(name), Text("x")]


def test_a_line_is_two_keys() -> None:
    assert keys("ping\r\n") == [Text("ping"), Press(Name.ENTER)]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\0"])
def test_each_end_of_line_is_one_enter_even_when_split(end: str) -> None:
    assert names("a" + end + "b" + end) == [Name.ENTER] * 2
    assert names(*("a" + end + "b" + end)) == [Name.ENTER] * 2


def test_empty_chunks_do_not_tear_a_line_end() -> None:
    assert names("a\r", "", "\n") == [Name.ENTER]


def test_two_line_ends_are_two_enters() -> None:
    assert names("\r\r\n\n\r\0\0\n") == [Name.ENTER] * 5


def test_a_lone_escape_is_dropped_and_the_next_character_kept() -> None:
    assert keys("\x1bq") == [Text("q")]
    assert keys("\x1b", "q") == [Text("q")]
    assert keys("\x1b", "\r") == [Press(Name.ENTER)]
    assert keys("\x1b\x1b", "[A") == [Press(Name.UP)]
    assert keys("\x1bO\r") == [Text("O"), Press(Name.ENTER)]


@pytest.mark.parametrize(
    "answer",
    ["\x1b[24;80R", "\x1b[?6c", "\x1b[=67;84;101;114;109;1;332c", "\x1b[0n", "\x1b[200~", "\x1b[I", "\x1b[9;9~"],
)
def test_answers_and_unknown_sequences_say_nothing(answer: str) -> None:
    assert keys("a" + answer + "b") == [Text("a"), Text("b")]
    assert keys("a", *answer, "b") == [Text("a"), Text("b")]


def test_a_broken_sequence_ends_where_it_breaks() -> None:
    assert keys("\x1b[12\rls\r") == [Press(Name.ENTER), Text("ls"), Press(Name.ENTER)]


def test_a_sequence_without_end_is_not_kept() -> None:
    reader = Keys()
    for _ in range(1000):
        reader.receive("\x1b[" + "1" * 100)
    assert reader.receive("1" * 1000 + "\r")[-1] == Press(Name.ENTER)


def test_nul_surrogates_and_what_turns_the_text_are_ignored() -> None:
    assert keys("a\0\ud83d\u202e\x9b\x1dé") == [Text("a"), Text("é")]


PIECES = st.one_of(
    st.sampled_from([*KNOWN, "\x1b", "\x1b[", "\x1bO", "\x1b[[", "\x1b[1;", "\0", "\x1b[24;80R", "\x1b[ ", "0" * 70]),
    st.text(st.characters(exclude_categories=()), max_size=4),
    st.text(st.sampled_from("\x1b[O;0 A~\r\n\0x"), max_size=8),
)


def joined(found: list[Key]) -> list[Key]:
    """Text as runs, however it came."""
    result: list[Key] = []
    for key in found:
        match result, key:
            case [*_, Text(before)], Text(text):
                result[-1] = Text(before + text)
            case _:
                result.append(key)
    return result


@settings(max_examples=200, deadline=None)
@given(st.lists(PIECES, max_size=8).map("".join), st.lists(st.integers(0, 60), max_size=6))
def test_chunks_do_not_matter(sent: str, cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(sent)]
    chunks = [sent[start:end] for start, end in itertools.pairwise(edges)]
    assert joined(keys(*chunks, "\rx")) == joined(keys("".join(chunks) + "\rx"))
