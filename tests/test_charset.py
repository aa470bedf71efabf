"""Bytes and text of terminals."""

from __future__ import annotations

import math
import struct
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.charset import (
    Charset,
    Decoder,
    Sauce,
    art,
    bar,
    cells,
    clean,
    cut,
    encode,
    for_terminal,
    is_plain,
    pad,
    read_sauce,
    spark,
)

CHARSETS = st.sampled_from(Charset)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=60)  # surrogates too
# Text of the parts of Unicode where things go wrong, more often than chance would have it.
HARD_TEXT = st.text(st.sampled_from("ae\u0301\u0308漢字가😀Ａﬁ½…→┏╔░▁é€☺\u200d\ufe0f\u00a0\u3000\u0e33"), max_size=40)


class TestTerminals:
    @pytest.mark.parametrize("type_", [None, "", "dumb", "UNKNOWN", "network", "NETWORK-VIRTUAL-TERMINAL"])
    def test_one_that_promises_nothing_is_plain_and_gets_ascii(self, type_: str | None) -> None:
        assert is_plain(type_)
        assert for_terminal(type_) is Charset.ASCII

    @pytest.mark.parametrize(
        "type_", ["xterm", "XTERM-256COLOR", "putty", "linux", "vt220", "screen.xterm", "tmux-256color", "st-256color"]
    )
    def test_the_relatives_of_xterm_speak_utf_8(self, type_: str) -> None:
        assert not is_plain(type_)
        assert for_terminal(type_) is Charset.UTF_8

    @pytest.mark.parametrize("type_", ["syncterm", "ansi", "ANSI-BBS", "ansi-256color", "vtnt", "stranger", "dumber"])
    def test_bbs_terminals_and_strangers_speak_cp437(self, type_: str) -> None:
        assert not is_plain(type_)
        assert for_terminal(type_) is Charset.CP437


class TestEncoding:
    def test_what_a_charset_has_is_sent_as_it_is(self) -> None:
        assert encode("é漢→", Charset.UTF_8) == "é漢→".encode()
        assert encode("╔═╗é░█√ñ", Charset.CP437) == b"\xc9\xcd\xbb\x82\xb0\xdb\xfb\xa4"
        assert encode("plain", Charset.ASCII) == b"plain"

    def test_control_characters_pass(self) -> None:
        for charset in Charset:
            assert encode("é\r\n\t\b\x1b[1m\x07\0", charset)[-10:] == b"\r\n\t\b\x1b[1m\x07\0"

    def test_the_pictures_of_control_codes_are_never_sent_as_those_codes(self) -> None:
        pictures = "☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼⌂"
        for charset in (Charset.CP437, Charset.ASCII):
            assert all(byte >= 0x20 and byte != 0x7F for byte in encode(pictures, charset))
        assert encode("→←↑↓", Charset.CP437) == b"><^v"

    @pytest.mark.parametrize(
        ("text", "ascii_"),
        [
            ("┌─┬┐╔═╗│║╭╯", b"+-+++-+||++"),
            ("█▓▒░", b"##:."),
            ("→←↑↓", b"><^v"),
            ("•–—…", b"*--."),
            ("“x” ‘y’", b"\"x\" 'y'"),
            ("éñüÅçß", b"enuAcs"),
            ("ÆæŒœØøẞß", b"AaOoOoSs"),
            ("ÞþÐðŁł", b"TtDdLl"),
            ("e\u0301", b"e"),
            ("Ａ", b"A "),
            ("漢字", b"? ? "),
            ("Ж", b"?"),
            ("½ﬁ", b"??"),
        ],
    )
    def test_ascii_gets_what_looks_alike(self, text: str, ascii_: bytes) -> None:
        assert encode(text, Charset.ASCII) == ascii_

    @pytest.mark.parametrize(
        ("text", "cp437"),
        [
            ("┏━┓", "┌─┐"),
            ("╭╮╰╯", "┌┐└┘"),
            ("✓ •", "√ ∙"),
            ("▁▄▇█", "_▄██"),
            ("e\u0301", "é"),
            ("ẽ", "e"),
            ("漢x", "? x"),
            ("😀", "? "),
            ("“€”", '"E"'),
        ],
    )
    def test_cp437_gets_what_looks_alike(self, text: str, cp437: str) -> None:
        assert encode(text, Charset.CP437) == cp437.encode("cp437")

    def test_a_surrogate_is_a_question_mark(self) -> None:
        for charset in Charset:
            assert encode("a\udc80é"[:2], charset) == b"a?"

    @settings(max_examples=200, deadline=None)
    @given(ANY_TEXT, CHARSETS)
    def test_any_text_can_be_encoded(self, text: str, charset: Charset) -> None:
        encode(text, charset)

    @settings(max_examples=200, deadline=None)
    @given(st.one_of(ANY_TEXT.map(clean), HARD_TEXT), CHARSETS)
    def test_what_is_shown_is_as_wide_as_the_text(self, text: str, charset: Charset) -> None:
        shown = encode(text, charset).decode(charset.value)
        assert cells(shown) == cells(text)


