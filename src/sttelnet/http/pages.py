"""Which path gives what, and how much of it to whom."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from sttelnet.charset import one_line
from sttelnet.config import HttpConfig
from sttelnet.http.healthz import health, status_only
from sttelnet.http.hosts import is_ours
from sttelnet.http.request import Refused, Request
from sttelnet.http.response import Response, sentence
from sttelnet.http.source import Scrape, Source, label
from sttelnet.script.suggest import did_you_mean

METRICS_MISSING: Final = "There are no metrics: pip install 'sttelnet[metrics]' brings what makes them."

_NOT_SHOWN: Final = Refused(HTTPStatus.FORBIDDEN, "That is for this machine alone (http.public in config.toml).")
_NOT_FOUND: Final = Refused(HTTPStatus.NOT_FOUND, "There is /healthz, /healthz/NAME and /metrics.")
_NO_METRICS: Final = Refused(HTTPStatus.NOT_IMPLEMENTED, METRICS_MISSING)
# RFC 9110 15.5.20
_MISDIRECTED: Final = Refused(
    HTTPStatus.MISDIRECTED_REQUEST,
    "Ask by an address, localhost or this host's own name (http.names in config.toml has others).",
)


def can_measure() -> bool:
    """Whether the library behind /metrics is there."""
    return importlib.util.find_spec("prometheus_client") is not None


class Pages:
    """Answers requests. `config` is read at every one of them."""

    def __init__(self, source: Source, config: Callable[[], HttpConfig]) -> None:
        self._source, self._config = source, config
        self._own_name = socket.gethostname()

    async def answer(self, request: Request, *, near: bool) -> Response:
        """Answer a request; `near` is one from this machine."""
        config = self._config()
        if not is_ours(request.host, (self._own_name, *config.listen, *config.names)):
            return sentence(_MISDIRECTED)
        shown = near or config.public
        match request.path.split("/", 2)[1:]:
            case ["healthz"]:
                return await self._healthz(request.name, shown=shown)
            case ["healthz", name]:
                return await self._healthz(name or request.name, shown=shown)
            case ["metrics"]:
                return await self._metrics(request) if shown else sentence(_NOT_SHOWN)
            case _:
                return sentence(_NOT_FOUND)

    async def _healthz(self, name: str, *, shown: bool) -> Response:
        scrape = self._source.scrape()
        if name and not shown:
            return sentence(_NOT_SHOWN)  # whether there is such a check is no business of theirs either
        if not shown:
            return status_only(scrape.state)
        if not name:
            # In a thread: thousands of values take 0.05 s to write.
            return await asyncio.to_thread(health, scrape.state, scrape.watched, self._source.host())
        folded = name.casefold()
        for one in scrape.watched:
            if folded in {one.name.casefold(), one.title.casefold()}:
                return health(one.state, (one,), self._source.host())
        cure = did_you_mean(label(name), (one.name for one in scrape.watched))
        words = f'Nothing called "{one_line(name)[:40]}" is watched here{f" ({cure})" if cure else ""}.'
        return sentence(Refused(HTTPStatus.NOT_FOUND, words))

    async def _metrics(self, request: Request) -> Response:
        # In a thread: the library takes 0.05 s to load, and writing thousands of values takes as long.
        found = await asyncio.to_thread(_rendered, self._source.scrape(), request.accept)
        if found is None:
            return sentence(_NO_METRICS)
        text, media_type = found
        return Response(HTTPStatus.OK, text, media_type)


def _rendered(scrape: Scrape, accept: str) -> tuple[bytes, str] | None:
    try:
        from sttelnet.http.metrics import render
    except ImportError:
        return None
    return render(scrape, accept)
