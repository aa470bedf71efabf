"""What goes out, and what a way out is."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field
from typing import Protocol

from sttelnet.health import Alert


@dataclass(frozen=True, slots=True)
class Batch:
    """Changes that go out together; each try of them has the same identity, so that a receiver can know it again."""

    alerts: tuple[Alert, ...]  # one at least, the oldest first
    at: float = field(default_factory=time.time)  # seconds since 1970
    id: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a try has failed, in words that may be logged; `again` where a later one may not."""

    why: str
    again: bool = True


class Way(Protocol):
    """One way out. What it is told to do stands in config.toml and is read anew at each use."""

    name: str  # the key or table of config.toml: "health.webhook"
    gather: float  # seconds in which what comes behind the first change goes out with it
    most: int  # changes that go out together at most

    @property
    def on(self) -> bool:
        """Whether it is configured."""

    def wants(self, alert: Alert) -> bool:
        """Whether such a change goes out on it, where it is configured."""

    async def tell(self, batch: Batch) -> Failure | None:
        """Try once to tell of a batch, within a minute; return None where it is told."""
