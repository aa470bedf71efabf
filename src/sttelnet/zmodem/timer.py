"""One timer that is told the time."""

from __future__ import annotations


class Timer:
    """Runs from the first look at it after `start`, so that who starts it need not know the time."""

    def __init__(self) -> None:
        self.due: float | None = None
        self.waited = 0.0  # seconds waited in vain since `reset`
        self._wait: float | None = None

    def start(self, seconds: float) -> None:
        """Begin anew."""
        self._wait, self.due = seconds, None

    def reset(self) -> None:
        """Forget what was waited in vain."""
        self.waited = 0.0

    def stop(self) -> None:
        """Wait for nothing."""
        self._wait = self.due = None

    def expired(self, now: float) -> bool:
        """Whether its time has come; then it stands still."""
        if self._wait is None:
            return False
        if self.due is None:
            self.due = now + self._wait
        if now < self.due:
            return False
        self.waited += self._wait
        self.stop()
        return True
