"""The prompt: slash commands, fields, messages, limits, charsets."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from sttelnet.charset import Charset
from sttelnet.session import view
from tests.daemon import ECHO, LINE_MODE, daemon, dial

FORM = """\
{% ansi:Clear %}
+----------------------+
|  Name                |
|  Word                |
+----------------------+
{%
ansi:Move(10,2);
set:FormName;
set:FormWord;
%}
"""
FORM_MODULE = """\
from sttelnet.client import masked

def FormName(client, data):
    client.client_data["name"] = data
    return "" if data else "repeat"

@masked
def FormWord(client, data):
    client.notice(f"{client.client_data['name']} knows {len(data)} letters")
    return "refresh"
"""


async def test_the_articles_form_reads_its_fields_one_below_the_other(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": FORM, "form.py": FORM_MODULE}) as server, dial(server) as peer:
        await peer.until("Word")
        await peer.quiet()
        assert (peer.screen.cursor.x + 1, peer.screen.cursor.y + 1) == (10, 2)
        await peer.line("ann")
        await peer.quiet()
        assert peer.screen.display[1].startswith("|  Name  ann           |")
        assert (peer.screen.cursor.x + 1, peer.screen.cursor.y + 1) == (10, 3)
        await peer.line("secret")
        await peer.quiet()
        assert "secret" not in peer.shown()
        assert peer.screen.display[23].startswith("ann knows 6 letters")
        assert (peer.screen.cursor.x + 1, peer.screen.cursor.y + 1) == (10, 2)


async def test_the_form_reads_line_by_line_on_a_silent_client(tmp_path: Path) -> None:
    async with (
        daemon(tmp_path, {"root": FORM, "form.py": FORM_MODULE}) as server,
        dial(server, "", frozenset()) as peer,
    ):
        text = await peer.until("Word")
        assert "\x1b" not in text
        await peer.send("ann\nsecret\n")
        await peer.until("ann knows 6 letters")


async def test_a_slash_command_on_a_positioned_page_is_typed_on_the_last_row(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": FORM, "form.py": FORM_MODULE}) as server, dial(server) as peer:
        await peer.until("Word")
        await peer.send("/nope")
        await peer.quiet()
        assert peer.screen.display[23].startswith("/nope")
        await peer.send("\r\0")
        await peer.quiet()
        assert "There is no command /nope" in peer.screen.display[23]
        assert (peer.screen.cursor.x + 1, peer.screen.cursor.y + 1) == (10, 2)


async def test_a_double_slash_enters_one_slash(tmp_path: Path) -> None:
    scripts = {"root": "go> {% set:Take %}", "h.py": "def Take(client, data):\n    client.notice(f'<{data}>')\n"}
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("go> ")
        await peer.line("//etc")
        await peer.until("</etc>")


async def test_slash_opens_a_command_line_on_a_page_of_single_keys(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": 'menu\n{% key:logoff("q") %}'}) as server, dial(server) as peer:
        await peer.until("menu")
        await peer.send("/charset\r\0")
        await peer.until("Your charset is utf-8")
        await peer.send("q")
        await peer.rest()


async def test_a_long_answer_has_a_screen_of_its_own_and_enter_returns(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": "menu> {% set:Take %}", "h.py": "def Take(c, d):\n    pass\n"}) as server:
        async with dial(server, size=(80, 40)) as peer:
            await peer.until("menu> ")
            await peer.line("/help")
            await peer.until("Enter returns")
            assert "menu" not in peer.shown()
            await peer.line("")
            await peer.until("menu> ")


async def test_a_message_is_shown_above_the_line_and_the_line_drawn_again_as_it_was(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": "go> {% set:Take %}", "h.py": "def Take(c, d):\n    pass\n"}) as server:
        async with dial(server) as peer:
            await peer.until("go> ")
            await peer.send("half a li\x1b[D\x1b[D")
            await peer.quiet()
            server.hub.tell_everybody("hello\x1b[2J there")
            await peer.until("there")
            await peer.quiet()
            assert peer.shown() == "hello[2J there\ngo> half a li"
            assert peer.screen.cursor.x == len("go> half a ")


async def test_a_message_waits_while_a_masked_line_is_typed(tmp_path: Path) -> None:
    module = "from sttelnet.client import masked\n\n@masked\ndef Word(client, data):\n    return ''\n"
    async with daemon(tmp_path, {"root": "word> {% set:Word %}", "h.py": module}) as server, dial(server) as peer:
        await peer.until("word> ")
        await peer.send("sec")
        server.hub.tell_everybody("hello there")
        assert "hello" not in await peer.quiet()
        await peer.line("ret")
        await peer.until("hello there")


async def test_what_a_handler_says_is_read_before_a_masked_line_is_asked_for_again(tmp_path: Path) -> None:
    scripts = {
        "root": 'WORDS\n\n{% ansi:Move(3,5); set:Word(prompt="word: ") %}',
        "h.py": "from sttelnet.client import masked\n\n@masked\ndef Word(c, d):\n    c.notice('Wrong.')\n    return 'refresh'\n",
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("word: ")
        await peer.line("secret")
        await peer.until("Wrong.")
        await peer.quiet()
        assert [row.strip() for row in peer.screen.display if row.strip()] == ["WORDS", "word:", "Wrong."]
        assert peer.screen.display[peer.screen.cursor.y].strip() == "word:"


async def test_a_line_that_is_too_long_is_refused_whole(tmp_path: Path) -> None:
    scripts = {"root": "go> {% set:Take %}", "h.py": "def Take(c, d):\n    c.notice(f'{len(d)} letters')\n"}
    async with daemon(tmp_path, scripts) as server, dial(server, agrees=LINE_MODE) as peer:
        await peer.until("go> ")
        await peer.send("x" * 1025 + "\r\n")
        text = await peer.until("Nothing was done.")
        assert "\x07" in text
        assert "letters" not in text
        await peer.send("x" * 1024 + "\r\n")
        await peer.until("1024 letters")


async def test_charset_switches_the_page_and_the_keys(tmp_path: Path) -> None:
    scripts = {
        "root": "gr\u00fc\u00df dich> {% set:Take %}",
        "h.py": "def Take(c, d):\n    c.notice(f'<{ascii(d)}>')\n",
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("gr\u00fc\u00df dich> ")
        await peer.line("/charset cp437")
        peer.charset = Charset.CP437.value
        await peer.until("now cp437")
        assert b"gr\x81\xe1 dich" in peer.raw
        await peer.send(b"\x81\r\0")
        await peer.until("<'\\xfc'>")


async def test_a_terminal_type_that_comes_late_switches_and_redraws(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": '{% ansi:Color("red") %}\u2554{% ansi:Reset %} page\n'}) as server:
        async with dial(server, "", frozenset()) as peer:
            await peer.until("+ page")
            await peer.send(b"\xff\xfb\x18")
            await asyncio.sleep(0.05)
            await peer.send(b"\xff\xfa\x18\x00XTERM\xff\xf0")
            assert "31m" in await peer.until("\u2554")


async def test_lists_turn_by_page_keys_and_letters(tmp_path: Path) -> None:
    module = "def Rows(client):\n    return '\\n'.join(client.page([f'row {n:02}' for n in range(50)], keep=4))\n"
    async with (
        daemon(tmp_path, {"root": "{% get:Rows %}\n{% key:logoff('q') %}".replace("'", '"'), "h.py": module}) as s,
        dial(s) as peer,
    ):
        await peer.until("row 19")
        await peer.quiet()
        assert "row 20" not in peer.shown()
        await peer.send("n")
        await peer.until("row 39")
        await peer.quiet()
        assert "row 19" not in peer.shown()
        await peer.send("\x1b[6~")
        await peer.until("row 49")
        await peer.send("p")
        await peer.until("row 20")
        await peer.resize(80, 54)
        await peer.until("row 49")


async def test_refresh_redraws_in_place_and_only_while_nothing_is_typed(tmp_path: Path) -> None:
    scripts = {
        "root": "{% page:Refresh(1) %}tick {% get:Tick %}\ngo> {% set:Take %}",
        "h.py": "n = 0\n\ndef Tick(c):\n    global n\n    n += 1\n    return str(n)\n\ndef Take(c, d):\n    return ''\n",
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("go> ")
        assert "\x1b[2J" not in await peer.until("tick 3")
        await peer.quiet()
        await peer.send("x")
        await peer.quiet()
        assert "tick" not in await peer.quiet(1.5)
        await peer.send("\x7f")
        await peer.until("tick")
        await peer.quiet()
        assert peer.shown().startswith("tick ")
        assert peer.shown().endswith("\ngo>")


async def test_an_answer_stands_for_a_while_on_a_page_that_is_drawn_again_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view, "READING", 3.0)
    scripts = {
        "root": '{% page:Refresh(1); page:Prompt("> "); key:logoff("x") %}tick {% get:Tick %}\n',
        "h.py": "n = 0\n\ndef Tick(c):\n    global n\n    n += 1\n    return str(n)\n",
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("tick 2")
        for say in (lambda: peer.line("/charset"), lambda: asyncio.sleep(0, server.hub.tell_everybody("lunch"))):
            await say()
            await peer.until(lambda peer: "Your charset is" in peer.shown() or "lunch" in peer.shown())
            await peer.quiet()
            assert "tick" not in await peer.quiet(1.5)
            await peer.until("tick")


LINE_MODE_MODULE = """from sttelnet.client import masked

