"""A program of the site's: `health.on_change`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from sttelnet.charset import one_line
from sttelnet.health import Alert
from sttelnet.health.runner import run_program
from sttelnet.server.outgoing.batch import Batch, Failure

SECONDS: Final = 30.0


class ProgramWay:
    """Runs the program once for each change."""

    name = "health.on_change"
    gather = 0.0
    most = 1

    def __init__(self, program: Callable[[], tuple[str, ...]], home: Path) -> None:
        self._program, self._home = program, home

    @property
    def on(self) -> bool:
        """Whether there is a program."""
        return bool(self._program())

    def wants(self, alert: Alert) -> bool:
        """It is run at every change."""
        return True

    async def tell(self, batch: Batch) -> Failure | None:
        """Run it with four more arguments: the name, the state before, the state now, what the check says."""
        for alert in batch.alerts:
            told = (alert.name, alert.change.before.word, alert.change.after.word, alert.text)
            ran = await run_program((*self._program(), *told), SECONDS, directory=self._home)
            if ran.status != 0:
                errors = one_line(ran.errors)[-200:]
                return Failure(f"{ran.result.text[:200]} ({_ended(ran.status)}){f': {errors}' if errors else ''}")
        return None


def _ended(status: int | None) -> str:
    return "it has not ended by itself" if status is None else f"exit status {status}"
