"""The line editor: what it sends, and whether a terminal then shows what it should."""

from __future__ import annotations

import unicodedata

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.charset import cells
from sttelnet.editor import BELL, Answer, Editor, End, Event, History, Interrupt, Line, TooLong, Unused
from sttelnet.keys import Key, Keys, Name, Press, Text

LEFT, RIGHT, UP, DOWN = "\x1b[D", "\x1b[C", "\x1b[A", "\x1b[B"
HOME, END, DELETE = "\x1b[1~", "\x1b[4~", "\x1b[3~"


class Desk:
    """An editor with somebody typing at it."""

    def __init__(self, history: History | None = None) -> None:
        self.editor = Editor(history)
        self.keys = Keys()

    def at(self, column: int = 1, columns: int = 80, **options: bool | int) -> Desk:
        self.editor.start(column, columns, **options)  # type: ignore[arg-type]
        return self

    def type(self, text: str) -> Answer:
        """Return everything sent for some keys, and the last event."""
        answers = [self.editor.press(key) for key in self.keys.receive(text)]
        events = [answer.event for answer in answers if answer.event is not None]
        return Answer("".join(answer.output for answer in answers), events[-1] if events else None)

    def line(self, text: str) -> Event | None:
        return self.type(text + "\r").event


class TestEditing:
    @pytest.mark.parametrize(
        ("typed", "line"),
        [
            ("ping", "ping"),
            ("pinx\x7fg", "ping"),
            ("pinx\x08g", "ping"),
            ("ing" + HOME + "p", "ping"),
            ("pig" + LEFT + "n", "ping"),
            ("ping" + HOME + DELETE + END + "!", "ing!"),
            ("ping" + LEFT * 9 + RIGHT + DELETE, "png"),
            ("ping" + RIGHT + DELETE, "ping"),
            ("\x7f\x7fping", "ping"),
            ("rubbish\x15ping", "ping"),
            ("pingpong" + LEFT * 4 + "\x0b", "ping"),
            ("ping pong  \x17", "ping "),
            ("ping pong" + LEFT * 4 + "\x17", "pong"),
            ("ping" + HOME + "\x04", "ing"),
            ("\x05g\x01pi\x06\x02n", "ping"),
            ("漢字" + LEFT + "\x7f", "字"),
            ("e\u0301x" + LEFT + "\x7f", "x"),
            ("ex" + LEFT + "\u0301", "e\u0301x"),
            ("\u0301x", "x"),
            ("x" + HOME + "\u0301y", "yx"),
        ],
    )
    def test_keys_edit_the_line(self, typed: str, line: str) -> None:
        assert Desk().at().line(typed) == Line(line)

    def test_keys_it_has_no_use_for_are_handed_back(self) -> None:
        desk = Desk().at()
        for name in (Name.TAB, Name.PAGE_UP, Name.PAGE_DOWN, Name.REDRAW, Name.F1, Name.INSERT):
            assert desk.editor.press(Press(name)) == Answer("", Unused(name))

    def test_ctrl_c_clears_a_line_and_then_means_back(self) -> None:
        desk = Desk().at()
        assert desk.type("pin\x03") == Answer("pin\b\b\b   \b\b\b", Interrupt(had_text=True))
        assert desk.type("\x03") == Answer("", Interrupt(had_text=False))

    def test_ctrl_d_on_an_empty_line_is_the_end(self) -> None:
        desk = Desk().at()
        assert desk.type("\x04") == Answer("", End())
        assert desk.type("x\x04").event is None


