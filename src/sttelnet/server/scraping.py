"""What is told over HTTP: the one place that knows where it comes from."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

from sttelnet.administration import Figures
from sttelnet.client import Services
from sttelnet.health import Check
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
        checks = self._services.checks
        return Scrape(checks.state(), tuple(map(_of_check, checks.seen())), self._figures())


def _of_check(check: Check) -> Watched:
    return Watched(
        check.name,
        check.definition.title,
        check.state,
        check.text,
        check.since or None,
        check.ran_at or None,
        check.took if check.ran_at else None,
        check.result.figures,
        acknowledged=bool(check.ack_by),
        muted=check.muted_until > time.time(),
    )
