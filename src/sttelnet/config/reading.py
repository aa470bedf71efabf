"""What has been read of a config so far: the values taken in, and what is wrong with the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from sttelnet.config.faults import name_fault, value_fault
from sttelnet.config.keys import TABLES, Key
from sttelnet.config.model import Config

_MOST_NAMED: Final = {"files.areas": 64, "checks": 1000}  # tables of one kind

# (low, high): keys where the first may not be above the second
_ORDERED: Final = (
    ("admission.penalties.minimum", "admission.penalties.maximum"),
    ("members.throttle_first", "members.throttle_most"),
    ("health.cpu.warning", "health.cpu.critical"),
    ("health.memory.warning", "health.memory.critical"),
    ("health.disk.warning", "health.disk.critical"),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One value somebody wrote down."""

    key: Key
    value: object
    place: str  # what a fault is reported under
    exact: bool  # from TOML: 6023 is a number and "6023" is none


def _defaults() -> dict[str, Any]:
    tree: dict[str, Any] = msgspec.to_builtins(Config())
    return tree


@dataclass(slots=True)
class Reading:
    """What has been taken in so far, on top of the defaults."""

    tree: dict[str, Any] = field(default_factory=_defaults)  # as config.toml would be read
    places: dict[str, str] = field(default_factory=dict)  # of keys, and of the tables a site names
    faulty: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def take(self, setting: Setting) -> None:
        """Take in one value, or the problem with it."""
        key = setting.key
        if key.table and not self.take_name(key.table, key.entry, setting.place):
            return
        fault = value_fault(key, setting.value, exact=setting.exact)
        if fault is not None:
            self.faulty.add(key.name)
            self.problems.append(f"{setting.place}: {key.name}: {fault}")
            return
        above, _, last = key.name.rpartition(".")
        self.at(above)[last] = msgspec.convert(setting.value, key.type, strict=setting.exact)
        self.places[key.name] = setting.place

    def take_name(self, table: str, name: str, place: str) -> bool:
        """Take in that there is a table the site calls so, or the problem with that; return whether it was taken."""
        there = self.at(table)
        fault = name_fault(name)
        if fault is not None:
            self.problems.append(f"{place}: {table}: {fault}")
            return False
        if name not in there and len(there) >= _MOST_NAMED[table]:
            self._refuse_more(table, place)
            return False
        self.places.setdefault(f"{table}.{name}", place)
        there.setdefault(name, {})
        return True

    def _refuse_more(self, table: str, place: str) -> None:
        """Say it of the first that is too many; there may be thousands."""
        if table not in self.faulty:
            self.faulty.add(table)
            self.problems.append(f"{place}: {table}: expected {_MOST_NAMED[table]} tables at most, got more")

    def drop_named(self, table: str, place: str) -> None:
        """Drop the tables that are there by default: the site names its own, or says that there are none."""
        self.places[table] = place
        self.at(table).clear()

    def at(self, name: str) -> Any:
        """Return what stands under a dotted name."""
        found: Any = self.tree
        for part in name.split("."):
            found = found[part]
        return found

    def named(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the tables a site names: `{"files.areas": {"public": …}}`."""
        return {table: self.at(table) for table in TABLES}

    def check_named(self) -> None:
        """Find tables a site names that lack a key."""
        for table, entries in self.named().items():
            for name, entry in entries.items():
                for key in TABLES[table]:
                    self._check_there(key.named(name), entry)

    def _check_there(self, key: Key, entry: Mapping[str, Any]) -> None:
        if key.required and key.last not in entry and key.name not in self.faulty:
            place = self.places[f"{key.table}.{key.entry}"]
            self.problems.append(f"{place}: {key.name}: missing (expected {key.expected})")

    def check_order(self) -> None:
        """Find pairs of limits that stand the wrong way round."""
        for low, high in _ORDERED:
            if {low, high} & self.faulty or not {low, high} & self.places.keys():
                continue  # one is refused already, or both are the defaults
            first, second = self.at(low), self.at(high)
            if first > second:
                place = self.places.get(low) or self.places[high]
                self.problems.append(f"{place}: {low}: {first:g} is above {high} ({second:g})")
