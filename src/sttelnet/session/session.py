"""The session: one client's walk through the script tree, as a coroutine that reads top to bottom."""

from __future__ import annotations

import asyncio
from traceback import clear_frames

from sttelnet.channel import Channel
from sttelnet.client import Client, Services
from sttelnet.errors import ChannelClosed
from sttelnet.handlers.login import welcome
from sttelnet.handlers.site import Site
from sttelnet.handlers.threads import HandlerThreads
from sttelnet.logs import EventLog
from sttelnet.members import Refusal
from sttelnet.outcome import ROOT, Goto, Outcome, Step
from sttelnet.script.model import Script
from sttelnet.session.access import LOG_IN_PAGES, Verdict, judge
from sttelnet.session.call import Caller, Failure
from sttelnet.session.desk import Desk
from sttelnet.session.history import Trail
from sttelnet.session.limits import Overrun
from sttelnet.session.visit import Enter, HangUp, Move, Speak

SCRIPTS_IN_A_ROW = 8  # sent without input from the client; more is a loop in the site's handlers
FAILURES_IN_A_ROW = 2
APOLOGY = "Something went wrong there; it has been logged."
FIRST_SCRIPT = "root"
LOG_IN = "login"
LAST_SCRIPT = "goodbye"


class Session:
    """One client's visit to the site, from connect to hang-up."""

    def __init__(
        self, number: int, channel: Channel, site: Site, services: Services, threads: HandlerThreads, log: EventLog
    ) -> None:
        self._site = site
        self._services = services
        self._log = log
        server = services.config.server
        secure = channel.encrypted or (channel.loopback and server.trusted_loopback)
        self.desk = Desk(
            number,
            channel,
            services,
            site.tree.get,
            lambda client: Caller(client, site, threads, log),
            log,
            secure=secure,
        )
        self.client: Client = self.desk.client
        self._caller = self.desk.caller
        self._trail = Trail()
        self._failures = 0
        self._ended = "cut off"  # why, for the log
        self._task: asyncio.Task[None] | None = None

    # -- from connect to hang-up

    async def run(self) -> None:
        """Serve the client until one of the two sides hangs up."""
        desk, hub = self.desk, self._services.hub
        self._task = asyncio.current_task()
        self._log.info("connect", port=desk.channel.port)
        try:
            await desk.channel.settle(self._services.config.server.settle_timeout)
            await desk.channel.drain()  # a client that has gone already gets no page
            desk.begin()
            hub.join(desk)
            if desk.channel.certificate is not None:
                await self._log_in_by(desk.channel.certificate)
            await self._walk()
        except ChannelClosed as reason:
            self._ended = str(reason)
        except Exception:  # noqa: BLE001 - the wall at a session's root: one crash, one victim
            self._ended = "failed"
            self._log.exception("the session failed")
            await self._apologise()
        except asyncio.CancelledError as cut:
            clear_frames(cut.__traceback__)  # a TaskGroup that it passed through keeps it
            raise
        finally:
            self._task = None  # cut off, it has the exception that holds us; from here on it ends by itself
            hub.leave(desk)
            desk.end()
            await desk.channel.close()
            self._log.info("disconnect", member=self.client.nick_name, reason=self._ended)

    def check_time(self, now: float) -> Overrun | None:
        """Keep the time limits, and return which is over; the server asks every few seconds."""
        overrun = self.desk.check_time(now)
        if overrun is Overrun.HANG_UP:
            self._log.warning("cut off: it did not obey a hang-up", keyword=self.client.keyword)
            self.cut()
        return overrun

    @property
    def told_to_leave(self) -> bool:
        """Whether it was the daemon that ended it: a time limit, an operator, the stop."""
        return self.desk.seat.limits.told

    def cut(self) -> None:
        """End the session at once, whatever holds it."""
        self.desk.channel.abort()
        if self._task is not None:
            self._task.cancel()

    async def _log_in_by(self, certificate: str) -> None:
        """Log in whom a valid certificate names; who cannot be stays a guest, and is told why."""
        result = await self.client.log_in_by_certificate(certificate)
        if isinstance(result, Refusal):
            self._log.warning("log-in failed", certificate=certificate, reason=result.name.lower())
            self.desk.notice(f"Your certificate logs nobody in: {result.value}")
            return
        self._log.info("logged in", member=result.name, by="certificate")
        welcome(self.client, result)

    async def _apologise(self) -> None:
        try:
            await self.desk.farewell(APOLOGY)
        except ChannelClosed:
            self._log.debug("= gone before the apology")
        except Exception:  # noqa: BLE001 - the same wall: what failed may be what draws
            self._log.exception("no apology")

    async def _walk(self) -> None:
        move: Move | None = await self._resolve(ROOT)
        while isinstance(move, Enter):
            move = await self._stay(move)
        if isinstance(move, Speak):
            move = await self.desk.speak()
        await self._leave(move or HangUp())

    async def _leave(self, move: HangUp) -> None:
        self._ended = move.words or "logged off"
        script = self._site.tree.get(LAST_SCRIPT) if move.polite else None
        if script is not None and judge(script, self.client, has_login=True) is Verdict.ALLOWED:
            await self.desk.draw(Enter(script))
        await self.desk.farewell(move.words)

    # -- one script

    async def _stay(self, enter: Enter) -> Move:
        """Show a script and serve the client on it until something moves them on."""
        verdict = self._judge(enter.script)
        if verdict is not Verdict.ALLOWED:
            return self._turn_away(verdict)
        self.desk.seat.decided = None
        self.desk.seat.in_a_row += 1
        if self.desk.seat.in_a_row > SCRIPTS_IN_A_ROW:
            self._log.error("%s: %d scripts in a row without input", enter.script.path, SCRIPTS_IN_A_ROW)
            return self._failed()
        await self.desk.draw(enter)
        if enter.posts:
            move = await self._run_posts()
            if move is not None:
                return move
        self.desk.settle()
        return await self._serve()

    async def _run_posts(self) -> Move | None:
        """Run the `post` handlers in order; any outcome but "" drops the rest."""
        client = self.client
        while client.set_post:
            post = client.set_post.pop(0)
            outcome = await self._caller.post(post.call)
            if outcome is Step.REPEAT:
                self._log.error('%s: a post handler returned "repeat"', post.call.place)
                outcome = Step.ACCEPTED
            if outcome is not Step.ACCEPTED:
                client.set_post.clear()
                return await self._decided() or await self._resolve(outcome, passing=True)
        return await self._decided()

    async def _decided(self) -> Move | None:
        """Return the move that came up inside a handler's question, if one did."""
        decision, self.desk.seat.decided = self.desk.seat.decided, None
        if decision is None or isinstance(decision, Enter | HangUp | Speak):
            return decision
        return await self._resolve(decision)

    async def _serve(self) -> Move:
        """Serve input until something moves the client."""
        while True:
            happened = await self.desk.next()
            if isinstance(happened, Enter | HangUp | Speak):
                return happened
            move = await self._decided() or await self._resolve(happened)
            if move is not None:
                return move
            self.desk.stay()

    # -- outcomes

    async def _resolve(self, outcome: Outcome | Failure, *, passing: bool = False) -> Move | None:
        """Return the move an outcome asks for; None when the client stays where they are.

        A script that its own `post` leaves, `passing`, is none to go back to: it would lead away again.
        """
        if outcome is Failure.FAILED:
            return self._failed()
        self._failures = 0
        match outcome:
            case Goto(keyword):
                return await self._goto(keyword, passing=passing)
            case Step.BACK:
                return self._back()
            case Step.REFRESH:
                return Enter(self._current())
            case Step.REMAIN:
                return Enter(self._current(), clear=False, skip_clear=True)
            case Step.LOGOFF:
                return HangUp(polite=True)
            case _:
                return None

    def _current(self) -> Script:
        """Return the script the client is on, its newest good version."""
        here = self.desk.view.script
        return self._site.tree.get(here.keyword) or here

    def _first(self) -> str:
        """Return the keyword of the first page there is for the client."""
        return LOG_IN if self.client.stranger else FIRST_SCRIPT

    async def _goto(self, keyword: str, *, passing: bool = False) -> Move | None:
        keyword = self._first() if keyword == FIRST_SCRIPT else keyword
        script = self._site.tree.get(keyword)
        if script is None:
            self._log.error("there is no script %r to go to", keyword)
            return self._failed()
        verdict = self._judge(script)
        match verdict:
            case Verdict.ALLOWED:
                if not passing or keyword == FIRST_SCRIPT:
                    self._push_current(keyword)
                return Enter(script)
            case Verdict.LOG_IN_FIRST:
                await self.desk.seat.refusals.write(self.client, keyword, verdict)
                self.client.wanted = keyword
                self.desk.notice(verdict.value)
                return await self._goto(LOG_IN) if keyword != LOG_IN else None
            case _:
                await self.desk.seat.refusals.write(self.client, keyword, verdict)
                if self.desk.view.script.keyword in LOG_IN_PAGES:
                    return self._turn_away(verdict)  # logged in, but not for what they wanted
                self.desk.notice(verdict.value)
                return None if self.desk.view.drawn else HangUp(verdict.value)

    def _turn_away(self, verdict: Verdict) -> Move:
        """Lead to the first page who may no longer see theirs: its script or their rights have changed."""
        root = self._site.tree.get(self._first())
        if root is None or self._judge(root) is not Verdict.ALLOWED:
            return HangUp(verdict.value)
        self.desk.notice(verdict.value)
        self._trail.clear()
        return Enter(root)

    def _judge(self, script: Script) -> Verdict:
        return judge(script, self.client, has_login=self._site.tree.get(LOG_IN) is not None)

    def _push_current(self, target: str) -> None:
        if target == FIRST_SCRIPT:
            self._trail.clear()
        elif self.desk.view.drawn and target != self.desk.view.script.keyword:
            here = self.desk.view.script
            if not self._is_private(here):
                self._trail.push(here.keyword)

    def _is_private(self, script: Script) -> bool:
        """Whether a script is a log-in page or one with a masked `set`: never on the stack of back."""
        return script.keyword in LOG_IN_PAGES or any(self._caller.is_masked(s.call) for s in script.sets)

    def _back(self) -> Move | None:
        while (keyword := self._trail.pop()) is not None:
            script = self._site.tree.get(keyword)
            if script is not None and self._judge(script) is Verdict.ALLOWED:
                return Enter(script)
        first = self._first()
        if self.desk.view.script.keyword == first == FIRST_SCRIPT:
            return None
        root = self._site.tree.get(first)  # the log-in page begins anew
        return Enter(root) if root is not None else None

    def _failed(self) -> Move:
        """Apologise and lead to root; at the second failure in a row hang up."""
        self._failures += 1
        here = self.desk.view.script
        root = self._site.tree.get(self._first())
        if self._failures >= FAILURES_IN_A_ROW or root is None:
            return HangUp(APOLOGY)
        self.desk.seat.in_a_row = 0
        self.desk.notice(APOLOGY)
        self._trail.clear()
        return Enter(root, posts=here.keyword != root.keyword)
