"""The host's own figures as probes: what the daemon samples anyway is only judged here."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sttelnet.health.figures import NO_FIGURE, Host, Usage, cpu_words
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.judging import judged, unknown
from sttelnet.health.probes.model import Asked, Sources
from sttelnet.words import span_words


@dataclass(frozen=True, slots=True)
class Hosted:
    """A probe of the last sample."""

    asked: Asked
    sources: Sources
    look: Callable[[Asked, Host], Result]

    async def run(self) -> Result:
        """Judge the last sample."""
        return self.look(self.asked, self.sources.host())


def look_at_cpu(asked: Asked, host: Host) -> Result:
    """Return how busy all cores together are."""
    if host.cpu is None:
        return unknown(NO_FIGURE)
    return judged(cpu_words(host), percent_figure("cpu", host.cpu, asked))


def look_at_memory(asked: Asked, host: Host) -> Result:
    """Return how full the memory is."""
    return _usage(asked, host.memory)


def look_at_swap(asked: Asked, host: Host) -> Result:
    """Return how full the swap space is; having none is fine."""
    if host.swap is not None and not host.swap.total:
        return judged("no swap space")
    return _usage(asked, host.swap)


def look_at_load(asked: Asked, host: Host) -> Result:
    """Return the load average of five minutes by the core, which one limit fits on all hosts."""
    if host.load is None or not host.cores:
        return unknown(NO_FIGURE)
    each = host.load[1] / host.cores
    averages = [Figure(f"load{minutes}", load, least=0) for minutes, load in zip((1, 5, 15), host.load, strict=True)]
    shown = ", ".join(f"{load:.2f}" for load in host.load)
    main = Figure("load", round(each, 3), "", asked.warning, asked.critical, 0)
    cores = f"{host.cores} core{'' if host.cores == 1 else 's'}"
    return judged(f"{each:.2f} for each core ({shown} on {cores})", main, *averages)


def look_at_uptime(asked: Asked, host: Host) -> Result:
    """Return for how long the host has been up."""
    if host.boot is None:
        return unknown(NO_FIGURE)
    seconds = max(0.0, round(time.time() - host.boot))
    return judged(f"up {span_words(seconds)}", Figure("uptime", seconds, "s", asked.warning, asked.critical, 0))


def percent_figure(label: str, percent: float, asked: Asked) -> Figure:
    """Return a percentage with the limits that are asked for."""
    return Figure(label, round(percent, 2), "%", asked.warning, asked.critical, 0, 100)


def _usage(asked: Asked, usage: Usage | None) -> Result:
    if usage is None:
        return unknown(NO_FIGURE)
    used = Figure("bytes", usage.used, "B", least=0, most=usage.total)
    return judged(str(usage), percent_figure("used", usage.percent, asked), used)
