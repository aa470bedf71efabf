"""`sttelnet smoke`: the whole daemon on a free port, called as an operator calls it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import msgspec

from sttelnet.cli import exits
from sttelnet.cli.parser import add_site_options, make_parser, overrides
from sttelnet.cli.phone import Phone
from sttelnet.cli.plan import make_plan
from sttelnet.cli.site import find_site, load
from sttelnet.config import MailConfig, WebhookConfig
from sttelnet.members import Refusal
from sttelnet.role import Role
from sttelnet.script.model import Script, Text
from sttelnet.server import Plan, Server

EXAMPLES = (
    "sttelnet smoke                      the site in this folder, else the one that ships",
    "sttelnet smoke --config mybox",
)
PATIENCE: Final = 10.0  # seconds until a wait has failed
_SETTLED: Final = 0.6  # seconds; more than server.settle_timeout may be
NAME: Final = "smoke-test"

Check = Callable[[Server], Awaitable[str]]


class Failed(Exception):  # noqa: N818 - says what a check came to
    """A check found something else than it should."""


class Stopped(Exception):  # noqa: N818 - says what happened
    """A signal ended the daemon before the checks were through."""


def run(arguments: Sequence[str]) -> int:
    """Try everything once; 1 where something failed."""
    parser = make_parser("smoke", "Serve the site on a free port and try it, with data of its own.", EXAMPLES)
    add_site_options(parser)
    options = parser.parse_args(arguments)
    site = find_site(options.config)
    plan = make_plan(site, load(site, overrides(options)).config)
    with tempfile.TemporaryDirectory(prefix="sttelnet-smoke-") as folder, _errors() as errors:
        plan = _apart(plan, Path(folder))
        try:
            with asyncio.Runner() as runner:
                return runner.run(_smoke(plan, errors))
        except ExceptionGroup as group:
            if group.subgroup(Stopped) is None:
                raise
            return exits.INTERRUPTED


def _apart(plan: Plan, folder: Path) -> Plan:
    """Keep off the site's ports and data, and tell nobody; all else that is set is what is tried."""
    given, but = plan.config, msgspec.structs.replace
    config = but(
        given,
        server=but(given.server, listen=("127.0.0.1",), port=0),
        tls=but(given.tls, port=0),
        http=but(given.http, port=0),
        members=but(given.members, first_password_file=""),  # relative to the site's folder, as a certificate is
        bans=but(given.bans, command=()),
        health=but(given.health, on_change=(), webhook=WebhookConfig(), mail=MailConfig()),
        audit=but(given.audit, file=""),  # which may stand anywhere
    )
    return replace(plan, config=config, data=folder, home=folder, config_reload=lambda: config)


@contextmanager
def _errors() -> Iterator[list[str]]:
    """Gather what the daemon logs as an error."""
    errors: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: errors.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    try:
        yield errors
    finally:
        logging.getLogger().removeHandler(handler)


async def _smoke(plan: Plan, errors: list[str]) -> int:
    results = []
    async with _serving(plan) as server:
        for name, check in CHECKS.items():
            results.append(await _try(name, check, server))
        results.append(await _try("log", lambda _: _no_errors(errors), server))
    passed = sum(results)
    print(f"{passed} of {len(results)} passed.")
    return exits.OK if passed == len(results) else exits.PROBLEMS


@asynccontextmanager
async def _serving(plan: Plan) -> AsyncIterator[Server]:
    server = Server(plan)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(_run(server, leaving := asyncio.Event()))
        started = tasks.create_task(server.started.wait())
        await asyncio.wait({running, started}, return_when=asyncio.FIRST_COMPLETED)
        if not started.done():
            started.cancel()
            await running  # raises why it did not start
        try:
            yield server
        finally:
            leaving.set()
            server.stop()
            server.stop()  # nobody to wait for


async def _run(server: Server, leaving: asyncio.Event) -> None:
    await server.run()
    if not leaving.is_set():
        raise Stopped  # which ends the checks


async def _try(name: str, check: Check, server: Server) -> bool:
    began = time.perf_counter()
    passed = False
    try:
        async with asyncio.timeout(PATIENCE):
            found = await check(server)
        passed = True
    except Failed as failed:
        found = str(failed)
    except TimeoutError:
        found = f"nothing for {PATIENCE:.0f} s"
    except OSError as error:
        found = str(error)
    seconds = time.perf_counter() - began
    print(f"{'PASS' if passed else 'FAIL'} {name:<12} {seconds:5.2f} s  {found}", flush=True)
    return passed


# -- the checks