class TestOutput:
    @pytest.mark.parametrize(
        ("typed", "sent"),
        [
            ("a", "a"),
            ("\x7f", ""),
            ("a\x7f", "a\b \b"),
            ("漢\x7f", "漢\b\b  \b\b"),
            ("ab" + LEFT, "ab\b"),
            ("ab" + LEFT * 2 + RIGHT, "ab\b\b\x1b[1C"),
            ("abcdef" + HOME, "abcdef\x1b[6D"),
            ("ac" + LEFT + "b", "ac\bbc\b"),
            ("abc" + LEFT + "\x7f", "abc\b\bc \b\b"),
            ("ab\r", "ab"),
        ],
    )
    def test_only_the_difference_is_sent(self, typed: str, sent: str) -> None:
        assert Desk().at().type(typed).output == sent

    def test_a_paste_at_the_end_is_itself(self) -> None:
        assert Desk().at(1, 2000).editor.press(Text("x" * 1000)) == Answer("x" * 1000)

    def test_a_masked_line_shows_nothing_and_keeps_to_its_end(self) -> None:
        desk = Desk().at(masked=True)
        assert desk.type("sec" + LEFT + HOME + "rett\x7f") == Answer()
        assert (desk.editor.show(), desk.editor.hide()) == ("", "")
        assert desk.type("\r") == Answer("", Line("secret"))

    def test_a_line_the_client_echoes_shows_nothing_but_the_bell(self) -> None:
        desk = Desk().at(echo=False, limit=4)
        assert desk.type("pong\x7f") == Answer()
        assert desk.type("gs") == Answer(BELL)

    def test_a_terminal_without_cursor_control_only_appends_and_steps_back(self) -> None:
        desk = Desk(History()).at(75, 80, cursor_control=False)
        assert desk.type("a long line" + LEFT + UP + HOME + DELETE).output == "a long line"
        assert desk.type("\x7f").output == "\b \b"
        assert desk.type("\x17").output == "\b" * 3 + "   " + "\b" * 3
        assert desk.type("\x15").output == "\b" * 7 + " " * 7 + "\b" * 7

    def test_hiding_and_showing_leaves_the_line_as_it_was(self) -> None:
        desk = Desk().at()
        desk.type("ping" + LEFT)
        assert desk.editor.view.cursor == 3
        assert desk.editor.hide() == "\b\b\b    \x1b[4D"
        assert desk.editor.hide() == ""
        assert desk.editor.show() == "ping\b"
        assert desk.line("X") == Line("pinXg")

    def test_after_a_resize_the_line_is_drawn_into_the_new_window(self) -> None:
        desk = Desk().at(1, 80)
        desk.type("x" * 30 + "y")
        desk.editor.resize(21, column=11)
        assert desk.editor.show() == "x" * 7 + "y"
        desk.editor.resize(80)
        assert desk.editor.show() == "x" * 30 + "y"


class TestLimit:
    def test_what_is_over_it_is_refused_and_the_line_not_taken(self) -> None:
        desk = Desk().at(limit=4)
        assert desk.type("ping") == Answer("ping")
        assert desk.type("pong") == Answer(BELL)
        assert desk.type("\r") == Answer("", TooLong())
        assert desk.at(limit=4).line("ping") == Line("ping")

    def test_a_paste_over_it_rings_once(self) -> None:
        assert Desk().at(limit=4).type("pingpong") == Answer("ping" + BELL)

    @pytest.mark.parametrize("erase", ["\x7f", "\x17", "\x15", HOME + DELETE, HOME + "\x0b", "\x03"])
    def test_erasing_below_it_makes_the_line_good_again(self, erase: str) -> None:
        desk = Desk().at(limit=4)
        desk.type("ping!")
        desk.type(erase)
        assert isinstance(desk.type("\r").event, Line)

    def test_erasing_nothing_does_not(self) -> None:
        assert Desk().at(limit=4).line("ping!" + DELETE + HOME + "\x7f") == TooLong()

    def test_the_history_is_no_way_round_it(self) -> None:
        desk = Desk()
        desk.at().line("a long line")
        assert desk.at(limit=4).line(UP) == TooLong()
        assert desk.at(limit=4).line("ping!" + UP + DOWN) == TooLong()


