"""What the command line asks of a running daemon: `sttelnet ctl`."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from sttelnet.administration import CONSOLE, LONGEST_NOTICE, Actor, Administration, Done, plain_address
from sttelnet.charset import clean, one_line
from sttelnet.control import Request, Response
from sttelnet.errors import StoreError
from sttelnet.health import Checks
from sttelnet.health.answer import answer_of
from sttelnet.health.report import Report
from sttelnet.hub import LONGEST, Delivery, Hub, Mail, Presence, Sender, number_of
from sttelnet.members import Members
from sttelnet.role import Role
from sttelnet.server.alerts import Alerts
from sttelnet.words import DURATION_RULE, duration_words, seconds_of, span_words

_BY: Final = Actor(CONSOLE)
_SENDER: Final = Sender(0, None, CONSOLE, Role.ADMIN)


class Verbs:
    """Answers requests."""

    def __init__(
        self,
        administration: Administration,
        hub: Hub,
        mail: Mail,
        members: Members,
        checks: Checks,
        alerts: Alerts,
    ) -> None:
        self._do, self._hub, self._mail, self._members = administration, hub, mail, members
        self._checks, self._alerts = checks, alerts
        self._verbs: Mapping[str, Callable[[dict[str, str]], Awaitable[Response]]] = {
            "who": self._who,
            "msg": self._msg,
            "broadcast": self._broadcast,
            "kick": self._kick,
            "ban": self._ban,
            "unban": self._unban,
            "bans": self._bans,
            "reload": self._reload,
            "drain": self._drain,
            "stay": self._stay,
            "figures": self._figures,
            "health": self._how_it_is,
            "alert-test": self._test_alerts,
        }

    async def answer(self, request: Request) -> Response:
        """Do what is asked for."""
        verb = self._verbs.get(request.verb)
        if verb is None:
            return _refused(f"There is no {clean(request.verb)[:40]}: this daemon knows {', '.join(self._verbs)}.")
        try:
            return await verb(request.arguments)
        except StoreError as error:
            return _refused(str(error))

    # -- who is on

    async def _who(self, arguments: dict[str, str]) -> Response:
        presences = self._hub.presences()
        return Response(
            True,
            _table(("NO", "NAME", "ROLE", "FROM", "IDLE", "DOING"), map(_row, presences)),
            [{**asdict(one), "role": str(one.role)} for one in presences],
        )

    async def _msg(self, arguments: dict[str, str]) -> Response:
        name, text = arguments.get("name", ""), one_line(arguments.get("text", ""))
        if not text or len(text) > LONGEST:
            return _refused(f"A message has 1 to {LONGEST} characters.")
        one = self._session(name)
        if one is not None and one.user_id is None:
            return _delivered(self._mail.to_guest(_SENDER, one.number, text), one.name, text)
        member = await self._members.by_id(one.user_id) if one and one.user_id else await self._members.get(name)
        if member is None:
            return _refused(f'There is no session and no member "{clean(name)[:40]}".')
        return _delivered(await self._mail.to_member(_SENDER, member.id, text), member.name, text)

    def _session(self, name: str) -> Presence | None:
        number = number_of(name)
        return self._hub.presence(number) if number is not None else None

    async def _broadcast(self, arguments: dict[str, str]) -> Response:
        text = one_line(arguments.get("text", ""))
        if not text or len(text) > LONGEST:
            return _refused(f"A message has 1 to {LONGEST} characters.")
        count = await self._do.broadcast(text, _BY)
        return Response(True, [f"Told to {count}."], {"told": count})

    async def _kick(self, arguments: dict[str, str]) -> Response:
        one = self._session(arguments.get("number", ""))
        if one is None:
            return _refused(Done.NO_SUCH_SESSION.value)
        return _done(await self._do.kick(one.number, arguments.get("reason", ""), _BY), f"{one.name} is disconnected.")

    # -- addresses

    async def _ban(self, arguments: dict[str, str]) -> Response:
        address, seconds = arguments.get("address", ""), seconds_of(arguments.get("for", "1h"))
        if seconds is None:
            return _refused(DURATION_RULE)
        address = plain_address(address) or address
        done = await self._do.ban(address, seconds, arguments.get("reason", ""), _BY)
        return _done(done, f"{clean(address)} is banned for {span_words(seconds)}.")

    async def _unban(self, arguments: dict[str, str]) -> Response:
        address = arguments.get("address", "")
        return _done(await self._do.unban(address, _BY), f"{clean(address)} may come in again.")

    async def _bans(self, arguments: dict[str, str]) -> Response:
        bans, now = self._do.bans(), time.time()
        rows = ((ban.address, span_words(ban.until - now), ban.by, ban.reason) for ban in bans)
        return Response(True, _table(("ADDRESS", "STILL", "BY", "REASON"), rows), [asdict(ban) for ban in bans])

    # -- the daemon

    async def _reload(self, arguments: dict[str, str]) -> Response:
        problems = await self._do.reload(_BY)
        problems = [clean(problem) for problem in problems]  # names of files may hold what no JSON can carry
        return Response(not problems, problems or ["Everything was read anew; there are no errors."], problems)

    async def _drain(self, arguments: dict[str, str]) -> Response:
        seconds = seconds_of(arguments.get("in", "0"))
        if seconds is None or seconds > LONGEST_NOTICE:
            return _refused(DURATION_RULE if seconds is None else "That is more than a day.")
        done = await self._do.stop(seconds, arguments.get("message", ""), _BY)
        return _done(done, f"The daemon stops in {span_words(seconds)}." if seconds else "The daemon stops now.")

    async def _stay(self, arguments: dict[str, str]) -> Response:
        return _done(await self._do.stay(_BY), "The daemon stays up.")

    async def _how_it_is(self, arguments: dict[str, str]) -> Response:
        found = answer_of(arguments.get("name", ""), self._checks)
        return Response(True, found.lines, found.data) if isinstance(found, Report) else _refused(found)

    async def _test_alerts(self, arguments: dict[str, str]) -> Response:
        tried = await self._alerts.test()
        if not tried:
            return _refused(
                "Nobody outside is told: neither health.on_change, [health.webhook] nor [health.mail] is set."
            )
        await self._members.audit("alert-test", "", _BY.peer, f"by {_BY.name}")
        said = {name: "told" if failure is None else failure.why for name, failure in tried.items()}
        return Response(not any(tried.values()), [f"{name:<18}{words}" for name, words in said.items()], said)

    async def _figures(self, arguments: dict[str, str]) -> Response:
        figures = asdict(self._do.figures())
        return Response(True, [f"{name:<14}{_shown(value)}" for name, value in figures.items()], figures)


def _row(one: Presence) -> tuple[str, ...]:
    doing = f"(invisible) {one.doing}" if one.invisible else one.doing
    return (str(one.number), one.name, str(one.role), one.peer, duration_words(one.idle), doing)


def _table(titles: tuple[str, ...], rows: Any) -> list[str]:
    """Return rows in columns as wide as what stands in them."""
    texts = [titles, *(tuple(one_line(cell) for cell in row) for row in rows)]
    widths = [max(len(row[at]) for row in texts) for at in range(len(titles))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in texts]


def _shown(value: object) -> str:
    return "-" if value is None else f"{value:.3f}" if isinstance(value, float) else str(value)


def _refused(sentence: str) -> Response:
    return Response(False, [sentence])


def _done(done: Done, sentence: str) -> Response:
    return Response(True, [sentence]) if done is Done.DONE else _refused(done.value)


def _delivered(delivery: Delivery, name: str, text: str) -> Response:
    return Response(delivery.reached, [delivery.sentence(name, text)])
