"""Processes: how many there are of a name, or of a command line."""

from __future__ import annotations

from typing import Final

from sttelnet.health.figures import NO_ANSWER
from sttelnet.health.host import read_running
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.judging import judged, unknown
from sttelnet.health.probes.matching import TOO_SLOW, matches
from sttelnet.health.probes.model import Asked
from sttelnet.words import size_words

MOST_SHOWN: Final = 20


def look_at_processes(asked: Asked, deadline: float) -> Result:
    """Count the processes. Blocks. Command lines are matched and never shown: they may hold passwords."""
    running = read_running(asked.target, commands=bool(asked.match))
    if running is None:
        return unknown(NO_ANSWER)
    if asked.match:
        found = matches(asked.match, [process.command for process in running], deadline)
        if found is None:
            return unknown(TOO_SLOW)
        running = tuple(process for process, is_one in zip(running, found, strict=True) if is_one)
    memory = sum(process.resident for process in running)
    what = f" of {asked.target}" if asked.target else ""
    words = f"no process{what}"
    if running:
        words = f"{len(running)} process{'' if len(running) == 1 else 'es'}{what}, {size_words(memory)}"
    rows = [f"{process.pid} {process.name} {size_words(process.resident)}" for process in running[:MOST_SHOWN]]
    if len(running) > MOST_SHOWN:
        rows.append(f"and {len(running) - MOST_SHOWN} more")
    count = Figure("processes", len(running), "", asked.warning, asked.critical, 0)
    return judged(words, count, Figure("memory", memory, "B", least=0), further="\n".join(rows))


def process_fault(asked: Asked) -> str:
    """Return what is wrong: there must be something to look for."""
    return "" if asked.target or asked.match else "process needs a target, its name, or a match over command lines"