class TestSecrets:
    @pytest.mark.parametrize(
        "typed", ["/token stt_abc", "/TOKEN stt_abc", "/token stt_abX\x7fc", "/token  x" + LEFT * 2]
    )
    def test_what_stands_behind_the_word_is_not_sent_back_nor_kept(self, typed: str) -> None:
        desk = Desk()
        desk.editor = Editor(desk.editor.history, secret="/token ")
        sent = desk.at().type(typed).output + desk.editor.show()
        assert "stt" not in sent
        assert "x" not in sent
        assert "oken " in sent.lower()
        event = desk.line("")
        assert isinstance(event, Line)
        assert event.text.casefold().startswith("/token ")
        assert kept(desk.editor.history) == []

    def test_a_line_that_only_looks_like_it_is_shown(self) -> None:
        desk = Desk()
        desk.editor = Editor(desk.editor.history, secret="/token ")
        assert "/tokens abc" in desk.at().type("/tokens abc").output
        assert desk.line("") == Line("/tokens abc")
        assert kept(desk.editor.history) == ["/tokens abc"]

    def test_what_was_typed_before_the_word_was_put_in_front_goes_off_the_screen(self) -> None:
        desk = Desk()
        desk.editor = Editor(desk.editor.history, secret="/token ")
        desk.at().type("stt_abc" + HOME + "/token ")
        assert desk.editor.view.text == "/token "


def kept(history: History) -> list[str]:
    return [history[index] for index in range(len(history))]


class TestHistory:
    def test_up_and_down_walk_through_it_and_keep_the_draft(self) -> None:
        desk = Desk()
        for line in ("one", "two", "three"):
            desk.at().line(line)
        assert desk.at().line(UP) == Line("three")
        assert desk.at().line(UP * 2) == Line("two")
        assert desk.at().line("draft" + UP * 9 + DOWN * 9 + "!") == Line("draft!")
        assert desk.at().line("x" + UP + DOWN) == Line("x")

    def test_masked_blank_and_repeated_lines_are_not_kept(self) -> None:
        desk = Desk()
        for line, masked in (("one", False), ("secret", True), ("  ", False), ("one", False)):
            desk.at(masked=masked).line(line)
        assert kept(desk.editor.history) == ["one"]

    def test_it_keeps_the_last_fifty(self) -> None:
        history = History()
        for number in range(60):
            history.add(str(number))
        assert (len(history), history[0], history[49]) == (50, "10", "59")

    def test_a_recalled_line_can_be_changed_without_changing_the_history(self) -> None:
        desk = Desk()
        desk.at().line("one")
        assert desk.at().line(UP + "!") == Line("one!")
        assert kept(desk.editor.history) == ["one", "one!"]


class Model:
    """What the line should be, in the plainest way: a list of characters with their marks, and an index."""

    def __init__(self) -> None:
        self.units: list[str] = []
        self.at = 0

    def press(self, key: Key) -> None:
        match key:
            case Text(text):
                for char in text:
                    self.type(char)
            case Press(Name.BACKSPACE) if self.at:
                self.at -= 1
                del self.units[self.at]
            case Press(Name.DELETE | Name.END_OF_INPUT):
                del self.units[self.at : self.at + 1]
            case Press(Name.LEFT):
                self.at = max(0, self.at - 1)
            case Press(Name.RIGHT):
                self.at = min(len(self.units), self.at + 1)
            case Press(Name.HOME):
                self.at = 0
            case Press(Name.END):
                self.at = len(self.units)
            case Press(Name.KILL_LINE | Name.INTERRUPT):
                self.units, self.at = [], 0
            case Press(Name.KILL_END):
                del self.units[self.at :]
            case Press(Name.KILL_WORD):
                shape = "".join(" " if unit.isspace() else "x" for unit in self.units[: self.at])
                start = len(shape.rstrip(" ").rstrip("x"))
                del self.units[start : self.at]
                self.at = start

    def type(self, char: str) -> None:
        if unicodedata.combining(char):
            if self.at:
                self.units[self.at - 1] += char
        else:
            self.units.insert(self.at, char)
            self.at += 1

    def view(self, width: int, cursor: int) -> list[str]:
        """Return the units a window must show whose cursor stands so many cells from its start."""
        first = self.at
        while first and cells("".join(self.units[first : self.at])) < cursor:
            first -= 1
        assert cells("".join(self.units[first : self.at])) == cursor <= width
        shown = self.units[first:]
        while cells("".join(shown)) > width:
            shown.pop()
        if cells("".join(self.units)) <= width:
            assert shown == self.units
        return shown


