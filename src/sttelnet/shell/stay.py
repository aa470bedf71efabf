"""One client's stay in a shell: what came of it, for the client, the audit and the log."""

from __future__ import annotations

import enum
import time
from dataclasses import dataclass, field

from sttelnet.words import duration_words


class Ending(enum.Enum):
    """How a stay ended, as a sentence."""

    EXITED = "The shell has ended: exit status {status}, after {time}."
    LEFT = "You left the shell, and what ran in it was ended, after {time}."
    IDLE = "No key was pressed for too long: the shell was ended, after {time}."
    REVOKED = "You may no longer use the shell: it was ended, after {time}."
    GOING_DOWN = "The shell was ended, after {time}."
    HUNG_UP = "The client hung up: the shell was ended, after {time}."
    FAILED = "The shell could not be started."


@dataclass(slots=True)
class Stay:
    """Kept while it lasts, so that it can be written down whatever ends it."""

    program: str  # as the site names it
    ending: Ending = Ending.FAILED
    status: int | None = None  # of the program, where it ended by itself
    typed: int = 0  # bytes from the client
    shown: int = 0  # bytes of the program
    began: float = field(default_factory=time.monotonic)
    seconds: float = 0.0

    def over(self, ending: Ending, status: int | None = None) -> None:
        """Take down how it ended; the first end counts."""
        if self.ending is Ending.FAILED:
            self.ending, self.status = ending, status
            self.seconds = time.monotonic() - self.began

    def sentence(self) -> str:
        """Say it to the client."""
        return self.ending.value.format(status=self.status, time=duration_words(self.seconds))

    def row(self) -> str:
        """Say it to the audit."""
        ended = "failed" if self.ending is Ending.FAILED else self.ending.name.lower().replace("_", " ")
        status = "" if self.status is None else f" with status {self.status}"
        traffic = f"{self.typed} bytes typed, {self.shown} shown"
        return f"{self.program}: {ended}{status} after {self.seconds:.0f} s, {traffic}"
