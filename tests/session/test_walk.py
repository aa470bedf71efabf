"""The walk through the tree: outcomes, keys, back, failures."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.daemon import config_with, daemon, dial

AFTER_A_KEY = 0.1  # longer than a line end right behind a key press counts as part of it

ROOT = "the root page\n{% key:two('2') %}".replace("'", '"')


def site(**scripts: str) -> dict[str, str]:
    return {"root": ROOT, "two": "the second page\n", **{name.replace("_py", ".py"): t for name, t in scripts.items()}}


async def test_a_key_leads_to_its_script_and_enter_leads_back(tmp_path: Path) -> None:
    async with daemon(tmp_path, site()) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.send("2")
        await peer.until("the second page")
        await asyncio.sleep(AFTER_A_KEY)
        await peer.line("")
        await peer.until("the root page")


async def test_a_line_end_right_behind_a_key_press_belongs_to_it(tmp_path: Path) -> None:
    async with daemon(tmp_path, site()) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.send("2\r\n")
        await peer.until("the second page")
        assert "the root page" not in await peer.quiet()


async def test_enter_on_root_does_nothing(tmp_path: Path) -> None:
    async with daemon(tmp_path, {"root": "the root page\n"}) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.line("")
        assert "the root page" not in await peer.quiet()


async def test_an_unknown_key_rings_once(tmp_path: Path) -> None:
    async with daemon(tmp_path, site()) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.quiet()
        await peer.send("x")
        assert await peer.until("\x07") == "\x07"


async def test_an_unknown_line_gets_one_sentence_and_the_prompt_again(tmp_path: Path) -> None:
    scripts = {"root": '{% page:Prompt("go: ") %}{% key:two("two") %}', "two": "the second page"}
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("go: ")
        await peer.line("three")
        assert (await peer.until("commands.\r\ngo: ")).count("not one of the choices") == 1


async def test_key_strings_count_without_case_and_only_while_the_queue_is_empty(tmp_path: Path) -> None:
    scripts = site(
        root='name: {% set:Name; key:two("TWO") %}',
        h_py='def Name(client, data):\n    client.send(f"hello {data}\\n")\n    return ""\n',
    )
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("name: ")
        await peer.line("two")
        await peer.until("hello two")
        await peer.line("two")
        await peer.until("the second page")


async def test_ctrl_c_clears_the_line_and_on_an_empty_line_means_back(tmp_path: Path) -> None:
    scripts = site(two="the second page> {% set:Take %}", h_py="def Take(client, data):\n    return 'root'\n")
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.send("2")
        await peer.until("page> ")
        await peer.send("abc\x03")
        await peer.quiet()
        assert peer.shown() == "the second page>"
        await peer.send("\x03")
        await peer.until("the root page")


async def test_ctrl_d_on_an_empty_line_logs_off_with_the_goodbye_page(tmp_path: Path) -> None:
    async with daemon(tmp_path, site(goodbye="so long\n")) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.send("\x04")
        assert "so long" in await peer.rest()


async def test_post_handlers_run_in_order_once_the_page_is_sent(tmp_path: Path) -> None:
    scripts = {
        "root": "{% post:One; post:Two %}page\n",
        "h.py": "def One(client):\n    client.send('one ')\n\ndef Two(client):\n    client.send('two')\n",
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        assert (await peer.until("two")).endswith("page" + "one two")


async def test_any_outcome_but_accepted_from_a_post_drops_the_rest(tmp_path: Path) -> None:
    scripts = site(
        two="second {% post:Home; post:Never %}",
        h_py="def Home(client):\n    return 'root'\n\ndef Never(client):\n    client.send('never')\n",
    )
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.send("2")
        await peer.until("second")
        await peer.until("the root page")
        assert "never" not in await peer.quiet()


async def test_refresh_clears_and_renews_the_queue_while_remain_does_not_clear(tmp_path: Path) -> None:
    scripts = {
        "root": "page {% set:First; set:Second %}",
        "h.py": "def First(client, data):\n    return data\n\ndef Second(client, data):\n    return 'refresh'\n",
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("page ")
        await peer.line("refresh")
        assert "\x1b[2J" in await peer.until("page ")
        await peer.line("remain")
        assert "\x1b[2J" not in await peer.until("page ")
        await peer.line("")
        await peer.line("x")
        assert "\x1b[2J" in await peer.until("page ")


async def test_repeat_gives_the_next_line_to_the_same_handler_and_sends_nothing(tmp_path: Path) -> None:
    scripts = {
        "root": "page\n{% set:Count %}",
        "h.py": "def Count(client, data):\n    client.send(f'<{data}>')\n    return 'repeat'\n",
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("page")
        await peer.line("a")
        await peer.line("b")
        text = await peer.until("<b>")
        assert "<a>" in text
        assert "page" not in text


async def test_a_handler_that_raises_leads_to_root_with_an_apology(tmp_path: Path) -> None:
    scripts = site(two="second {% set:Boom %}", h_py="def Boom(client, data):\n    raise RuntimeError('boom')\n")
    async with daemon(tmp_path, scripts) as server, dial(server) as peer, dial(server) as other:
        await other.until("the root page")
        await peer.until("the root page")
        await peer.send("2")
        await peer.until("second")
        await peer.line("x")
        text = await peer.until("logged")
        assert "the root page" in text
        assert "boom" not in text
        await other.send("2")
        await other.until("second")


async def test_a_root_whose_post_fails_is_shown_without_it(tmp_path: Path) -> None:
    scripts = {"root": "the root page\nfoot {% post:Boom %}", "h.py": "def Boom(client):\n    raise RuntimeError\n"}
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        text = await peer.until("logged")
        assert text.count("the root page") == 2
        await peer.line("/who")
        await peer.until("DOING")


async def test_an_outcome_that_names_no_script_is_such_a_failure(tmp_path: Path) -> None:
    scripts = site(two="second {% set:Lost %}", h_py="def Lost(client, data):\n    return 'nowhere'\n")
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.send("2")
        await peer.until("second")
        await peer.line("x")
        assert "the root page" in await peer.until("logged")


async def test_scripts_that_send_the_client_round_in_circles_are_stopped(tmp_path: Path) -> None:
    scripts = site(
        two="second {% post:Three %}",
        three="third {% post:Two %}",
        h_py="def Two(client):\n    return 'two'\n\ndef Three(client):\n    return 'three'\n",
    )
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.send("2")
        text = await peer.until("logged")
        assert text.count("second") + text.count("third") == 8


async def test_a_get_that_raises_prints_a_question_mark_and_the_page_goes_on(tmp_path: Path) -> None:
    scripts = {"root": "a{% get:Boom %}b\n", "h.py": "def Boom(client):\n    raise RuntimeError\n"}
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("a?b")


async def test_back_walks_the_way_but_never_through_log_in_or_masked_pages(tmp_path: Path) -> None:
    scripts = {
        "root": 'the root page{% key:a("a") %}',
        "a": 'page a{% key:login("l"); key:back("b") %}',
        "login": 'log in{% key:c("c") %}',
        "c": 'page c{% key:back("b") %}',
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("the root page")
        for key, page in (("a", "page a"), ("l", "log in"), ("c", "page c"), ("b", "page a"), ("b", "the root page")):
            await peer.send(key)
            await peer.until(page)


async def test_async_handlers_may_ask_a_question(tmp_path: Path) -> None:
    scripts = {
        "root": "page {% set:Ask %}",
        "h.py": (
            "async def Ask(client, data):\n"
            "    answer = await client.ask('sure? ')\n"
            "    client.send(f'you said {answer}\\n')\n"
            "    return ''\n"
        ),
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("page ")
        await peer.line("x")
        await peer.until("sure? ")
        await peer.line("maybe")
        await peer.until("you said maybe")


async def test_ctrl_c_at_a_question_means_back(tmp_path: Path) -> None:
    scripts = site(
        two="second {% set:Ask %}", h_py="async def Ask(client, data):\n    await client.ask('sure? ')\n    return ''\n"
    )
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("the root page")
        await peer.send("2")
        await peer.until("second")
        await peer.line("x")
        await peer.until("sure? ")
        await peer.send("\x03")
        await peer.until("the root page")


async def test_a_plain_handler_that_asks_is_told_to_be_async(tmp_path: Path) -> None:
    scripts = {
        "root": "page {% set:Ask %}",
        "h.py": (
            "def Ask(client, data):\n    try:\n        client.ask('x').send(None)\n"
            "    except Exception as error:\n        client.notice(str(error))\n    return ''\n"
        ),
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("page ")
        await peer.line("x")
        await peer.until("async def")


async def test_a_plain_handler_that_hangs_is_given_up_and_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    scripts = {
        "root": "a{% get:Hang %}b\n",
        "h.py": "import threading\n\nSTOP = threading.Event()\n\ndef Hang(client):\n    STOP.wait(30)\n",
    }
    async with daemon(tmp_path, scripts, config_with(scripts={"get_timeout": 0.2})) as server, dial(server) as peer:
        await peer.until("a?b")
    assert "Hang" in caplog.text
    assert "(scripts/h.py:5) took too long: it is at scripts/h.py:6 in Hang" in caplog.text


async def test_an_async_get_that_hangs_is_given_up_too(tmp_path: Path) -> None:
    scripts = {
        "root": "a{% get:Hang %}b\n",
        "h.py": "import asyncio\n\nasync def Hang(client):\n    await asyncio.sleep(60)\n",
    }
    async with daemon(tmp_path, scripts, config_with(scripts={"get_timeout": 0.2})) as server, dial(server) as peer:
        await peer.until("a?b")


async def test_what_an_async_handler_sends_before_it_waits_is_seen_at_once(tmp_path: Path) -> None:
    scripts = {
        "root": "go> {% set:Slow %}",
        "h.py": (
            "import asyncio\n\nasync def Slow(client, data):\n    client.send('working')\n    await asyncio.sleep(30)\n"
        ),
    }
    async with daemon(tmp_path, scripts) as server, dial(server) as peer:
        await peer.until("go> ")
        await peer.line("x")
        await peer.until("working")


async def test_what_a_plain_handler_sends_from_its_thread_keeps_its_order(tmp_path: Path) -> None:
    module = "def Count(client, data):\n    for n in range(200):\n        client.send(f'{n},')\n    return ''\n"
    async with daemon(tmp_path, {"root": "go> {% set:Count %}", "h.py": module}) as server, dial(server) as peer:
        await peer.until("go> ")
        await peer.line("x")
        await peer.until(",".join(map(str, range(200))))


async def test_a_handler_that_never_returns_does_not_hold_up_the_end(tmp_path: Path) -> None:
    scripts = {
        "root": "go> {% set:Slow %}",
        "h.py": "import asyncio\n\nasync def Slow(client, data):\n    await asyncio.sleep(3600)\n",
    }
    async with asyncio.timeout(20):
        async with (
            daemon(tmp_path, scripts, config_with(server={"drain_timeout": 0.2})) as server,
            dial(server) as peer,
        ):
            await peer.until("go> ")
            await peer.line("x")
            await peer.quiet()
