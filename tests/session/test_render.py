from __future__ import annotations

from sttelnet.ansi import FUNCTIONS, Ansi, Position
from sttelnet.script import parse
from sttelnet.script.model import Get, Script
from sttelnet.session.render import Rendered, render


def script(source: str) -> Script:
    parsed = parse(source, "root", "scripts/root.txt")
    assert parsed.script is not None, parsed.problems
    return parsed.script


async def page(source: str, value: str = "", *, plain: bool = False, skip_clear: bool = False) -> Rendered:
    async def call(get: Get) -> str:
        return value

    return await render(script(source), call, plain=plain, skip_clear=skip_clear)


async def test_text_and_values_come_in_reading_order() -> None:
    rendered = await page("a {% get:X %} b\nc", "1")

    assert rendered.text == "a 1 b\r\nc"


async def test_a_value_is_cleaned_of_control_characters() -> None:
    rendered = await page("{% get:X %}", "a\x1b[2Jb\x07")

    assert "\x1b" not in rendered.text
    assert "\x07" not in rendered.text


async def test_a_values_line_ends_become_cr_lf() -> None:
    rendered = await page("{% get:X %}", "one\ntwo")

    assert rendered.text == "one\r\ntwo"


async def test_ansi_from_a_handler_is_sent_as_it_is_but_stripped_on_a_plain_terminal() -> None:
    red = FUNCTIONS["Color"]("red") + "hot"

    assert "\x1b[" in (await page("{% get:X %}", red)).text
    assert (await page("{% get:X %}", red, plain=True)).text == "hot"


async def test_a_plain_terminal_gets_no_ansi_at_all() -> None:
    assert (await page('{% ansi:Clear; ansi:Color("red") %}hi', plain=True)).text == "hi"


async def test_width_and_align_pad_and_cut_by_cells() -> None:
    assert (await page('[{% get:X(width=5, align="right") %}]', "ab")).text == "[   ab]"
    assert (await page("[{% get:X(width=3) %}]", "abcdef")).text == "[abc]"
    assert (await page("[{% get:X(width=5) %}]", "日本")).text == "[日本 ]"
    coloured = Ansi(FUNCTIONS["Color"]("red") + "ab" + FUNCTIONS["Reset"]())
    assert (await page("[{% get:X(width=4) %}]", coloured, plain=True)).text == "[ab  ]"


async def test_the_scripts_own_clear_is_left_out_where_asked() -> None:
    clear = str(FUNCTIONS["Clear"]())

    assert clear in (await page("{% ansi:Clear %}hi")).text
    assert clear not in (await page("{% ansi:Clear %}hi", skip_clear=True)).text


async def test_a_redraw_in_place_erases_each_line_and_clears_nothing() -> None:
    rendered = await page("one\ntwo")

    assert rendered.in_place() == "\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J"


async def test_a_page_that_moves_the_cursor_is_cleared_and_resent_in_one() -> None:
    rendered = await page("one{% ansi:Move(12,14) %}")

    assert rendered.moves
    assert str(FUNCTIONS["Clear"]()) in rendered.in_place()
    assert rendered.end(Position(1, 1), 80) == Position(14, 12)
