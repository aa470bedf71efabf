"""The port of /healthz and /metrics: where it is, and what is told there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sttelnet.administration import Figures
from sttelnet.client import Services
from sttelnet.config import HttpConfig, beyond_loopback
from sttelnet.errors import HttpUnavailable
from sttelnet.logs import event_logger
from sttelnet.server.listeners import addresses, listen, listening_fault, shown

log = event_logger(__name__)


@asynccontextmanager
async def open_http(
    services: Services, figures: Callable[[], Figures], announce: Callable[[str], None]
) -> AsyncIterator[None]:
    """Answer over HTTP while the block runs, where the site has a port for it. Raises HttpUnavailable."""
    config = services.config.http
    if not config.port:
        yield
        return
    # Here, for a daemon without the port is not to load them.
    from sttelnet.http import METRICS_MISSING, Desk, Pages, can_measure
    from sttelnet.http.request import Request
    from sttelnet.http.response import Response
    from sttelnet.server.scraping import Scraped

    pages = Pages(Scraped(services, figures), lambda: services.config.http)

    async def answer(request: Request, *, near: bool) -> Response:
        # Where a proxy stands in front, everybody seems to be on this machine.
        return await pages.answer(request, near=near and services.config.server.trusted_loopback)

    desk = Desk(answer)
    listeners = await _listen(config, desk.protocol)
    try:
        places = ", ".join(map(shown, addresses(listeners)))
        announce(f"listening http  {places}   /healthz{' /metrics' if can_measure() else ''}")
        _warn(config)
        if not can_measure():
            log.warning("%s", METRICS_MISSING)
        async with desk.serving():
            yield
    finally:
        for listener in listeners:
            listener.close()


async def _listen(config: HttpConfig, factory: Callable[[], asyncio.Protocol]) -> list[asyncio.Server]:
    try:
        return await listen(config.listen, config.port, factory)
    except OSError as error:
        raise HttpUnavailable(listening_fault(error, "http", config.listen, config.port)) from error


def _warn(config: HttpConfig) -> None:
    """Say what others can read."""
    far = beyond_loopback(config.listen)
    if far:
        what = "every check, all figures and metrics" if config.public else "the state of this host"
        log.warning("http.listen: whoever reaches %s can read %s", ", ".join(far), what)
