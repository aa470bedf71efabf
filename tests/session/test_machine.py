"""Programs at a real daemon: /exec and /health at any prompt, and sessions that speak nothing but the dialect."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sttelnet.config import Config
from sttelnet.members import Members, Refusal
from sttelnet.passwords import Passwords
from sttelnet.role import Role
from sttelnet.server import Server
from sttelnet.session.dialect import LONGEST_LINE
from sttelnet.store import Store
from tests.daemon import PATIENCE, config_with, daemon, dial
from tests.program import Answer, Program, program, token_of

MODULE = """\
import asyncio, time
from sttelnet.ansi import Clear, Color, Reset
from sttelnet.client import masked

acted = []

def Rows(client):
    client.page_index = 3
    client.client_data["kept"] = 1
    return "\\n".join(client.page([f"row {number}" for number in range(300)]))

def Red(client):
    return Color("red") + "red" + Reset() + Clear() + str(client.terminal.size.columns)

def Broken(client):
    raise ValueError("no")

async def Asks(client):
    return await client.ask("who? ")

def Slow(client):
    time.sleep(3)

def Long(client, size):
    return "x" * int(size)

def Act(client, *data):
    acted.append(data)
    client.notice("acted")

def Kept(client):
    return f"{client.client_data.get('kept')} {client.page_index} {client.keyword} acted={len(acted)}"

async def Name(client, data):
    answer = await client.ask(f"{data}, why? ")
    client.notice(f"<{data}: {answer}>")
    return "refresh"

@masked
def Word(client, data):
    client.notice(f"{len(data)} letters")
    return "refresh"

async def Enter(client, data):
    await client.log_in(data, "correct horse")
    return "root"
