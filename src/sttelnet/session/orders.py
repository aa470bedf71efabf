"""What programs may ask for, at any prompt: a page, the host's health, a log-in."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from sttelnet.client import Client
from sttelnet.handlers.table import may_see_figures
from sttelnet.health.answer import answer_of, only_the_word
from sttelnet.members import Member, Pass, Refusal
from sttelnet.script.model import Script
from sttelnet.session.access import Verdict, judge
from sttelnet.session.answer import Program
from sttelnet.session.call import Caller
from sttelnet.session.dialect import Code, Order, Response, encode, read_order
from sttelnet.session.seat import Seat
from sttelnet.session.unattended import run_page
from sttelnet.session.visit import HangUp, Move, Speak

READY: Final = "sttelnet"  # the words of the answer to /machine: how a program knows whom it has called
TOO_MANY: Final = "That was one try too many."
COMMANDS_ARE: Final = "The commands are /exec, /health, /token, /auth and /quit."

_VERDICTS: Final = {
    Verdict.LOG_IN_FIRST: Code.LOG_IN,
    Verdict.NO_LOG_IN: Code.LOG_IN,
    Verdict.INSECURE: Code.INSECURE,
    Verdict.ROLE: Code.ROLE,
}
_REFUSALS: Final = {
    Refusal.THROTTLED: Code.THROTTLED,
    Refusal.LOCKED: Code.LOCKED,
    Refusal.ONE_TIME: Code.ONE_TIME,
    Refusal.CODE_WANTED: Code.SECOND_FACTOR,
    Refusal.BUSY: Code.BUSY,
    Refusal.STORE_BUSY: Code.BUSY,
    Refusal.STORE_FAILED: Code.BUSY,
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """An answer ready to be sent, and the move that follows from it."""

    data: bytes
    move: Move | None = None


class Orders:
    """What one session does for programs."""

    def __init__(self, seat: Seat, find: Callable[[str], Script | None], caller: Callable[[Client], Caller]) -> None:
        self._seat, self._find, self._caller = seat, find, caller
        self.token: Pass | None = None  # what was logged in with, if that was a token
        self._failures = 0  # wrong tokens and passwords

    async def obey(self, program: Program) -> Spoken:
        """Do what a program asks for; after /token and /machine the session is to speak the dialect."""
        word, rest = program.word.casefold(), program.rest
        order = read_order(word, rest)
        response: Response
        match word:
            case "token":
                response = await self._log_in(lambda: self._by_token(order))
            case "auth":
                order = Order(word)
                response = await self._log_in(lambda: self._by_password(rest))
            case "exec":
                response = await self._exec(order)
            case "health":
                response = self._health(order)
            case "machine":
                response = _usage(order, 0) or Response(Code.OK, READY)
            case "quit":
                response = Response(Code.OK, "Goodbye.")
            case _:
                words = f"There is no command /{order.word[:20]} here. {COMMANDS_ARE}"
                response = Response(Code.USAGE, words)
        speaks = word in {"token", "machine"} and response.code == Code.OK
        return Spoken(encode(response, order.end), self._over() or (Speak() if speaks else None))

    def _over(self) -> HangUp | None:
        return HangUp(TOO_MANY) if self._failures >= self._seat.services.config.members.tries else None

    # -- commands

    async def _exec(self, order: Order) -> Response:
        """Run a page: its text and its `get` values, and nothing that acts."""
        usage = _usage(order, 1, least=1)
        if usage is not None:
            return _told(order, "", "", usage)
        keyword = order.names[0].casefold()
        if self._seat.client.stranger:  # not even whether there is such a page
            return _told(order, keyword, "", Response(Code.LOG_IN, Verdict.LOG_IN_FIRST.value))
        script = self._find(keyword)
        if script is None:
            return _told(order, keyword, "", Response(Code.NO_PAGE, f'There is no page "{keyword[:60]}".'))
        verdict = judge(script, self._seat.client, has_login=self._find("login") is not None)
        if verdict is not Verdict.ALLOWED:
            await self._seat.refusals.write(self._seat.client, keyword, verdict)
            return _told(order, keyword, script.title, Response(_VERDICTS[verdict], verdict.value))
        ran = await run_page(script, self._seat.client, self._caller)
        if ran.late:
            response = Response(Code.PARTLY, "The page took too long.")
        elif ran.failed:
            response = Response(Code.PARTLY, f"{ran.failed} of the page's values could not be worked out.", ran.text)
        else:
            response = Response(Code.OK, script.title, ran.text)
        return _told(order, keyword, script.title, response)

    def _health(self, order: Order) -> Response:
        """Tell how the host is, as `sttelnet health` does."""
        if order.fault:
            return Response(Code.USAGE, order.fault)
        name = " ".join(order.names)  # "disk /" has two words
        client, services = self._seat.client, self._seat.services
        if client.stranger or (name and not may_see_figures(client)):
            return Response(Code.LOG_IN, Verdict.LOG_IN_FIRST.value)
        found = answer_of(name, services.checks)
        if isinstance(found, str):
            return Response(Code.UNKNOWN, found)
        if not may_see_figures(client):
            found = only_the_word(found)
        body = json.dumps(found.data) if order.json else "\n".join(found.lines)
        return Response(int(found.state), found.state.word, body)

    # -- who it is

    async def _log_in(self, by: Callable[[], Awaitable[Member | Refusal | Response]]) -> Response:
        found = await by()
        if isinstance(found, Response):
            return found
        client = self._seat.client
        client.has_tried = True
        if isinstance(found, Refusal):
            code = _REFUSALS.get(found, Code.WRONG)
            self._failures += code in {Code.WRONG, Code.SECOND_FACTOR, Code.ONE_TIME}
            client.log.warning("a program's log-in failed", reason=found.name.lower())
            return Response(code, found.value)
        client.member = found
        self._seat.limits.logged_in()
        number = self.token.token.id if self.token else None
        client.log.info("a program logged in", member=found.name, token=number)
        return Response(Code.OK, f"{found.name} {found.role}")

    async def _by_token(self, order: Order) -> Member | Refusal | Response:
        usage = _usage(order, 1, least=1)
        if usage is not None:
            return usage
        found = await self._seat.services.members.tokens.log_in(order.names[0], self._seat.client.peer)
        if isinstance(found, Refusal):
            return found
        self.token = found
        return found.member

    async def _by_password(self, rest: str) -> Member | Refusal | Response:
        name, _, password = rest.partition(" ")
        if not (name and password):
            return Response(Code.USAGE, "Write /auth NAME PASSWORD.")
        found = await self._seat.services.members.log_in_program(name, password, self._seat.client.peer)
        if isinstance(found, Refusal):
            return found
        self.token = None
        return found


def _usage(order: Order, most: int, least: int = 0) -> Response | None:
    """Return what is wrong with a command, if anything is."""
    if order.fault:
        return Response(Code.USAGE, order.fault)
    if least <= len(order.names) <= most:
        return None
    wanted = "one word" if least else "one word at most" if most else "no words"
    return Response(Code.USAGE, f"/{order.word} takes {wanted}, and --json and --end NONCE.")


def _told(order: Order, keyword: str, title: str, response: Response) -> Response:
    """Return the answer about a page as it was asked for: as it stands, or as one JSON object."""
    if not order.json:
        return response
    told: dict[str, Any] = {
        "keyword": keyword,
        "title": title,
        "text": response.body.removesuffix("\n").split("\n") if response.body else [],
        "status": "OK" if response.code == Code.OK else response.words,
        "code": int(response.code),
    }
    return replace(response, body=json.dumps(told))
