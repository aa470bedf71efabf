"""descript.ion."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.areas import ion
from sttelnet.areas.ion import descriptions, read_ion
from sttelnet.charset import clean


def test_a_line_has_a_name_and_a_description() -> None:
    data = b'tools.zip Small tools\r\n"My notes.txt"  Notes, and more\nA.TXT\ttabbed\n'

    assert descriptions(data) == {"tools.zip": "Small tools", "my notes.txt": "Notes, and more", "a.txt": "tabbed"}


@pytest.mark.parametrize("row", ["", "tools.zip", "tools.zip ", '"tools', '"tools.zip"x y', " \t", "\x04", '"" x'])
def test_a_line_without_both_says_nothing(row: str) -> None:
    assert "tools.zip" not in descriptions(f"{row}\nother.txt x\n".encode())


def test_what_programs_note_for_themselves_is_cut_off() -> None:
    assert descriptions(b"a.txt Text\x04Xnotes\x04Ymore\nb.txt \x04Xnotes\n") == {"a.txt": "Text"}


@pytest.mark.parametrize("mark", [b"\x04\xc2", b"\x04\xc3\x82"], ids=["raw", "utf-8"])
def test_line_ends_within_a_description_become_blanks(mark: bytes) -> None:
    data = "a.txt Grüße,\\nKim".encode() + mark + b"\r\n" + b"b.txt in C:\\new\r\n"

    assert descriptions(data) == {"a.txt": "Grüße, Kim", "b.txt": "in C:\\new"}


def test_line_ends_are_known_in_utf_16_and_cp437_too() -> None:
    assert descriptions("숄.txt 숄\\nb\x04Â\r\n".encode("utf-16")) == {"숄.txt": "숄 b"}
    assert descriptions("ü.txt a\\nb".encode("cp437") + b"\x04\xc2\r\n") == {"ü.txt": "a b"}


def test_notes_that_begin_with_a_letter_are_no_line_ends() -> None:
    assert descriptions("a.txt ü\\n\x04\xa3".encode()) == {"a.txt": "ü\\n"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp437"])
def test_it_is_read_in_the_charsets_there_are(encoding: str) -> None:
    assert descriptions("ÜBER.txt Grüße\r\n".encode(encoding)) == {"über.txt": "Grüße"}


def test_utf_16_of_either_order_is_read() -> None:
    assert descriptions(codecs.BOM_UTF16_BE + "a.txt x".encode("utf-16-be")) == {"a.txt": "x"}
    assert descriptions(codecs.BOM_UTF16_LE + "a.txt x".encode("utf-16-le") + b"\0") == {
        "a.txt": "x\N{REPLACEMENT CHARACTER}"
    }


def test_the_later_of_two_lines_counts() -> None:
    assert descriptions(b"a.txt one\nA.TXT two\n") == {"a.txt": "two"}


def test_descriptions_cannot_act_on_a_terminal() -> None:
    assert descriptions("a.txt x\x1b[2J\x18\u202ey\n".encode()) == {"a.txt": "x[2Jy"}


def test_a_long_file_counts_up_to_the_last_whole_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ion, "LARGEST", 20)

    assert descriptions("a.txt Grüße\nb.txt Grüße\n".encode()) == {"a.txt": "Grüße"}
    assert descriptions(b"a.txt " + b"x" * 100) == {}


def test_no_more_lines_are_read_than_are_allowed() -> None:
    data = "".join(f"{number} x\n" for number in range(ion.MOST_LINES + 10)).encode()

    assert len(descriptions(data)) == ion.MOST_LINES


def test_a_file_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    assert read_ion(tmp_path / "descript.ion") == {}
    assert read_ion(tmp_path) == {}
    (tmp_path / "descript.ion").write_text("a.txt x")
    assert read_ion(tmp_path / "descript.ion") == {"a.txt": "x"}


@given(st.binary())
def test_no_bytes_make_it_raise(data: bytes) -> None:
    check(data)


@given(st.text(st.sampled_from('ab" \t\n\r\x04\x1a\\nÂ\x1bü')), st.sampled_from(["utf-8", "utf-16", "cp437"]))
def test_no_text_makes_it_raise(text: str, encoding: str) -> None:
    check(text.encode(encoding, "replace"))


def check(data: bytes) -> None:
    for name, said in descriptions(data).items():
        assert name
        assert said == clean(said).strip()
        assert 1 <= len(said) <= 450
        assert not {"\n", "\t", "\x04"} & set(said)