"""
SITE = {
    "root": '{% page:Title("Start") %}\nThe {% get:Kept %}\n{% page:Prompt("? "); key:form("f"); key:word("w"); key:login("l") %}',
    "list": '{% page:Title("A list") %}\n{% ansi:Clear; ansi:Color("red") %}\n{% get:Rows %}\n{% key:root("x"); post:Act; page:Refresh(1) %}end',
    "red": "{% ansi:Move(3,3) %}é {% get:Red %} │\x1b[31m!\n",
    "broken": "one {% get:Broken %} two {% get:Asks %} three\n",
    "slow": "{% get:Slow %}",
    "long": "{% get:Long(600000) %}",
    "fits": "{% get:Long(524286) %}",
    "form": '{% page:Prompt("name> "); set:Name %}',
    "word": '{% page:Prompt("word> "); set:Word %}',
    "moved": "{% ansi:Clear; ansi:Move(5,2); set:Name %}",
    "staff": '{% page:Role("operator"); page:Title("Staff") %}\nstaff only\n',
    "boss": '{% page:Role("admin") %}\nboss only\n',
    "login": '{% page:Prompt("login> "); set:Enter %}',
    "goodbye": "bye",
    "h.py": MODULE,
}


CONFIG = config_with(members={"throttle_first": 0.01, "throttle_most": 0.05}, scripts={"get_timeout": 0.3})


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with daemon(tmp_path, SITE, CONFIG) as running:
        yield running


@asynccontextmanager
async def speaking(server: Server, token: str = "") -> AsyncIterator[Program]:
    """A program in the machine dialect, logged in with a token, if there is one."""
    async with program(server) as caller:
        assert (await caller.begin()).words == "sttelnet"
        if token:
            assert (await caller.ask(f"/token {token}")).code == 0
        yield caller


async def trail(server: Server) -> list[tuple[str, str, str]]:
    return [(entry.event, entry.who, entry.detail) for entry in reversed(await server.members.trail())]


# A page, framed


async def test_a_page_is_answered_whole_and_plain(server: Server) -> None:
    async with speaking(server) as caller:
        answer = await caller.ask("/exec list --end N1")
        assert (answer.code, answer.words, answer.marker) == (0, "A list", "N1 0")
        assert answer.body.split("\r\n") == [*(f"row {number}" for number in range(300)), "end", ""]
        answer = await caller.ask("/exec red")
        assert answer.body == "é red132 │!\r\n"


async def test_json_is_one_object(server: Server) -> None:
    async with speaking(server) as caller:
        told = json.loads((await caller.ask("/exec red --json")).body)
        assert told == {"keyword": "red", "title": "red", "text": ["é red132 │!"], "status": "OK", "code": 0}
        told = json.loads((await caller.ask("/exec nowhere --json --end X")).body)
        assert told == {
            "keyword": "nowhere",
            "title": "",
            "text": [],
            "status": 'There is no page "nowhere".',
            "code": 21,
        }


async def test_nothing_acts_and_the_session_stays_where_it_was(server: Server) -> None:
    async with dial(server, "", frozenset()) as peer:
        await peer.until("The None 0 root acted=0")
        await peer.send("/exec list\n")
        await peer.until("end")
        await peer.send("/exec root\n")
        await peer.until("The None 0 root acted=0")
        await peer.send("f\n")
        await peer.until("name> ")
        await peer.send("/back\n")
        await peer.until("The None 0 root acted=0")


async def test_a_value_that_fails_is_a_question_mark_and_the_code_says_so(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with speaking(server) as caller:
        answer = await caller.ask("/exec broken --end X")
        assert (answer.code, answer.body, answer.marker) == (10, "one ? two ? three\r\n", "X 10")
        assert answer.words == "2 of the page's values could not be worked out."
        assert (await caller.ask("/exec slow")).code == 10
        assert json.loads((await caller.ask("/exec slow --json")).body)["code"] == 10
    assert "nobody to ask" in caplog.text


async def test_a_body_has_its_cap(server: Server) -> None:
    async with speaking(server) as caller:
        assert len((await caller.ask("/exec fits")).body) == 524288
        answer = await caller.ask("/exec long --end E")
        assert (answer.code, answer.body, answer.marker) == (11, "", "E 11")
        assert (await caller.ask("/exec root")).code == 0


@pytest.mark.parametrize(
    "keyword",
    [
        "../root",
        "/etc/passwd",
        "root.txt",
        "..",
        "%2e%2e",
        "h",
        "h.py",
        "root\x1b[2J",
        "\x00",
        "'",
        "root;list",
        "é" * 500,
    ],
)
async def test_only_the_name_of_a_page_is_one(server: Server, keyword: str) -> None:
    async with speaking(server) as caller:
        answer = await caller.ask(f"/exec {keyword}")
        assert answer.code in {20, 21}
        assert answer.body == ""
        assert answer.words.isprintable()
        assert len(answer.words) < 201


@pytest.mark.parametrize("rest", ["", "a b", "root --jsno", "root --end", "root --end a-b", "root --end x;y"])
async def test_wrong_usage_is_told(server: Server, rest: str) -> None:
    async with speaking(server) as caller:
        await caller.send(f"/exec {rest}\n")
        assert (await caller.answer()).code == 20
        assert await caller.silence() == b""


async def test_the_name_of_a_page_is_read_without_case(server: Server) -> None:
    async with speaking(server) as caller:
        assert (await caller.ask("/EXEC Root")).code == 0


# Rights


async def test_rights_are_those_of_a_move_to_the_page(server: Server) -> None:
    member, operator = await token_of(server, "mia", Role.MEMBER), await token_of(server, "kim")
    async with speaking(server) as caller:
        assert (await caller.ask("/exec staff --end A")).marker == "A 22"
        await caller.ask(f"/token {member}")
        answer = await caller.ask("/exec staff")
        assert (answer.code, answer.words) == (23, "Your role does not allow that page.")
        assert (await caller.ask(f"/token {operator}")).words == "kim operator"
        assert (await caller.ask("/exec staff")).body == "staff only\r\n"
        assert (await caller.ask("/exec boss")).code == 23
    rows = await trail(server)
    assert ("refused", "GUEST", "staff: log_in_first") in rows
    assert ("refused", "kim", "boss: role") in rows


async def test_a_page_for_secure_lines_is_refused_on_others(tmp_path: Path) -> None:
    scripts = {**SITE, "vault": "{% page:Secure %}\nvault"}
    async with daemon(tmp_path, scripts, config_with(server={"trusted_loopback": False})) as server:
        async with speaking(server) as caller:
            assert (await caller.ask("/exec vault")).code == 24


async def test_a_person_on_a_page_has_their_own_rights(server: Server) -> None:
    await server.members.register("Ada", "correct horse", "127.0.0.1")
    await server.members.set_role("Ada", Role.OPERATOR)
    async with dial(server) as peer:
        await peer.until("? ")
        await peer.line("/exec staff")
        await peer.until("-ERR 22 0 Log in to see that page.")
        await peer.line("l")
        await peer.until("login> ")
        await peer.line("Ada")
        await peer.until("? ")
        await peer.line("/exec staff")
        await peer.until("+OK 0 12 Staff\r\nstaff only\r\n")
        await peer.until(lambda peer: peer.shown().endswith("acted=0?"))


# At any prompt


async def test_a_silent_client_may_ask_at_once_and_hang_up(server: Server) -> None:
    async with dial(server, "", frozenset()) as peer:
        await peer.send("/exec red --end Q7\r\n/quit\r\n")
        text = await peer.rest()
    assert "\r\n+OK 0 16 red\r\né red132 │!\r\nQ7 0\r\n" in text
    assert text.endswith("bye\r\n") or "bye" in text
    assert "/exec" not in text


async def test_a_client_that_negotiates_everything_gets_the_same_bytes(server: Server) -> None:
    async with dial(server) as peer:
        await peer.until("? ")
        await peer.line("/exec red --end Q7")
        text = await peer.until("Q7 0\r\n")
        assert "\r\n+OK 0 16 red\r\né red132 │!\r\nQ7 0\r\n" in text


async def test_a_page_that_places_its_prompt_stands_again_afterwards(tmp_path: Path) -> None:
    async with daemon(tmp_path, {**SITE, "root": SITE["moved"]}) as server, dial(server) as peer:
        await peer.quiet()
        await peer.send("/exec red\r\0")
        await peer.until("+OK 0 16 red\r\né red132 │!\r\n")
        await peer.quiet()
        assert (peer.screen.cursor.x + 1, peer.screen.cursor.y + 1) == (5, 2)
        assert "+OK" not in peer.shown()


async def test_it_works_at_a_handlers_question_which_is_asked_again(server: Server) -> None:
    async with dial(server) as peer:
        await peer.until("? ")
        await peer.line("f")
        await peer.until("name> ")
        await peer.line("kim")
        await peer.until("kim, why? ")
        await peer.line("/exec red")
        await peer.until("+OK 0 16 red\r\né red132 │!\r\n")
        await peer.until(lambda peer: peer.shown().endswith("kim, why?"))
        await peer.line("because")
        await peer.until("<kim: because>")


async def test_at_a_masked_prompt_a_line_is_the_pages(server: Server) -> None:
    async with dial(server) as peer:
        await peer.until("? ")
        await peer.line("w")
        await peer.until("word> ")
        await peer.line("/exec red")
        await peer.until("9 letters")


async def test_a_token_at_a_handlers_question_ends_the_page_for_the_program(server: Server) -> None:
    token = await token_of(server, "kim")
    async with program(server) as caller:
        await caller.send("f\nkim\n")
        assert (await caller.begin(f"/token {token}")).words == "kim operator"
        assert (await caller.ask("/exec staff")).code == 0


# Health


async def test_health_is_told_to_people_in_plain_lines_and_to_programs_in_frames(server: Server) -> None:
    async with dial(server) as peer:
        await peer.until("? ")
        await peer.line("/health memory")
        await peer.until("MEMORY ")
        assert "+OK" not in peer.text
        await peer.quiet()
        await peer.line("/health nonsense")
        await peer.until('nothing called "nonsense" is watched here')
        await peer.line("/health memory --end H1")
        text = await peer.until("H1 0\r\n")
        assert "\r\n+OK 0 " in text


async def test_healths_code_is_the_state(tmp_path: Path) -> None:
    limits = msgspec.structs.replace(Config().health.memory, warning=0.0, critical=0.0)
    async with daemon(tmp_path, SITE, config_with(health={"memory": limits})) as server, speaking(server) as caller:
        async with asyncio.timeout(PATIENCE):
            while (answer := await caller.ask("/health memory --end M")).code != 2:
                await asyncio.sleep(0.05)
        assert answer.words == "CRITICAL"
        assert answer.marker == "M 2"
        assert answer.body.startswith("MEMORY CRITICAL - ")
        told = json.loads((await caller.ask("/health memory --json")).body)
        assert (told["name"], told["state"]) == ("memory", "CRITICAL")
        assert (await caller.ask("/health")).code == 2
        disk = next(one.name for one in server.checks.seen() if one.name.startswith("disk"))
        assert (await caller.ask(f"/health {disk}")).body.startswith("DISK ")
        unknown = await caller.ask("/health memroy")
        assert unknown.code == 3
        assert "did you mean" in unknown.words


async def test_a_guest_from_elsewhere_is_told_the_word_alone(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, config_with(server={"trusted_loopback": False})) as server:
        token = await token_of(server, "kim")
        async with speaking(server) as caller:
            answer = await caller.ask("/health")
            assert answer.body == f"HEALTH {answer.words}\r\n"
            assert json.loads((await caller.ask("/health --json")).body) == {"state": answer.words}
            for name in ("memory", "nonsense"):
                refused = await caller.ask(f"/health {name}")
                assert (refused.code, refused.body) == (22, "")
            await caller.ask(f"/token {token}")
            assert "'used'=" in (await caller.ask("/health memory")).body


# The session of a program


async def test_after_a_token_nothing_but_answers_comes(server: Server) -> None:
    token = await token_of(server, "kim")
    async with program(server) as caller:
        assert (await caller.begin(f"/token {token}")).words == "kim operator"
        server.hub.tell_everybody("a broadcast")
        for session in server.clients.sessions.values():
            session.desk.script_changed()
            session.desk.send("from a thread")
            session.client.announce("one moment")
            session.client.notice("a notice")
        assert await caller.silence() == b""
        assert (await caller.ask("/exec red")).code == 0
        assert await caller.ask("/quit") == Answer(0, "Goodbye.", "")
        assert await caller.rest() == b""


async def test_a_line_of_many_ends_and_many_lines_in_a_packet_are_answered_in_order(server: Server) -> None:
    async with speaking(server) as caller:
        await caller.send(b"/exec red --end A\r\n/exec staff\n\n\n/nope\r\0hello\r/exec red --end B\r\n/quit\n")
        assert (await caller.answer(marked=True)).marker == "A 0"
        assert [(await caller.answer()).code for _ in range(3)] == [22, 20, 20]
        assert (await caller.answer(marked=True)).marker == "B 0"
        assert (await caller.answer()).words == "Goodbye."
        assert await caller.rest() == b""


async def test_a_thousand_commands_in_a_packet_are_a_thousand_answers(server: Server) -> None:
    async with speaking(server) as caller, speaking(server) as other:
        await caller.send(b"".join(b"/exec red --end N%d\n" % number for number in range(1000)))
        assert (await other.ask("/exec red")).code == 0
        for number in range(1000):
            assert (await caller.answer(marked=True)).marker == f"N{number} 0"


async def test_a_line_without_an_end_costs_nothing_and_is_refused_when_it_ends(server: Server) -> None:
    async with speaking(server) as caller:
        for _ in range(64):
            await caller.send(b"/exec " + b"x" * 65536)
        await caller.send(b"\n/exec red\n")
        assert (await caller.answer()).words == "That line is too long. Nothing was done."
        assert (await caller.answer()).code == 0
        assert (await caller.ask("/exec " + "x" * LONGEST_LINE)).code == 20


async def test_telnet_commands_among_the_lines_are_no_part_of_them(server: Server) -> None:
    async with speaking(server) as caller:
        await caller.send(b"/ex\xff\xf1ec \xff\xfa\x1f\x00\x50\x00\x18\xff\xf0red\r\n")
        assert (await caller.answer()).body == "é red132 │!\r\n"


async def test_a_client_that_lets_us_echo_sees_no_echo_any_more(server: Server) -> None:
    async with dial(server) as peer:
        await peer.until("? ")
        await peer.line("/machine")
        await peer.until("+OK 0 0 sttelnet\r\n")
        await peer.send("/exec")
        assert await peer.quiet() == ""
        await peer.line(" red")
        assert await peer.quiet() == "+OK 0 16 red\r\né red132 │!\r\n"
        await peer.resize(40, 10)
        assert await peer.quiet() == ""


async def test_a_program_is_no_place_to_reach_its_member(server: Server) -> None:
    token = await token_of(server, "kim")
    async with speaking(server, token) as caller, speaking(server), dial(server) as guest:
        await guest.until("? ")
        await guest.line("/who")
        await guest.until("a program")
        await guest.line("")
        await guest.line("/msg kim are you there?")
        await guest.until("kim is not on: your message will be delivered at the next log-in.")
        await guest.line("/msg #2 hello")
        await guest.until("GUEST takes no messages from you.")
        assert await caller.silence() == b""
    kim = await server.members.get("kim")
    assert kim is not None
    kept = await server.services.store.messages.of(kim.id)
    assert [(message.text, message.shown) for message in kept] == [("are you there?", False)]


async def test_a_call_for_operators_is_kept_for_all_where_only_a_program_of_one_is_on(server: Server) -> None:
    token = await token_of(server, "kim")
    assert not isinstance(await server.members.add("ada", Role.OPERATOR), Refusal)
    async with speaking(server, token), dial(server) as guest:
        await guest.until("? ")
        await guest.line("/page fire")
        await guest.until("Nobody of @operators is on: your message will be delivered at their next log-in.")
    for member in await server.members.all():
        if member.role is Role.OPERATOR:
            assert [message.text for message in await server.services.store.messages.of(member.id)] == ["fire"]


async def test_a_program_leaves_the_room_it_was_called_from(server: Server) -> None:
    async with program(server) as caller:
        await caller.begin("/exec root")
        server.hub.enter(1, "lobby", "GUEST", 0.0)
        await caller.send("/machine\n")
        await caller.begin("/machine")
        assert server.hub.room_of(1) is None


async def test_the_end_of_the_daemon_is_an_answer(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, speaking(server) as caller:
        server.stop()
        answer = await caller.answer()
        assert (answer.code, answer.words) == (30, "The service is going down: goodbye.")
        assert await caller.rest() == b""


async def test_who_asks_nothing_for_long_is_hung_up_on(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, config_with(server={"idle_timeout": 0.2})) as server, speaking(server) as caller:
        assert (await caller.answer()).code == 30
        assert await caller.rest() == b""


# Tokens


async def until_ended(caller: Program) -> Answer:
    async with asyncio.timeout(PATIENCE):
        answer = await caller.answer()
    assert await caller.rest() == b""
    return answer


async def test_revoking_a_token_ends_its_sessions_also_from_another_process(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CONFIG) as server:
        token = await token_of(server, "kim")
        async with speaking(server, token) as caller, speaking(server) as guest:
            async with another_process(tmp_path) as members:
                await members.tokens.revoke(1)
            answer = await until_ended(caller)
            assert (answer.code, answer.words) == (30, "That token is not valid here.")
            assert (await guest.ask(f"/token {token}")).code == 25


async def test_locking_the_member_ends_them_too(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE, CONFIG) as server:
        token = await token_of(server, "kim")
        async with speaking(server, token) as caller:
            async with another_process(tmp_path) as members:
                await members.set_locked("kim", True)
            assert (await until_ended(caller)).code == 30
        async with speaking(server) as guest:
            answer = await guest.ask(f"/token {token}")
            assert (answer.code, answer.words) == (27, "This account is locked. An admin can unlock it.")


async def test_a_demotion_counts_at_once_and_a_promotion_not_beyond_the_token(server: Server) -> None:
    token = await token_of(server, "kim")
    async with speaking(server, token) as caller:
        kim = await server.members.set_role("kim", Role.MEMBER)
        assert not isinstance(kim, Refusal)
        server.hub.account_changed(kim.id)
        assert (await caller.ask("/exec staff")).code == 23
        await server.members.set_role("kim", Role.ADMIN)
        server.hub.account_changed(kim.id)
        assert (await caller.ask("/exec staff")).code == 0
        assert (await caller.ask("/exec boss")).code == 23


@asynccontextmanager
async def another_process(folder: Path) -> AsyncIterator[Members]:
    """Members over the same file, as `sttelnet member` has them."""
    passwords = Passwords()
    async with Store.open(next(folder.glob("*.db"))) as store:
        yield Members(store, passwords, Config().members, all_loopback=True)
    passwords.close()


async def test_guesses_are_slowed_down_written_down_and_hung_up_on(server: Server) -> None:
    tries = server.services.config.members.tries
    async with speaking(server) as caller:
        for _ in range(tries):
            assert (await caller.ask("/token stt_" + "A" * 32 + " --end X")).marker == "X 25"
        assert await caller.rest() == b""
    assert server.members.delay("127.0.0.1") > 0
    assert [row for row in await trail(server) if row[0] == "log-in failed"] == [
        ("log-in failed", "", "unknown token")
    ] * tries


async def test_guesses_at_a_persons_prompt_are_counted_too(server: Server) -> None:
    async with dial(server, "", frozenset()) as peer:
        await peer.send("/token wrong\n" * 9)
        text = await peer.rest()
    assert text.count("-ERR 25 0 That token is not valid here.") == server.services.config.members.tries


async def test_a_token_is_neither_echoed_nor_kept_nor_logged_nor_shown_to_others(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = await token_of(server, "kim")
    wrong = token.swapcase()
    async with dial(server) as other, dial(server) as peer:
        await peer.until("? ")
        await peer.send(f"/token {wrong}")
        await other.until("? ")
        await other.line("/msg #2 hello")
        await peer.until("GUEST: hello")
        await peer.quiet()
        assert "/token" in peer.shown()
        await peer.line("")
        await peer.until("-ERR 25 ")
        await peer.send("\x1b[A")
        await peer.quiet()
        await peer.send("\x15")
        await peer.line(f"/token {token}")
        await peer.until("+OK 0 0 kim operator")
        await other.line("/who")
        await other.until("kim")
        seen = peer.raw + other.raw
    assert wrong.encode() not in seen
    assert token.encode() not in seen
    assert token not in caplog.text
    assert wrong not in caplog.text
    assert token not in str(await server.members.trail())


# Passwords


async def test_a_password_logs_in_where_nothing_is_echoed(server: Server) -> None:
    await server.members.register("Ada", "correct hörse ", "127.0.0.1")
    await server.members.set_role("Ada", Role.OPERATOR)
    async with speaking(server) as caller:
        assert (await caller.ask("/auth Ada wrong password")).code == 25
        assert (await caller.ask("/auth nobody correct hörse ")).code == 25
        assert (await caller.ask("/auth Ada")).code == 20
        assert (await caller.ask("/auth Ada correct hörse ")).words == "Ada operator"
        assert (await caller.ask("/exec staff")).code == 0
        ada = await server.members.set_locked("Ada", True)
        assert not isinstance(ada, Refusal)
        server.hub.account_changed(ada.id)
        assert (await until_ended(caller)).code == 30


async def test_a_one_time_password_is_for_people(server: Server) -> None:
    made = await server.members.add("kim", Role.OPERATOR)
    assert not isinstance(made, Refusal)
    async with speaking(server) as caller:
        answer = await caller.ask(f"/auth kim {made[1]}")
        assert (answer.code, answer.words) == (28, Refusal.ONE_TIME.value)
        assert (await caller.ask("/exec staff")).code == 22


async def test_a_persons_prompt_takes_no_password_in_a_command(server: Server) -> None:
    async with dial(server) as peer:
        await peer.until("? ")
        await peer.line("/auth Ada correct horse")
        await peer.until("There is no command /auth")
