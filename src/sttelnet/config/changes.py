"""What differs between two configs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sttelnet.config.keys import TABLES, keys_of, value
from sttelnet.config.model import Config


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two configs, by dotted names in the order of config.toml."""

    live: tuple[str, ...]  # a named table that came or went stands at the end, as `files.areas.uploads`
    restart: tuple[str, ...]  # these wait for a restart


def compare(before: Config, after: Config) -> Changes:
    """Say which keys a reload has changed, and which named tables came or went."""
    both = {table: [name for name in value(after, table) if name in value(before, table)] for table in TABLES}
    changed = [key for key in keys_of(both) if value(before, key.name) != value(after, key.name)]
    return Changes(
        live=(*(key.name for key in changed if not key.restart), *_come_and_gone(before, after)),
        restart=tuple(key.name for key in changed if key.restart),
    )


def _come_and_gone(before: Config, after: Config) -> Iterator[str]:
    for table in TABLES:
        yield from (f"{table}.{name}" for name in sorted(value(before, table).keys() ^ value(after, table).keys()))
