"""The daemon itself: sessions, how late its event loop is, memory, errors."""

from __future__ import annotations

from dataclasses import dataclass

from sttelnet.health.figures import NO_FIGURE
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.judging import judged, unknown
from sttelnet.health.probes.model import Asked, Sources
from sttelnet.health.states import State
from sttelnet.words import count_words, size_words


@dataclass(frozen=True, slots=True)
class DaemonProbe:
    """How sttelnet does. Errors in its scripts, and no room for another session, are a WARNING."""

    asked: Asked
    sources: Sources

    async def run(self) -> Result:
        """Look once."""
        now = self.sources.daemon()
        if now is None:
            return unknown(NO_FIGURE)
        words = [f"{now.sessions} of {count_words(now.most_sessions, 'session')}", f"{1000 * now.lag:.0f} ms late"]
        figures = [
            Figure("lag", round(now.lag, 4), "s", self.asked.warning, self.asked.critical, 0),
            Figure("sessions", now.sessions, least=0, most=now.most_sessions),
            Figure("errors", now.errors, "c", least=0),
            Figure("problems", now.problems, least=0),
        ]
        if now.memory is not None:
            words.append(size_words(now.memory))
            figures.append(Figure("memory", now.memory, "B", least=0))
        if now.problems:
            words.append(f"{count_words(now.problems, 'error')} in scripts")
        is_full = now.sessions >= now.most_sessions
        return judged(", ".join(words), *figures, state=State.WARNING if now.problems or is_full else State.OK)
