"""JSON to a web service, by POST: `[health.webhook]`. RFC 9110, RFC 6750 (bearer tokens).

No redirect is followed: a POST that is sent on may go where its token should not.
"""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from sttelnet.config import WebhookConfig
from sttelnet.health import Alert
from sttelnet.server.outgoing.batch import Batch, Failure
from sttelnet.server.outgoing.body import body_of
from sttelnet.server.outgoing.errand import Errands, Lifeline
from sttelnet.server.outgoing.faults import reason_of
from sttelnet.server.outgoing.secret import IN_THE_CLEAR, may_be_sent, read_secret

SPARE: Final = 1.0  # seconds a try may take beyond the limit of each of its steps

_FILE_KEY: Final = "health.webhook.token_file"
_NO_ADDRESS: Final = Failure("health.webhook.url is no address", again=False)
_AGAIN: Final = frozenset({408, 429})  # of 4xx: Request Timeout, Too Many Requests


class WebhookWay:
    """Sends each change by itself."""

    name = "health.webhook"
    gather = 0.0
    most = 1

    def __init__(self, config: Callable[[], WebhookConfig], host: Callable[[], str], home: Path) -> None:
        self._config, self._host, self._home = config, host, home
        self._errands = Errands("health webhook")

    @property
    def on(self) -> bool:
        """Whether there is an address."""
        return bool(self._config().url)

    def wants(self, alert: Alert) -> bool:
        """It is told of every change."""
        return True

    async def tell(self, batch: Batch) -> Failure | None:
        """Send it, within the time limit."""
        config = self._config()
        body = body_of(batch.alerts[0], batch.id, self._host())
        errand = functools.partial(_post, config, self._home, body)
        return await self._errands.run(errand, config.timeout + SPARE)


def _post(config: WebhookConfig, home: Path, body: bytes, lifeline: Lifeline) -> Failure | None:
    try:
        address = urlsplit(config.url)
        connection = _connection(address, config.timeout)
    except ValueError:
        return _NO_ADDRESS
    headers = _headers(config, home, address)
    if isinstance(headers, Failure):
        return headers
    lifeline.hold(connection)
    try:
        connection.request("POST", _target(address), body, headers)
        return _judged(connection.getresponse().status)  # nobody reads the rest
    except (OSError, HTTPException, ValueError) as error:  # ValueError: a host no address can be made of
        return Failure(reason_of(error))
    finally:
        connection.close()


def _connection(address: SplitResult, timeout: float) -> HTTPConnection:
    """Return a connection to be opened. Raises ValueError."""
    host = address.hostname or ""
    if address.scheme == "https":
        return HTTPSConnection(host, address.port, timeout=timeout, context=ssl.create_default_context())
    return HTTPConnection(host, address.port, timeout=timeout)


def _target(address: SplitResult) -> str:
    return (address.path or "/") + (f"?{address.query}" if address.query else "")


def _headers(config: WebhookConfig, home: Path, address: SplitResult) -> dict[str, str] | Failure:
    headers = {"Content-Type": "application/json", "User-Agent": "sttelnet", "Connection": "close"}
    if not config.token_file:
        return headers
    if not may_be_sent(address.hostname or "", tls=address.scheme == "https"):
        return Failure(f"{_FILE_KEY}: {IN_THE_CLEAR}", again=False)
    token = read_secret(home / config.token_file, _FILE_KEY)
    return token if isinstance(token, Failure) else {**headers, "Authorization": f"Bearer {token}"}


def _judged(status: int) -> Failure | None:
    """Return None for a status that says it is done. What else is refused for good is not sent again."""
    if 200 <= status < 300:
        return None
    return Failure(f"the service answered {status}", again=status >= 500 or status in _AGAIN)
