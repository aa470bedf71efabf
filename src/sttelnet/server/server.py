"""The daemon: listeners, admission, the sessions' TaskGroup, reload and drain."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from sttelnet import process
from sttelnet.administration import Actor, Figures
from sttelnet.areas import Areas
from sttelnet.client import Services
from sttelnet.config import Config, beyond_loopback
from sttelnet.control.serving import open_control
from sttelnet.errors import ControlTaken, ControlUnavailable
from sttelnet.handlers.site import Site
from sttelnet.handlers.threads import HandlerThreads
from sttelnet.health import Checks, CheckSettings, Health, History, host_checks
from sttelnet.health.probes import Sources
from sttelnet.hub import LocalHub, Mail
from sttelnet.logs import RECENT, event_logger
from sttelnet.members import Members
from sttelnet.passwords import Passwords
from sttelnet.server.admission import Admission
from sttelnet.server.alerts import Alerts
from sttelnet.server.auditfile import AuditFile
from sttelnet.server.background import keep_running
from sttelnet.server.bans import Bans
from sttelnet.server.clients import Clients
from sttelnet.server.console import announce_admin, announce_ready, announce_tree, log_problems, warn_of
from sttelnet.server.countdown import Countdown
from sttelnet.server.exhaustion import Exhaustion
from sttelnet.server.handover import Handover
from sttelnet.server.http import open_http
from sttelnet.server.listeners import addresses, listen, shown
from sttelnet.server.notify import Notifier
from sttelnet.server.operations import Daemon, Operations
from sttelnet.server.outgoing import Outgoing, Settings, ways
from sttelnet.server.plan import Plan
from sttelnet.server.pulse import Pulse
from sttelnet.server.reload import Reload
from sttelnet.server.signals import on_signals
from sttelnet.server.stall import StallWatch
from sttelnet.server.verbs import Verbs
from sttelnet.server.watches import watch_accounts, watch_scripts
from sttelnet.store import Store
from sttelnet.tree import CHECKS_FOLDER, Change
from sttelnet.words import count_words

if TYPE_CHECKING:
    from sttelnet.server.tls import Tls

log = event_logger(__name__)

SIGNAL = Actor("signal")


class Server:
    """One daemon, from start to drained."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._began = time.perf_counter()
        self._stop = asyncio.Event()
        self._stop_now = asyncio.Event()
        self._tasks: asyncio.TaskGroup | None = None
        self.started = asyncio.Event()
        self.ports: list[int] = []
        self.site = Site(plan.scripts)
        self.hub = LocalHub()
        self._pulse = Pulse()
        self.admission = Admission(lambda: self.services.config)
        self._reload = Reload(plan, lambda: self.services, self.site, self._spread)
        self._notifier = Notifier(os.environ)

    async def run(self) -> int:
        """Serve until told to stop; return the exit status. Raises TreeError, StoreError, OSError at start."""
        plan, config = self._plan, self._plan.config
        passwords = Passwords()
        health = Health(config.health)
        # The first page shall have figures; taking them needs 0.1 s, in which the rest is made ready.
        self._sampled = asyncio.get_running_loop().run_in_executor(None, health.sample_now)
        try:
            change = self.site.load()
            log_problems(change.fresh)
            self.site.tree.require(strict=plan.strict)
            announce_tree(plan, self.site.tree)
            warn_of(config)
            await self._read_certificate()
            async with Store.open(plan.database) as store:
                self.members = Members(
                    store,
                    passwords,
                    config.members,
                    all_loopback=_all_loopback(config),
                    on_failure=self.admission.log_in_failed,
                )
                self.members.shell = config.shell
                self.areas = await self._open_areas(store)
                await self._staff(store, health)
                self.clients.tls = self.tls
                self.services = Services(
                    config,
                    self.site.tree,
                    self.members,
                    self.hub,
                    health,
                    store,
                    plan.files,
                    self.areas,
                    self.mail,
                    self.operations,
                    self.checks,
                    self.history,
                )
                await self._serve(store, health)
        finally:
            health.close()
            passwords.close()
            self._notifier.close()
        return 0

    async def _staff(self, store: Store, health: Health) -> None:
        """Make what brings messages, and what operators act through."""
        self.mail = Mail(self.hub, store, lambda: self.services.config.people.mailbox)
        self.audit_file = AuditFile(store.audit, self._audit_path)
        self.bans = Bans(store)
        await self.bans.load()
        self.handover = Handover(self.bans.all, lambda: self.services.config.bans.command, self._plan.home)
        self.history = History(store, lambda: self.services.config.health.history)
        outgoing = Settings(
            lambda: self.services.config.health,
            lambda: self.services.config.server.name or health.snapshot().name or "sttelnet",
            self._plan.home,
        )
        self.alerts = Alerts(self.members, self.mail, [Outgoing(way) for way in ways(outgoing)])
        self.checks = Checks(
            self._check_settings,
            Sources(health.snapshot, health.services, self._figures, self._plan.home),
            store.checks,
            self.alerts.tell,
        )
        self.checks.keep = lambda name, at, result: self.history.take(name, at, result.figures)
        self.countdown = Countdown(self.hub.tell_everybody, self.stop)
        self.clients = Clients(lambda: self.services, self.site, self.admission, self.bans, self.countdown, self._pulse)
        self.operations = Operations(
            Daemon(
                self.hub,
                store,
                self.bans,
                self.admission,
                self.countdown,
                lambda: {number: session.desk for number, session in self.clients.sessions.items()},
                self.reload,
                lambda: self._reload.problems,
                self._figures,
            )
        )

    def _audit_path(self) -> Path | None:
        name = self.services.config.audit.file
        return self._plan.data / name if name else None

    async def _read_certificate(self) -> None:
        """Make TLS ready, where the site has a port for it. Raises ConfigError."""
        if self._plan.config.tls.port:
            # Here, for a daemon without the port is not to load it.
            from sttelnet.server.tls import Tls

            self._reload.tls = await Tls.start(self._plan.config.tls, self._plan.home)

    def _check_settings(self) -> CheckSettings:
        config = self.services.config
        return CheckSettings(
            self._plan.scripts / CHECKS_FOLDER,
            self._plan.home,
            config.checks,
            config.health.at_once,
            host_checks(config.health),
        )

    async def _open_areas(self, store: Store) -> Areas:
        plan = self._plan
        areas = Areas(store, plan.config.files, plan.home, scripts=plan.scripts, database=plan.database)
        for fault in await asyncio.to_thread(areas.prepare):
            log.error("%s", fault)
        return areas

    async def _serve(self, store: Store, health: Health) -> None:
        plan, config = self._plan, self._plan.config
        listeners = await listen(config.server.listen, config.server.port, self.clients.channel)
        try:
            found = addresses(listeners)
            self.ports = [port for _, port in found]
            plan.announce(f"database  {plan.database}")
            plan.announce("listening telnet  " + ", ".join(map(shown, found)))
            await self._sampled
            await self.checks.prepare()
            async with (
                self._listening_for_tls() as encrypted,
                open_http(self.services, self.operations.figures, plan.announce),
            ):
                await announce_admin(plan, self.members)
                await self._write_down_plaintext()
                with on_signals(self.stop, self._hang_up_signal), Exhaustion().noticed():
                    async with self._control():
                        await self._run_tasks([*listeners, *encrypted], store, health)
        finally:
            for listener in listeners:
                listener.close()

    @asynccontextmanager
    async def _listening_for_tls(self) -> AsyncIterator[list[asyncio.Server]]:
        """Listen on the second port meanwhile, where there is one. Raises TlsUnavailable."""
        if self.tls is None:
            yield []
            return
        from sttelnet.server.door import Door
        from sttelnet.server.tls import listening

        async with listening(self._plan.config.tls, lambda: Door(self.clients.knock), self._plan.announce) as listeners:
            yield listeners

    async def _write_down_plaintext(self) -> None:
        far = beyond_loopback(self._plan.config.server.listen)
        if far:
            await self.members.audit("plaintext", "", "", f"telnet without TLS on {', '.join(far)}")

    @asynccontextmanager
    async def _control(self) -> AsyncIterator[None]:
        """Answer `sttelnet ctl` meanwhile; a daemon that cannot serves all the same."""
        verbs = Verbs(self.operations, self.hub, self.mail, self.members, self.checks, self.alerts)
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(open_control(self._plan.data, verbs.answer))
            except ControlTaken:
                raise  # two on one database would tell everything twice
            except (ControlUnavailable, OSError) as error:
                log.warning("no control socket: %s", error)
            yield

    async def _run_tasks(self, listeners: list[asyncio.Server], store: Store, health: Health) -> None:
        async with asyncio.TaskGroup() as tasks:
            self._tasks = tasks
            self.clients.begin(tasks, HandlerThreads(self._plan.config.scripts.handler_threads))
            background = [
                tasks.create_task(keep_running(name, body), name=name) for name, body in self._background(store, health)
            ]
            announce_ready(self._plan, time.perf_counter() - self._began, self.ports[0])
            self._notifier.send(READY=1)
            self.started.set()
            with self._watched():
                await self._stop.wait()
                self._notifier.send(STOPPING=1, EXTEND_TIMEOUT_USEC=self._longest_stop())
                await self.clients.drain(self._stop_now)
            await self.alerts.finish()
            await self.handover.finish()
            for listener in listeners:  # not before: whoever calls meanwhile is told
                listener.close()
            self.clients.end()
            for task in background:
                task.cancel()
            await self.mail.flush()
            await self.history.flush()
            await store.audit.flush()
            await self.audit_file.finish()

    def _background(self, store: Store, health: Health) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        tasks: list[tuple[str, Callable[[], Awaitable[None]]]] = [
            ("health", health.run),
            ("checks", self.checks.run),
            ("history", self.history.run),
            *self.alerts.tasks(),
            ("bans", self.handover.run),
            ("sweep", self.clients.sweep),
            ("mail", self.mail.run),
            ("countdown", self.countdown.run),
            ("pulse", self._pulse.run),
            ("accounts", lambda: watch_accounts(store, self.hub, self.bans)),
            ("audit", store.audit.run),
            ("audit file", self.audit_file.run),
        ]
        if self._notifier.heard:
            tasks.append(("service manager", lambda: self._notifier.run(self._in_a_line)))
        if self.tls is not None:
            tasks.append(("certificate", self.tls.watch))
        if self._plan.config.scripts.reload:
            tasks.append(("scripts", lambda: watch_scripts(self.site, self._between_looks, self._spread)))
        return tasks

    def _watched(self) -> AbstractContextManager[None]:
        if not self._plan.owns_process:
            return nullcontext()
        return StallWatch(lambda: self.services.config.server.stall_timeout).watching()

    def _between_looks(self) -> float:
        return self.services.config.scripts.poll_interval

    def _in_a_line(self) -> str:
        words = f"{count_words(len(self.clients.sessions), 'client')}, health {self.checks.state().name}"
        return f"{words}, not reloaded: {self._reload.problems[0]}" if self._reload.problems else words

    def _spread(self, change: Change) -> None:
        log_problems(change.fresh)
        self.clients.scripts_changed(change.changed, change.fresh)
        if change.changed:
            log.info("scripts changed", keywords=" ".join(sorted(change.changed)))
        errors = sum(not problem.warning for problem in self.site.tree.problems)
        log.info("site looked at", pages=len(self.site.tree.scripts), errors=errors, handlers=len(self.site.handlers))

    @property
    def tls(self) -> Tls | None:
        """What the second port encrypts with; None where there is none."""
        return self._reload.tls

    # -- stop and reload

    def stop(self) -> None:
        """Tell the clients, let them go within the limit; called again: at once."""
        if self._stop.is_set():
            self._stop_now.set()
        self._stop.set()

    def _hang_up_signal(self) -> None:
        if self._tasks is not None and not self._stop.is_set():
            self._tasks.create_task(self._reload_or_log())

    async def _reload_or_log(self) -> None:
        try:
            await self.operations.reload(SIGNAL)
        except Exception:  # a failed reload leaves everything as it was; the daemon goes on
            log.exception("not reloaded")

    async def reload(self) -> list[str]:
        """Take up config.toml, certificate, scripts and site modules anew, all together; where anything is wrong, none.

        Returns what is wrong, a sentence each.
        """
        self.audit_file.reopen()
        self._notifier.send(RELOADING=1, MONOTONIC_USEC=time.monotonic_ns() // 1000)
        try:
            return await self._reload.run()
        finally:
            self._notifier.send(READY=1)

    def _longest_stop(self) -> int:
        """Return the microseconds a stop may take: drain, and what is written at the end."""
        return round((self.services.config.server.drain_timeout + 20) * 1_000_000)

    def _figures(self) -> Figures:
        """Return how the daemon itself does."""
        everybody = self.hub.presences()
        return Figures(
            started=self._pulse.started,
            sessions=len(self.clients.sessions),
            most_sessions=self.services.config.server.max_sessions,
            members=sum(presence.user_id is not None for presence in everybody),
            calls=self.hub.calls,
            received=self._pulse.traffic.received,
            sent=self._pulse.traffic.sent,
            lag=self._pulse.lag,
            memory=process.resident(),
            warnings=RECENT.warnings,
            errors=RECENT.errors,
            pages=len(self.site.tree.scripts),
            problems=sum(not problem.warning for problem in self.site.tree.problems),
            leaving=self.countdown.left,
        )


def _all_loopback(config: Config) -> bool:
    """Whether nobody but this machine reaches the daemon."""
    return not beyond_loopback((*config.server.listen, *(config.tls.listen if config.tls.port else ())))