async def _silent(server: Server) -> str:
    async with Phone.call(server.ports[0], answers=False) as phone:
        began = time.perf_counter()
        await phone.first()
        first = time.perf_counter() - began
        with contextlib.suppress(TimeoutError):  # with settle_timeout = 0 the page came with it
            async with asyncio.timeout(_SETTLED):
                await phone.first()
        return f"silent client: first byte {first:.2f} s, page {time.perf_counter() - began:.2f} s"


async def _root(server: Server) -> str:
    async with Phone.call(server.ports[0]) as phone:
        text = await _first_page(phone, server)
    lines = text.splitlines()
    if not text.strip():
        raise Failed("the page is empty")
    _no_failed_get(text, _script(server, "root" if _serves_guests(server) else "login"))
    return f"{max(map(len, lines))} columns, {len(lines)} lines"


async def _health(server: Server) -> str:
    if server.site.tree.get("health") is None:
        return "this site has no health page"
    if not _serves_guests(server):
        return "only members see it"
    async with Phone.call(server.ports[0]) as phone:
        text = await _go(phone, server, "health")
    word = next((word for word in exits.STATES if word in text), None)
    if word is None:
        raise Failed(f"no state in words ({', '.join(exits.STATES)})")
    _no_failed_get(text, _script(server, "health"))
    return word


async def _wrong_log_in(server: Server) -> str:
    if server.site.tree.get("login") is None:
        return "this site has no log-in"
    password = await _make_member(server)
    async with Phone.call(server.ports[0]) as phone:
        text = await _log_in(phone, server, password + "x")
        while Refusal.WRONG.value not in text:  # `_try` has the limit
            if _is_on(server):
                raise Failed("a wrong password was accepted")
            text += await phone.page()
    return "refused"


async def _right_log_in(server: Server) -> str:
    if server.site.tree.get("login") is None:
        return "this site has no log-in"
    password = await _make_member(server)
    async with Phone.call(server.ports[0]) as phone:
        await _log_in(phone, server, password)
        while not _is_on(server):  # noqa: ASYNC110 - the hub has no event for it; `_try` has the limit
            await asyncio.sleep(0.05)
    return "accepted"


async def _no_errors(errors: list[str]) -> str:
    if errors:
        raise Failed(f"{len(errors)} errors, the first: {errors[0]}")
    return "no errors"


CHECKS: Final[dict[str, Check]] = {
    "connect": _silent,
    "root page": _root,
    "health page": _health,
    "wrong log-in": _wrong_log_in,
    "right log-in": _right_log_in,
}


async def _first_page(phone: Phone, server: Server) -> str:
    return await phone.page(after=server.services.config.server.name or "sttelnet")


async def _go(phone: Phone, server: Server, keyword: str) -> str:
    """Press the key that leads from root to a page, and return the page."""
    first = await _first_page(phone, server)
    if keyword == "login" and not _serves_guests(server):
        return first
    keys = _script(server, "root").keys
    strings = [string for key in keys if key.target == keyword for string in key.strings]
    if not strings:
        raise Failed(f"no key on root leads to {keyword}")
    at_once = all(len(string) == 1 for key in keys for string in key.strings)
    await phone.type(strings[0] if at_once else strings[0] + "\r")
    return await phone.page()


async def _log_in(phone: Phone, server: Server, password: str) -> str:
    await _go(phone, server, "login")
    await phone.type(NAME + "\r")
    await phone.page()
    await phone.type(password + "\r")
    return await phone.page()


async def _make_member(server: Server) -> str:
    """Make the member, or give them a new password; return it."""
    made = await server.members.add(NAME, Role.MEMBER)
    member = await server.members.get(NAME)
    password = secrets.token_urlsafe(12)
    if member is None or isinstance(await server.members.change_password(member.id, None, password), Refusal):
        raise Failed(f"no member could be made: {made.value if isinstance(made, Refusal) else made}")
    return password


def _serves_guests(server: Server) -> bool:
    return server.services.config.guests.enabled


def _is_on(server: Server) -> bool:
    return any(presence.name == NAME for presence in server.hub.presences())


def _script(server: Server, keyword: str) -> Script:
    script = server.site.tree.get(keyword)
    if script is None:
        raise Failed(f"there is no page {keyword}")
    return script


def _no_failed_get(text: str, script: Script) -> None:
    """A `get` that fails prints "?": there must be no more of them than the script's own text has."""
    own = sum(piece.text.count("?") for piece in script.body if isinstance(piece, Text))
    if text.count("?") > own + (script.page.prompt or "").count("?"):
        raise Failed('a "?" stands where a value should')
