"""What a daemon is to serve, and from where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sttelnet.config import Config


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a Server needs to be told."""

    config: Config
    scripts: Path  # the script tree
    files: Path  # what STFile and STNews read from
    data: Path  # where the database stands
    home: Path  # where the directories of file areas are counted from
    config_path: Path | None
    announce: Callable[[str], None]  # one line for the person who started the daemon
    config_reload: Callable[[], Config]  # raises ConfigError
    config_taken: Callable[[Config], None] = lambda config: None  # told of one that counts from now on
    owns_process: bool = False  # nothing else lives in it: it is ended where the event loop stands still
    strict: bool = False  # refuse to start with any script broken

    @property
    def database(self) -> Path:
        """The database file."""
        return self.data / self.config.data.database
