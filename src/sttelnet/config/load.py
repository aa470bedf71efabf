"""config.toml, the environment and the command line made into one Config, with every fault said at once.

Pure: the command line reads the file and hands its text in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

import msgspec

from sttelnet.config.faults import value_fault
from sttelnet.config.keys import KEYS, SECTIONS, Key
from sttelnet.config.model import Config
from sttelnet.config.places import Path, key_lines
from sttelnet.errors import ConfigError
from sttelnet.script.suggest import did_you_mean

PREFIX: Final = "STTELNET_"
DEFAULT: Final = "default"
COMMAND_LINE: Final = "command line"

# (low, high): keys where the first may not be above the second
_ORDERED: Final = (
    ("members.throttle_first", "members.throttle_most"),
    ("health.cpu.warning", "health.cpu.critical"),
    ("health.memory.warning", "health.memory.critical"),
    ("health.disk.warning", "health.disk.critical"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A config, and where each value that is no default comes from: `config.toml:12`, `STTELNET_…`, …"""

    config: Config
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Setting:
    """One value somebody wrote down."""

    name: str
    value: object
    place: str  # what a fault is reported under
    exact: bool  # from TOML: 6023 is a number and "6023" is none


@dataclass(slots=True)
class _Reading:
    """What has been taken in so far."""

    values: dict[str, object] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    faulty: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def take(self, setting: _Setting) -> None:
        """Take in one value, or the problem with it."""
        key = KEYS[setting.name]
        fault = value_fault(key, setting.value, exact=setting.exact)
        if fault is not None:
            self.faulty.add(key.name)
            self.problems.append(f"{setting.place}: {key.name}: {fault}")
            return
        self.values[key.name] = msgspec.convert(setting.value, key.type, strict=setting.exact)
        self.places[key.name] = setting.place

    def check_order(self) -> None:
        """Find pairs of limits that stand the wrong way round."""
        for low, high in _ORDERED:
            if {low, high} & self.faulty or not {low, high} & self.places.keys():
                continue  # one is refused already, or both are the defaults
            first, second = self._number(low), self._number(high)
            if first > second:
                place = self.places.get(low) or self.places[high]
                self.problems.append(f"{place}: {low}: {first:g} is above {high} ({second:g})")

    def _number(self, name: str) -> float:
        value = self.values.get(name, KEYS[name].default)
        assert isinstance(value, int | float), name  # noqa: S101 - _ORDERED names keys that are numbers
        return value


def load_config(
    text: str, path: str, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None
) -> Config:
    """Return what the text, `STTELNET_…` and the command line ask for. Raises ConfigError with all problems."""
    return read_config(text, path, environ, overrides).config


def read_config(
    text: str, path: str, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None
) -> Loaded:
    """Do as `load_config`, and tell the source of every value."""
    reading = _Reading()
    _take_text(reading, text, path)
    _take_environment(reading, environ)
    _take_overrides(reading, overrides or {})
    reading.check_order()
    if reading.problems:
        raise ConfigError(_by_line(reading.problems, path))
    return Loaded(_build(reading.values), dict(reading.places))


def _by_line(problems: list[str], path: str) -> list[str]:
    """Return problems with those of the file first, in the order of their lines."""
    head = re.compile(re.escape(path) + r":(\d+)")
    lines = {problem: int(found[1]) for problem in problems if (found := head.match(problem))}
    return sorted(problems, key=lambda problem: (problem not in lines, lines.get(problem, 0)))


def _build(values: Mapping[str, object]) -> Config:
    tables: dict[str, Any] = {}
    for name, key in KEYS.items():
        *sections, last = name.split(".")
        table = tables
        for section in sections:
            table = table.setdefault(section, {})
        table[last] = values.get(name, key.default)
    return msgspec.convert(tables, Config)


# -- config.toml


def _take_text(reading: _Reading, text: str, path: str) -> None:
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: TOMLDecodeError, and an int of 5,000 digits
        reading.problems.append(_syntax_problem(path, error))
        return
    if not data:
        return
    lines = key_lines(text)
    leaves = [(lines.get(keys, 1), keys, value) for keys, value in _leaves(data)]
    for line, keys, value in sorted(leaves, key=itemgetter(0)):
        place, name = f"{path}:{line}", _name(keys)
        if name in KEYS:
            reading.take(_Setting(name, value, place, exact=True))
        elif name in SECTIONS:
            reading.problems.append(f"{place}: {name}: expected a table: [{name}]")
        else:
            reading.problems.append(_unknown(place, keys))


def _syntax_problem(path: str, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"{path}:1: nested too deeply"
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error), re.DOTALL)
    if found is None:
        return f"{path}:1: {_shown(str(error))}"
    what, line, column = found.groups()
    return f"{path}:{line}:{column}: {_shown(what)}"


def _leaves(data: Mapping[str, object], above: Path = ()) -> Iterator[tuple[Path, object]]:
    """Give every key with its value; a table that is none of ours counts as one."""
    for key, value in data.items():
        keys = (*above, key)
        if isinstance(value, dict) and _name(keys) in SECTIONS:
            yield from _leaves(value, keys)
        else:
            yield keys, value


def _name(keys: Path) -> str:
    """Return the dotted name, "" for a quoted key with a dot in it: none of ours has one."""
    return "" if any("." in key for key in keys) else ".".join(keys)


def _unknown(place: str, keys: Path) -> str:
    *sections, last = keys
    section = "".join(part + "." for part in sections)
    beside = {name[len(section) :].split(".")[0] for name in KEYS if name.startswith(section)}
    elsewhere = [name for name in KEYS if name.endswith("." + last)]
    cure = f'did you mean "{elsewhere[0]}"?' if elsewhere else did_you_mean(last, beside)
    kind = "unknown key" if sections else "unknown table or key"
    return f"{place}: {_shown('.'.join(keys))}: {kind}" + (f" ({cure})" if cure else "")


def _shown(text: str) -> str:
    """Return text that stays on its line whatever it holds."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


# -- the environment


def _take_environment(reading: _Reading, environ: Mapping[str, str]) -> None:
    by_variable = {key.variable: key for key in KEYS.values()}
    nearly = {variable.replace("__", "_"): variable for variable in by_variable}
    for variable, value in sorted(environ.items()):
        name = variable.upper()  # Windows knows no other case
        key = by_variable.get(name)
        if key is not None:
            reading.take(_Setting(key.name, _from_string(key, value), variable, exact=False))
        elif name.startswith(PREFIX) and "__" in name:
            reading.problems.append(_unknown_variable(variable, did_you_mean(name, by_variable)))
        # Kubernetes itself sets STTELNET_SERVER_PORT=tcp://… for a service of the name sttelnet-server.
        elif name in nearly and "://" not in value:
            reading.problems.append(_unknown_variable(variable, f'did you mean "{nearly[name]}"?'))


def _unknown_variable(variable: str, cure: str) -> str:
    return f"{_shown(variable)}: unknown key" + (f" ({cure})" if cure else "")


def _from_string(key: Key, value: str) -> object:
    if isinstance(key.default, tuple):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


# -- the command line


def _take_overrides(reading: _Reading, overrides: Mapping[str, object]) -> None:
    for name, value in overrides.items():
        if name not in KEYS:
            reading.problems.append(_unknown(COMMAND_LINE, tuple(name.split("."))))
            continue
        given = _from_string(KEYS[name], value) if isinstance(value, str) else value
        reading.take(_Setting(name, given, COMMAND_LINE, exact=False))