@masked
def Word(client, data):
    client.notice(f"{len(data)} letters")
    return ""

def Name(client, data):
    return ""
"""


async def test_a_client_that_echoes_by_itself_is_asked_to_stop_for_a_masked_line(tmp_path: Path) -> None:
    scripts = {"root": '{% set:Name(prompt="name> "); set:Word(prompt="word> ") %}', "h.py": LINE_MODE_MODULE}
    async with daemon(tmp_path, scripts) as server, dial(server, agrees=LINE_MODE) as peer:
        await peer.until("name> ")
        await peer.quiet()
        opening = peer.raw.count(b"\xff\xfb\x01")
        peer.agrees = LINE_MODE | {ECHO}
        await peer.send("ann\r\n")
        await peer.until("word> ")
        await peer.quiet()
        assert peer.raw.count(b"\xff\xfb\x01") == opening + 1
        await peer.send("secret\r\n")
        assert "secret" not in await peer.until("6 letters")
        await peer.quiet()
        assert b"\xff\xfc\x01" in peer.raw


async def test_a_slash_taken_back_leaves_one_prompt(tmp_path: Path) -> None:
    scripts = {"root": 'menu\n\n{% page:Prompt("Your choice: "); key:logoff("q") %}'}
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("Your choice: ")
        for taken_back in ("/who\x03", "/\x7f"):
            await peer.send(taken_back)
            await peer.quiet()
            assert peer.shown().splitlines() == ["menu", "Your choice:"]
        await peer.send("q")
        await peer.rest()


async def test_a_command_that_leads_nowhere_leaves_the_prompt_as_it_was(tmp_path: Path) -> None:
    scripts = {"root": 'Type two: {% key:two("two") %}', "two": "second"}
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("Type two: ")
        await peer.line("/back")
        await peer.until("Type two: ")


async def test_notices_show_on_a_page_of_single_keys_after_a_masked_line(tmp_path: Path) -> None:
    scripts = {
        "root": 'menu\n{% key:form("f") %}',
        "form": "word> {% set:Word %}",
        "h.py": "from sttelnet.client import masked\n\n@masked\ndef Word(c, d):\n    return 'root'\n",
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("menu")
        await peer.send("f")
        await peer.until("word> ")
        await peer.line("secret")
        await peer.until("menu")
        server.hub.tell_everybody("hello there")
        await peer.until("hello there")


async def test_a_page_that_wraps_past_the_window_is_not_refreshed(tmp_path: Path) -> None:
    scripts = {"root": "{% page:Refresh(1) %}" + "x" * 300 + '\n{% key:logoff("q") %}'}
    async with daemon(tmp_path, scripts) as server, dial(server, size=(40, 6)) as peer:
        await peer.until("x" * 300)
        await peer.quiet()
        assert not await peer.quiet(1.5)


async def test_a_dumb_terminal_that_echoes_has_an_empty_line_where_others_are_cleared(tmp_path: Path) -> None:
    scripts = {"root": 'menu\n\n{% page:Prompt("> "); key:two("2") %}', "two": "second\n"}
    async with daemon(tmp_path, scripts) as server, dial(server, "dumb") as peer:
        await peer.until("menu\r\n> ")
        await peer.send("2")
        await peer.until("\r\n\r\nsecond")
