"""A reload: config.toml, certificate, scripts and handlers are taken up together, or none of them is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from sttelnet.client import Services
from sttelnet.config import Config, compare
from sttelnet.errors import ConfigError
from sttelnet.handlers.site import Site
from sttelnet.logs import event_logger
from sttelnet.server.console import warn_of
from sttelnet.server.plan import Plan
from sttelnet.tree import Change

if TYPE_CHECKING:
    from sttelnet.server.tls import Tls

log = event_logger(__name__)


class Reload:
    """Reads everything, decides once, and then switches without a pause."""

    def __init__(
        self, plan: Plan, services: Callable[[], Services], site: Site, spread: Callable[[Change], None]
    ) -> None:
        self._plan, self._services, self._site, self._spread = plan, services, site, spread
        self.tls: Tls | None = None  # None: no port for it
        self.problems: list[str] = []  # of config.toml and what it names, when it was read last
        self._one_at_a_time = asyncio.Lock()

    async def run(self) -> list[str]:
        """Take up everything anew; return what is wrong, a sentence each, and then nothing has changed."""
        async with self._one_at_a_time:
            try:
                problems = await self._decide()
            except OSError as error:  # the folder cannot be read now
                problems = [str(error)]
        for problem in problems:
            log.error("not reloaded: %s", problem)
        return problems

    async def _decide(self) -> list[str]:
        config = self._read_config()
        credential = await self.tls.read(config.tls) if self.tls is not None and config and config.tls.port else None
        if isinstance(credential, str):
            self.problems.append(credential)
        areas = self._services().areas
        async with self._site.examined() as look:
            problems = self.problems + [str(problem) for problem in look.errors]
            if config is None or isinstance(credential, str) or problems:
                return problems
            places, self.problems = await asyncio.to_thread(areas.examine, config.files)
            if self.problems:
                return self.problems
            # It is decided, and nothing waits any more: nobody sees some of it new and some of it old.
            self._switch(config)
            if self.tls is not None and credential is not None:
                self.tls.take(credential)
            areas.take(config.files, places)
            change = self._site.take(look)
        if change.changed or change.fresh:
            self._spread(change)
        log.info("reloaded")
        return []

    def _read_config(self) -> Config | None:
        self.problems = []
        try:
            return self._plan.config_reload()
        except ConfigError as error:
            self.problems = [str(problem) for problem in error.problems]
        except OSError as error:
            self.problems = [str(error)]
        return None

    def _switch(self, config: Config) -> None:
        services = self._services()
        for key in compare(services.config, config).restart:
            log.warning("%s takes effect at the next start", key)
        closed = services.config.guests.enabled and not config.guests.enabled
        services.config = config
        if closed:
            services.hub.guests_changed()  # those who are on as guests are led to the log-in
        self._plan.config_taken(config)
        warn_of(config)
        services.members.config, services.members.shell = config.members, config.shell
        services.health.config = config.health
