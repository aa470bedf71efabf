"""E-mail by SMTP: `[health.mail]`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sttelnet.config import MailConfig
from sttelnet.health import Alert, State
from sttelnet.server.outgoing.batch import Batch, Failure
from sttelnet.server.outgoing.errand import Errands
from sttelnet.server.outgoing.letter import letter_of
from sttelnet.server.outgoing.smtp import send

GATHER: Final = 5.0  # seconds; a host that goes down changes many checks at once
MOST: Final = 200  # changes in one mail
SECONDS: Final = 55.0  # for a try: servers that look for spam let one wait


class MailWay:
    """Sends what changes within some seconds in one mail."""

    name = "health.mail"
    most = MOST

    def __init__(
        self, config: Callable[[], MailConfig], host: Callable[[], str], home: Path, *, gather: float = GATHER
    ) -> None:
        self._config, self._host, self._home, self.gather = config, host, home, gather
        self._errands = Errands("health mail")

    @property
    def on(self) -> bool:
        """Whether there is a server, and somebody to write to."""
        config = self._config()
        return bool(config.server and config.to)

    def wants(self, alert: Alert) -> bool:
        """Whether it is bad enough, or was."""
        return self._config().least == "warning" or State.CRITICAL in {alert.change.before, alert.change.after}

    async def tell(self, batch: Batch) -> Failure | None:
        """Send one mail about all of it."""
        config = self._config()
        letter = letter_of(batch, config, self._host())
        return await self._errands.run(functools.partial(send, config, self._home, letter), SECONDS)
