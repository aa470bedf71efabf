"""The commands a client may type at any prompt, wherever they are: a line that starts with "/"."""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sttelnet.charset import Charset
from sttelnet.client import Client
from sttelnet.handlers.table import may_see_figures
from sttelnet.health.answer import answer_of, only_the_word
from sttelnet.outcome import BACK, LOGOFF, ROOT
from sttelnet.session.access import Verdict
from sttelnet.session.answer import Answer, Program, Reply
from sttelnet.session.checks import ack, mute_check
from sttelnet.session.mailbox import ignore, messages
from sttelnet.session.messages import msg, page, reply
from sttelnet.session.people import invisible, who
from sttelnet.session.rooms import chat, leave, me, names, rooms, topic

LOG_IN_FIRST = "Log in first; /help lists what there is until then."


@dataclass(frozen=True, slots=True)
class Command:
    """One slash command."""

    usage: str
    summary: str
    run: Callable[[Client, str], Awaitable[Answer]]


async def run_command(client: Client, line: str) -> Answer:
    """Obey a line that starts with "/"."""
    word, _, argument = line[1:].partition(" ")
    name = _SHORT.get(word.casefold(), word.casefold())
    command = COMMANDS.get(name)
    if client.stranger and name not in _FOR_STRANGERS | _IN_DIALECT:
        return Reply((LOG_IN_FIRST,))
    if command is not None:
        return await command.run(client, argument.strip())
    near = difflib.get_close_matches(word.casefold(), COMMANDS, n=1)
    hint = f"did you mean /{near[0]}?" if near else "/help lists them"
    return Reply((f"There is no command /{word[:20]} ({hint}).",))


async def _help(client: Client, argument: str) -> Answer:
    names = [name for name in COMMANDS if name in _FOR_STRANGERS or not client.stranger]
    rows = [f"  {COMMANDS[name].usage:<28} {COMMANDS[name].summary}" for name in names]
    return Reply(("Commands, at any prompt:", *rows, "A line that starts with // is sent with one / to the page."))


async def _back(client: Client, argument: str) -> Answer:
    return BACK


async def _root(client: Client, argument: str) -> Answer:
    return ROOT


async def _quit(client: Client, argument: str) -> Answer:
    return LOGOFF


async def _exec(client: Client, argument: str) -> Answer:
    return Program("exec", argument)


async def _health(client: Client, argument: str) -> Answer:
    """Tell people how the host is in plain lines, and programs, which give options, in their dialect."""
    if any(word.startswith("--") for word in argument.split()):
        return Program("health", argument)
    if client.stranger:
        return Reply((LOG_IN_FIRST,))
    if argument and not may_see_figures(client):
        return Reply((Verdict.LOG_IN_FIRST.value,))
    found = answer_of(argument, client.services.checks)
    if isinstance(found, str):
        return Reply((found,))
    return Reply(tuple(found.for_people if may_see_figures(client) else only_the_word(found).lines))


async def _token(client: Client, argument: str) -> Answer:
    return Program("token", argument)


async def _machine(client: Client, argument: str) -> Answer:
    return Program("machine", argument)


_CHARSETS = {"utf-8": Charset.UTF_8, "utf8": Charset.UTF_8, "cp437": Charset.CP437, "ascii": Charset.ASCII}


async def _charset(client: Client, argument: str) -> Answer:
    word = argument.casefold()
    if not word:
        now = client.terminal.charset.value
        return Reply((f"Your charset is {now}. Change it with /charset utf-8, cp437, ascii or auto.",))
    if word != "auto" and word not in _CHARSETS:
        return Reply(("The charsets are utf-8, cp437, ascii; auto goes by your terminal's type.",))
    await client.choose_charset(_CHARSETS.get(word))
    return Reply((f"Your charset is now {client.terminal.charset.value}.",))


# All there is for who has not logged in where guests are not served; the others are refused, these in the dialect.
_FOR_STRANGERS = frozenset({"help", "token", "machine", "charset", "quit"})
_IN_DIALECT = frozenset({"exec", "health"})
_SHORT = {"m": "msg", "r": "reply", "w": "who", "join": "chat"}
COMMANDS: dict[str, Command] = {
    "help": Command("/help", "this list", _help),
    "who": Command("/who", "who is on", who),
    "msg": Command("/msg NAME TEXT", "write to somebody, or to @operators; /m is short", msg),
    "reply": Command("/reply TEXT", "answer who wrote last; /r is short", reply),
    "messages": Command("/messages", "what was written to you; delete NUMBER, clear", messages),
    "page": Command("/page TEXT", "call the operator", page),
    "ignore": Command("/ignore [NAME]", "hear nothing from somebody; off NAME: again", ignore),
    "chat": Command("/chat [ROOM]", "talk with those in a room", chat),
    "leave": Command("/leave", "in a room: leave it", leave),
    "me": Command("/me TEXT", "in a room: what you do", me),
    "topic": Command("/topic [TEXT]", "in a room: what it is about", topic),
    "names": Command("/names", "in a room: who is there", names),
    "rooms": Command("/rooms", "the rooms, and how many are in each", rooms),
    "ack": Command("/ack [CHECK [TIME] TEXT]", "operators: you know about a check; off", ack),
    "mute": Command("/mute [CHECK TIME]", "operators: nobody is told of a check; off", mute_check),
    "invisible": Command("/invisible", "leave the list of who is on, or return", invisible),
    "health": Command("/health [NAME]", "how the host is", _health),
    "exec": Command("/exec KEYWORD", "programs: one page, framed", _exec),
    "token": Command("/token TOKEN", "programs: log in", _token),
    "machine": Command("/machine", "programs: nothing but answers from here on", _machine),
    "back": Command("/back", "the page before this one", _back),
    "root": Command("/root", "the first page", _root),
    "charset": Command("/charset [NAME]", "show or switch the charset", _charset),
    "quit": Command("/quit", "log off", _quit),
}
