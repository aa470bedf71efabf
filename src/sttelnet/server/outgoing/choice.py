"""The ways there are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sttelnet.config import HealthConfig
from sttelnet.server.outgoing.batch import Way
from sttelnet.server.outgoing.mail import MailWay
from sttelnet.server.outgoing.program import ProgramWay
from sttelnet.server.outgoing.webhook import WebhookWay


@dataclass(frozen=True, slots=True)
class Settings:
    """What the ways go by. Files and programs they name count from `home`."""

    health: Callable[[], HealthConfig]
    host: Callable[[], str]  # what this host is called
    home: Path


def ways(settings: Settings) -> tuple[Way, ...]:
    """Return every way there is, configured or not: a reload may change that."""
    return (
        ProgramWay(lambda: settings.health().on_change, settings.home),
        WebhookWay(lambda: settings.health().webhook, settings.host, settings.home),
        MailWay(lambda: settings.health().mail, settings.host, settings.home),
    )
