"""What is told over HTTP: the one place that knows where it comes from."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from sttelnet.administration import Figures
from sttelnet.client import Services
from sttelnet.health import Check, Reading
from sttelnet.health.plugin import Figure
from sttelnet.http import Scrape, Watched


class Scraped:
    """What is told: the one place that knows where it comes from."""

    def __init__(self, services: Services, figures: Callable[[], Figures]) -> None:
        self._services, self._figures = services, figures

    def host(self) -> str:
        """Return what the host is called."""
        return self._services.config.server.name or socket.gethostname()

    def scrape(self) -> Scrape:
        """Return how everything is."""
        health, checks = self._services.health, self._services.checks
        known = [check for check in checks.all() if check.ran_at or check.track.hard is not None]
        titles = {check.definition.title for check in known}
        own = [_of_reading(one) for one in health.readings() if one.name not in titles]
        return Scrape(health.state(), (*own, *map(_of_check, known)), self._figures())


def _of_check(check: Check) -> Watched:
    return Watched(
        check.name,
        check.definition.title,
        check.state,
        check.result.text,
        check.since or None,
        check.ran_at or None,
        check.took if check.ran_at else None,
        check.result.figures,
        acknowledged=bool(check.ack_by),
        muted=check.muted_until > time.time(),
    )


def _of_reading(reading: Reading) -> Watched:
    now = time.time()
    since = now - (time.monotonic() - reading.since)
    figures = () if reading.percent is None else (Figure(reading.name, reading.percent, "%"),)
    return Watched(reading.name, reading.name, reading.state, reading.value, since, now, None, figures)