TEXTS = st.text(st.sampled_from("abc  漢字😀é\u0301"), min_size=1, max_size=12)
PRESSES = st.sampled_from(
    [
        Name.BACKSPACE, Name.DELETE, Name.LEFT, Name.RIGHT, Name.HOME, Name.END,
        Name.KILL_END, Name.KILL_WORD, Name.KILL_LINE, Name.INTERRUPT, Name.END_OF_INPUT,
    ]
)  # fmt: skip
PRESSED = st.lists(
    st.one_of(
        TEXTS.map(Text),
        TEXTS.map(Text),
        st.sampled_from([Name.LEFT, Name.RIGHT, Name.BACKSPACE, Name.DELETE]).map(Press),
        PRESSES.map(Press),
    ),
    max_size=30,
)


def row(screen: pyte.Screen) -> list[str]:
    """Return the cells of the first row; the second cell of a wide character is empty."""
    return [screen.buffer[0][x].data for x in range(screen.columns)]


def cells_of(units: list[str]) -> list[str]:
    """Return the cells of units as pyte keeps them: the marks of a wide character are in its second cell."""
    found = []
    for unit in units:
        wide = cells(unit) > 1
        found += [unit[0], unit[1:]] if wide else [unicodedata.normalize("NFC", unit)]
    return found


class TestOnATerminal:
    @settings(max_examples=200, deadline=None)
    @given(PRESSED, st.integers(20, 80), st.data())
    def test_the_window_shows_the_line_after_any_keys(
        self, pressed: list[Key], columns: int, data: st.DataObject
    ) -> None:
        column = data.draw(st.integers(1, columns), "column")
        prompt = "p" * (column - 1)
        frame = "|" if column < columns else ""
        screen = pyte.Screen(columns, 2)
        stream = pyte.Stream(screen)
        stream.feed(f"\x1b[1;{columns}H{frame}\x1b[1;1H{prompt}")
        editor, model = Editor(), Model()
        editor.start(column, columns)
        for key in pressed:
            answer = editor.press(key)
            assert "\r" not in answer.output
            stream.feed(answer.output)
            model.press(key)
            assert editor.text == "".join(model.units)
            shown = cells_of(model.view(columns - column, editor.view.cursor))
            blanks = columns - column - len(shown)
            assert row(screen) == [*prompt, *shown, *" " * blanks, frame or " "]
            assert (screen.cursor.x, screen.cursor.y) == (column - 1 + editor.view.cursor, 0)
        stream.feed(editor.hide())
        assert row(screen) == [*prompt, *" " * (columns - column), frame or " "]
        assert screen.cursor.x == column - 1
        stream.feed(editor.show())
        assert screen.cursor.x == column - 1 + editor.view.cursor

    @settings(max_examples=100, deadline=None)
    @given(PRESSED, st.booleans(), st.booleans())
    def test_a_terminal_without_cursor_control_shows_the_line_too(
        self, pressed: list[Key], echo: bool, masked: bool
    ) -> None:
        screen = pyte.Screen(1000, 2)
        stream = pyte.Stream(screen)
        editor = Editor()
        editor.start(1, 20, cursor_control=False, echo=echo, masked=masked)
        for key in pressed:
            output = editor.press(key).output
            assert "\x1b" not in output
            stream.feed(output)
        shown = editor.text if echo and not masked else ""
        assert "".join(row(screen)).rstrip() == unicodedata.normalize("NFC", shown).rstrip()
        assert screen.cursor.x == cells(shown)

    def test_the_line_scrolls_in_its_window(self) -> None:
        screen = pyte.Screen(20, 2)
        stream = pyte.Stream(screen)
        stream.feed("Name: ")
        desk = Desk().at(7, 20)
        stream.feed(desk.type("abcdefghijklm").output)
        assert screen.display[0] == "Name: abcdefghijklm "
        stream.feed(desk.type("n").output)
        assert screen.display[0] == "Name: efghijklmn    "
        stream.feed(desk.type(HOME).output)
        assert screen.display[0] == "Name: abcdefghijklm "
