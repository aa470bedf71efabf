"""A site as a service: what every service manager must know."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from sttelnet.config import Config


@dataclass(frozen=True, slots=True)
class Service:
    """One site as a service."""

    python: Path
    base: Path  # where that Python really stands
    config: Path | None  # None: the tree that ships
    data: Path
    folders: tuple[Path, ...]  # others it writes to
    user: str  # "": the manager's choice
    settings: Config

    @property
    def command(self) -> list[str]:
        """Program and arguments."""
        config = [] if self.config is None else ["--config", str(self.config)]
        # -P: a module that somebody has put into the working folder is not Python's.
        return [str(self.python), "-P", "-m", "sttelnet", "serve", *config, "--data", str(self.data)]

    @property
    def stop_seconds(self) -> int:
        """How long a stop may take: the drain, and what is written at the end."""
        return math.ceil(self.settings.server.drain_timeout) + 20
