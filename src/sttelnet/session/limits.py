"""How long a client may take: idle, logging in, obeying a hang-up."""

from __future__ import annotations

import enum

from sttelnet.config import ServerConfig
from sttelnet.session.access import LOG_IN_PAGES

OBEY_WITHIN = 30.0  # seconds a session may take to obey a hang-up: a handler may hold it


class Overrun(enum.Enum):
    """Which limit is over; the value is the sentence the client is shown."""

    IDLE = "Nothing came from you for a while: goodbye."
    LOG_IN = "Logging in took too long: goodbye."
    HANG_UP = ""  # told before, and not obeyed


class TimeLimits:
    """One session's clocks; times are the event loop's."""

    __slots__ = ("_log_in_since", "_told_at", "active", "since")

    def __init__(self, now: float) -> None:
        self.since = self.active = now
        self._log_in_since: float | None = None
        self._told_at: float | None = None

    def enter(self, keyword: str, now: float) -> None:
        """Note a move: the grace runs from entering log-in or registration until it succeeds or is left."""
        if keyword not in LOG_IN_PAGES:
            self._log_in_since = None
        elif self._log_in_since is None:
            self._log_in_since = now

    def logged_in(self) -> None:
        """Note that logging in has succeeded."""
        self._log_in_since = None

    def told_to_leave(self, now: float) -> None:
        """Note that the session was told to hang up."""
        self._told_at = now

    @property
    def told(self) -> bool:
        """Whether the session was told to hang up."""
        return self._told_at is not None

    def overrun(self, now: float, server: ServerConfig) -> Overrun | None:
        """Return the limit that is over, if one is."""
        if self._told_at is not None:
            return Overrun.HANG_UP if now - self._told_at > OBEY_WITHIN else None
        if self._log_in_since is not None:
            return Overrun.LOG_IN if now - self._log_in_since > server.login_grace else None
        return Overrun.IDLE if now - self.active > server.idle_timeout else None

    def next_look(self, now: float, server: ServerConfig) -> float:
        """Return when a limit can be over at the earliest, whatever the session does until then."""
        if self._told_at is not None:
            return self._told_at + OBEY_WITHIN
        logs_in = now if self._log_in_since is None else self._log_in_since
        # It may begin to log in, stop it, or be told to leave, right after this look.
        return min(self.active + server.idle_timeout, logs_in + server.login_grace, now + OBEY_WITHIN)