def test_every_stand_in_is_one_cell_its_charset_has() -> None:
    for code in range(0x2000, 0x2C00):
        for charset in (Charset.CP437, Charset.ASCII):
            shown = encode(chr(code), charset).decode(charset.value)
            assert len(shown) == cells(chr(code)), hex(code)


class TestDecoding:
    def test_utf_8_may_be_split_anywhere(self) -> None:
        decoder = Decoder(Charset.UTF_8)
        assert "".join(decoder.decode(bytes([byte])) for byte in "aé漢😀".encode()) == "aé漢😀"

    def test_what_is_no_utf_8_is_seen(self) -> None:
        assert Decoder(Charset.UTF_8).decode(b"a\x82b") == "a\ufffdb"

    def test_cp437_maps_the_upper_half_and_leaves_the_lower(self) -> None:
        assert Decoder(Charset.CP437).decode(b"\x82\xb0\r\0\x7f") == "é░\r\0\x7f"

    def test_ascii_has_no_upper_half(self) -> None:
        assert Decoder(Charset.ASCII).decode(b"a\xe9\xff\r") == "a??\r"

    @settings(max_examples=200, deadline=None)
    @given(st.binary(max_size=60), st.integers(0, 60), CHARSETS)
    def test_chunks_do_not_matter(self, data: bytes, at: int, charset: Charset) -> None:
        split = Decoder(charset)
        assert split.decode(data[:at]) + split.decode(data[at:]) == Decoder(charset).decode(data)

    @settings(max_examples=100, deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs"])))
    def test_utf_8_comes_back_as_it_went(self, text: str) -> None:
        assert Decoder(Charset.UTF_8).decode(encode(text, Charset.UTF_8)) == text


class TestCleaning:
    @pytest.mark.parametrize(
        ("text", "cleaned"),
        [
            ("a\x1b[2Jb", "a[2Jb"),
            ("bell\x07 del\x7f c1\x9b", "bell del c1"),
            ("tab\tline\n", "tab\tline\n"),
            ("a\r\nb\rc\n\r", "a\nb\nc\n\n"),
            ("\u202egnp.exe\u2066x\u200f", "gnp.exex"),
            ("zero\u200bwidth\ufeff", "zerowidth"),
            ("sur\ud83drogate", "surrogate"),
            ("two\u2028lines", "twolines"),
            ("می\u200cخواهم", "می\u200cخواهم"),
            ("漢字 é 😀", "漢字 é 😀"),
        ],
    )
    def test_nothing_that_acts_is_left(self, text: str, cleaned: str) -> None:
        assert clean(text) == cleaned

    @settings(max_examples=200, deadline=None)
    @given(ANY_TEXT)
    def test_it_is_done_once_and_for_all(self, text: str) -> None:
        cleaned = clean(text)
        assert clean(cleaned) == cleaned
        assert not [c for c in cleaned if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"]
        assert not [c for c in cleaned if unicodedata.bidirectional(c) in BIDI_CONTROLS]


BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


class TestWidth:
    @pytest.mark.parametrize(
        ("text", "width"), [("", 0), ("abc", 3), ("漢字", 4), ("e\u0301", 1), ("😀!", 3), ("a\n\x1b", 1)]
    )
    def test_cells_are_what_the_screen_shows(self, text: str, width: int) -> None:
        assert cells(text) == width

    @pytest.mark.parametrize(
        ("text", "width", "rest"),
        [
            ("abc", 2, "ab"),
            ("漢字", 3, "漢"),
            ("e\u0301x", 1, "e\u0301"),
            ("ab", 9, "ab"),
            ("ab", -1, ""),
            ("漢", -1, ""),
        ],
    )
    def test_cut_keeps_what_fits(self, text: str, width: int, rest: str) -> None:
        assert cut(text, width) == rest

    def test_pad_fills_with_blanks(self) -> None:
        assert pad("漢", 5) == "漢   "
        assert pad("ab", 5, "right") == "   ab"
        assert pad("ab", 5, "center") == " ab  "
        assert pad("abcdef", 3) == "abcdef"

    def test_pad_knows_three_sides(self) -> None:
        with pytest.raises(ValueError, match="middle"):
            pad("a", 3, "middle")

    @settings(max_examples=100, deadline=None)
    @given(HARD_TEXT, st.integers(0, 40))
    def test_cut_and_padded_text_is_just_so_wide(self, text: str, width: int) -> None:
        assert cells(cut(text, width)) <= width
        assert cells(pad(cut(text, width), width)) == width


class TestGauges:
    def test_a_bar_is_drawn_in_what_the_charset_has(self) -> None:
        assert bar(0.5, 8, Charset.UTF_8) == "████░░░░"
        assert bar(0.25, 4, Charset.CP437) == "█░░░"
        assert bar(1, 3, Charset.ASCII) == "###"

    @pytest.mark.parametrize("fraction", [-1, 2, math.nan, math.inf, -math.inf])
    def test_a_bar_keeps_its_width_whatever_it_is_told(self, fraction: float) -> None:
        assert len(bar(fraction, 10, Charset.UTF_8)) == 10
        assert bar(fraction, 0, Charset.UTF_8) == bar(fraction, -3, Charset.UTF_8) == ""

    def test_a_spark_rises_with_its_values(self) -> None:
        assert spark([0, 20, 40, 60, 80, 100], 6, Charset.UTF_8) == "▁▂▄▅▇█"
        assert spark([0, 33, 66, 99], 4, Charset.CP437) == "░▒▓█"
        assert spark([0, 25, 50, 75, 100], 5, Charset.ASCII) == ".:-=#"
        assert spark([0, 4], 2, Charset.ASCII, top=4) == ".#"

    def test_a_spark_has_its_newest_value_on_the_right(self) -> None:
        assert spark([100], 3, Charset.ASCII) == "  #"
        assert spark([], 3, Charset.ASCII) == "   "

    def test_a_spark_never_loses_a_peak(self) -> None:
        assert spark([0] * 700 + [100] + [0] * 19, 12, Charset.ASCII) == "...........#"

    def test_what_is_no_number_leaves_a_gap(self) -> None:
        assert spark([0, math.nan, 100], 3, Charset.ASCII) == ". #"

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.floats(), max_size=50), st.integers(-1, 30), CHARSETS, st.floats())
    def test_a_spark_keeps_its_width(self, values: list[float], width: int, charset: Charset, top: float) -> None:
        assert cells(spark(values, width, charset, top)) == max(0, width)


