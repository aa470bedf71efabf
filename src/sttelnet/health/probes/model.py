"""What a probe is given and what it is: a check that runs inside the daemon. Inert values."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from sttelnet.administration import Figures
from sttelnet.health.figures import Host, Service
from sttelnet.health.plugin import Result
from sttelnet.health.probes.matching import pattern_problem
from sttelnet.health.ranges import Range

LONGEST_TARGET: Final = 4096


@dataclass(frozen=True, slots=True)
class Asked:
    """What the site asks of a probe."""

    target: str = ""  # what is looked at: "host:port", a URL, a path, the name of a process or service
    match: str = ""  # a regular expression, where the probe has one
    warning: Range | None = None  # over the probe's main figure; None: the probe's own
    critical: Range | None = None
    timeout: float = 10.0  # seconds; the probe itself gives up a little earlier, so as to say why


@dataclass(frozen=True, slots=True)
class Sources:
    """What the daemon gives its probes."""

    host: Callable[[], Host]  # the last sample
    services: Callable[[], Awaitable[tuple[Service, ...] | None]]  # None: no answer; (): no manager that is known
    daemon: Callable[[], Figures | None]  # None where nobody can tell
    home: Path = Path()  # what relative paths are counted from


class Probe(Protocol):
    """One check's probe; it lives as long as the check and may keep what it has seen."""

    async def run(self) -> Result:
        """Look once. Never raises for what it meets; may be cancelled at any time."""


def no_problem(asked: Asked) -> str:
    """Find nothing wrong."""
    del asked
    return ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of probe: what it looks at, and what stands where the site says nothing."""

    name: str
    figures: tuple[str, ...]  # the labels of all it may give; `warning` and `critical` are over the first
    build: Callable[[Asked, Sources], Probe]
    target: str = ""  # what the target means; "": it has none
    match: str = ""  # what the pattern means; "": it has none
    needs: tuple[str, ...] = ()  # which of "target", "match" must be given
    warning: Range | None = None
    critical: Range | None = None
    retries: int = 3  # 1 where a second look finds nothing, because the first has taken it
    fault: Callable[[Asked], str] = no_problem  # what is wrong with a target this kind cannot use

    def make(self, asked: Asked, sources: Sources) -> Probe:
        """Return a probe of what is asked; where the site gives no limit, this kind's own holds (`~:` is none)."""
        warning = self.warning if asked.warning is None else asked.warning
        critical = self.critical if asked.critical is None else asked.critical
        return self.build(replace(asked, warning=warning, critical=critical), sources)

    def problem(self, asked: Asked) -> str:
        """Return what is wrong with what is asked, with the cure; "" if nothing is."""
        for key, value, meaning in (("target", asked.target, self.target), ("match", asked.match, self.match)):
            if value and not meaning:
                return f"{self.name} has no {key}: take it out"
            if key in self.needs and not value:
                return f"{self.name} needs a {key}: {meaning}"
        if len(asked.target) > LONGEST_TARGET or "\0" in asked.target:
            return f"the target is too long or has a NUL in it: give {self.target}"
        return pattern_problem(asked.match) or self.fault(asked)
