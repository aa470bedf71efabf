"""Services: systemd's units, Windows' services."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from sttelnet.health.figures import NO_ANSWER, Service
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.judging import judged, unknown
from sttelnet.health.probes.model import Asked, Sources
from sttelnet.health.states import State

MOST_NAMES: Final = 100


class Standing(enum.Enum):
    """How a service does."""

    RUNNING = enum.auto()
    MOVING = enum.auto()  # it starts, stops or restarts
    DOWN = enum.auto()


# systemd's sub-states of a service unit that is active (systemctl --state=help); one that has exited and is active is
# a task that was done at the start and stays done. What is listed nowhere here is down.
_RUNNING: Final = frozenset({"running", "exited", "mounted", "listening", "active"})
_MOVING: Final = frozenset({
    "condition", "start-pre", "start", "start-post", "reload", "reload-signal", "reload-notify", "stop",
    "stop-watchdog", "stop-sigterm", "stop-sigkill", "stop-post", "final-sigterm", "final-sigkill", "auto-restart",
    "auto-restart-queued", "start pending", "stop pending", "continue pending", "pause pending", "paused",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ServiceProbe:
    """Services by their names."""

    asked: Asked
    sources: Sources

    async def run(self) -> Result:
        """Look once."""
        services = await self.sources.services()
        if services is None:
            return unknown(NO_ANSWER)
        if not services:
            return unknown("this host has no service manager that is known here")
        return self._judged([(name, find_service(services, name)) for name in names_of(self.asked)])

    def _judged(self, found: list[tuple[str, Service | None]]) -> Result:
        standings = [standing(service) for _, service in found]
        words = [f"{name} {service.state if service else 'is not running'}" for name, service in found]
        down = Figure(
            "down", standings.count(Standing.DOWN), "", self.asked.warning, self.asked.critical, 0, len(found)
        )
        wrong = [word for word, one in zip(words, standings, strict=True) if one is not Standing.RUNNING]
        state = State.WARNING if Standing.MOVING in standings else State.OK
        return judged(", ".join(wrong or words), down, state=state, further="\n".join(words) if found[1:] else "")


def names_of(asked: Asked) -> list[str]:
    """Return the names that are asked for."""
    return [name for part in asked.target.split(",") if (name := part.strip())]


def find_service(services: tuple[Service, ...], name: str) -> Service | None:
    """Return a service by its name, or on Windows by what it is called there; None: systemd forgets what is stopped."""
    wanted = name.removesuffix(".service").casefold()
    for service in services:
        if service.name.casefold() == wanted:
            return service
    return next((service for service in services if service.description.casefold() == wanted), None)


def standing(service: Service | None) -> Standing:
    """Return how a service does."""
    if service is None or service.failed:
        return Standing.DOWN
    if service.state in _RUNNING:
        return Standing.RUNNING
    return Standing.MOVING if service.state in _MOVING else Standing.DOWN


def service_fault(asked: Asked) -> str:
    """Return what is wrong with the names."""
    names = names_of(asked)
    if not names or len(names) > MOST_NAMES:
        return f"service needs 1 to {MOST_NAMES} names, commas between them"
    return ""