def sauce_record(comments: int = 0, kind: int = 1) -> bytes:
    return struct.pack(
        "<5s2s35s20s20s8sLBBHHHHBB22s",
        b"SAUCE", b"00", b"Greetings".ljust(35), b"kim\0\0", b"ACiD".ljust(20), b"20260101",
        9, kind, 1, 80, 25, 0, 0, comments, 1, b"IBM VGA",
    )  # fmt: skip


class TestArt:
    def test_the_bytes_become_text_and_sequences_stay(self) -> None:
        assert art(b"\x1b[31m\xc9\xcd\xbb\r\n\x1b[0m") == "\x1b[31m╔═╗\r\n\x1b[0m"

    def test_control_codes_become_their_pictures(self) -> None:
        assert art(b"\x01\x07\x10\x18\x7f\0\t") == "☺•►↑⌂ \t"

    def test_what_follows_the_end_mark_is_left_out(self) -> None:
        assert art(b"art\x1arest") == "art"
        assert art(b"art\x1a" + sauce_record()) == "art"
        assert art(b"art" + sauce_record()) == "art"

    def test_the_record_is_read(self) -> None:
        data, sauce = read_sauce(b"art\x1aCOMNT" + b"first".ljust(64) + b"second".ljust(64) + sauce_record(2))
        assert data == b"art"
        assert sauce == Sauce("Greetings", "kim", "ACiD", "20260101", 80, 25, True, "IBM VGA", ("first", "second"))

    def test_a_record_without_its_comments_is_read_all_the_same(self) -> None:
        data, sauce = read_sauce(b"art\x1a" + sauce_record(200))
        assert (data, sauce and sauce.comments) == (b"art", ())

    def test_only_character_art_has_columns(self) -> None:
        _, sauce = read_sauce(sauce_record(kind=2))
        assert sauce is not None
        assert sauce.columns is sauce.rows is None

    def test_a_file_without_a_record_has_none(self) -> None:
        assert read_sauce(b"SAUCE is in the text\x1a and nothing follows") == (b"SAUCE is in the text", None)

    @settings(max_examples=100, deadline=None)
    @given(st.binary(max_size=300), st.booleans())
    def test_any_bytes_are_art(self, data: bytes, record: bool) -> None:
        text = art(data + (b"SAUCE" + data)[:128].ljust(128) if record else data)
        assert "\x07" not in text
