"""config.toml, the environment and the command line made into one Config, with every fault said at once.

Pure: the command line reads the file and hands its text in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

import msgspec

from sttelnet.config.faults import name_fault, nearest
from sttelnet.config.keys import KEYS, NAME, PREFIX, SECTIONS, TABLES, Key, find_key, keys_of, pattern_of
from sttelnet.config.lines import line_faults
from sttelnet.config.model import Config
from sttelnet.config.places import Path, key_lines
from sttelnet.config.reading import Reading, Setting
from sttelnet.errors import ConfigError

DEFAULT: Final = "default"
COMMAND_LINE: Final = "command line"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A config, and where each value that is no default comes from: `config.toml:12`, `STTELNET_…`, …"""

    config: Config
    sources: Mapping[str, str]


def load_config(
    text: str, path: str, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None
) -> Config:
    """Return what the text, `STTELNET_…` and the command line ask for. Raises ConfigError with all problems."""
    return read_config(text, path, environ, overrides).config


def read_config(
    text: str, path: str, environ: Mapping[str, str], overrides: Mapping[str, object] | None = None
) -> Loaded:
    """Do as `load_config`, and tell the source of every value."""
    reading = Reading()
    understood = _take_text(reading, text, path)
    _take_environment(reading, environ)
    _take_overrides(reading, overrides or {})
    reading.check_order()
    if understood:  # what a table lacks may stand in the text that was not
        reading.check_named()
    if reading.problems:
        raise ConfigError(_by_line(reading.problems, path))
    config = msgspec.convert(reading.tree, Config)
    faults = [f"{reading.places.get(key, path)}: {key}: {fault}" for key, fault in line_faults(config).items()]
    if faults:
        raise ConfigError(_by_line(faults, path))
    return Loaded(config, dict(reading.places))


def _by_line(problems: list[str], path: str) -> list[str]:
    """Return problems with those of the file first, in the order of their lines."""
    head = re.compile(re.escape(path) + r":(\d+)")
    lines = {problem: int(found[1]) for problem in problems if (found := head.match(problem))}
    return sorted(problems, key=lambda problem: (problem not in lines, lines.get(problem, 0)))


# -- config.toml


def _take_text(reading: Reading, text: str, path: str) -> bool:
    """Take in the file's keys; return whether it is TOML at all."""
    try:
        data = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: TOMLDecodeError, and an int of 5,000 digits
        reading.problems.append(_syntax_problem(path, error))
        return False
    lines = key_lines(text) if data else {}
    leaves = [(lines.get(keys, 1), keys, value) for keys, value in _leaves(data)]
    for line, keys, value in sorted(leaves, key=itemgetter(0)):
        _take_leaf(reading, keys, value, f"{path}:{line}")
    return True


def _take_leaf(reading: Reading, keys: Path, value: object, place: str) -> None:
    pattern, key = pattern_of(keys), find_key(keys)
    if key is not None:
        reading.take(Setting(key, value, place, exact=True))
    elif pattern not in SECTIONS:
        reading.problems.append(_unknown(place, keys))
    elif not isinstance(value, dict):
        header = f"{pattern}.{NAME}" if pattern in TABLES else pattern
        reading.problems.append(f"{place}: {_shown('.'.join(keys))}: expected a table: [{header}]")
    elif pattern in TABLES:
        reading.drop_named(pattern, place)
    else:
        reading.take_name(pattern.removesuffix(f".{NAME}"), keys[-1], place)


def _syntax_problem(path: str, error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"{path}:1: nested too deeply"
    found = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", str(error), re.DOTALL)
    if found is None:
        return f"{path}:1: {_shown(str(error))}"
    what, line, column = found.groups()
    return f"{path}:{line}:{column}: {_shown(what)}"


def _leaves(data: Mapping[str, object], above: Path = ()) -> Iterator[tuple[Path, object]]:
    """Give every key with its value, and what a site names before what stands in it.

    A table that is none of ours counts as one key, and so does one with a name that cannot be.
    """
    for key, value in data.items():
        keys = (*above, key)
        pattern = pattern_of(keys)
        if not isinstance(value, dict) or pattern not in SECTIONS:
            yield keys, value
            continue
        named = pattern.endswith(f".{NAME}")
        if named or pattern in TABLES:
            yield keys, value
        if not (named and name_fault(key)):
            yield from _leaves(value, keys)


def _unknown(place: str, keys: Path) -> str:
    *sections, last = keys
    section = pattern_of((*sections, ""))  # "server.", with the dot
    beside = {name[len(section) :].split(".")[0] for name in KEYS if name.startswith(section)}
    elsewhere = [name for name in (*KEYS, *TABLES) if name.endswith("." + last)]
    cure = f'did you mean "{elsewhere[0]}"?' if elsewhere else nearest(last, beside)
    kind = "unknown key" if sections else "unknown table or key"
    return f"{place}: {_shown('.'.join(keys))}: {kind}" + (f" ({cure})" if cure else "")


def _shown(text: str) -> str:
    """Return text that stays on its line whatever it holds."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


# -- the environment


def _take_environment(reading: Reading, environ: Mapping[str, str]) -> None:
    known = _by_variable(keys_of(reading.named()))
    nearly = {variable.replace("__", "_"): variable for variable in known}
    for variable, value in sorted(environ.items()):
        name = variable.upper()  # Windows knows no other case
        keys = known | _named_keys(name)
        key = keys.get(name)
        if key is not None:
            reading.take(Setting(key, _from_string(key, value), variable, exact=False))
        elif name.startswith(PREFIX) and "__" in name:
            reading.problems.append(_unknown_variable(variable, nearest(name, keys)))
        # Kubernetes itself sets STTELNET_SERVER_PORT=tcp://… for a service of the name sttelnet-server.
        elif name in nearly and "://" not in value:
            reading.problems.append(_unknown_variable(variable, f'did you mean "{nearly[name]}"?'))


def _named_keys(variable: str) -> dict[str, Key]:
    """Return the keys of the named table that a variable seems to be about, whether it is there yet or not."""
    found: dict[str, Key] = {}
    for table, keys in TABLES.items():
        head = PREFIX + table.upper().replace(".", "__") + "__"
        entry = variable.removeprefix(head).rpartition("__")[0].lower()
        if variable.startswith(head) and entry:
            found |= _by_variable(key.named(entry) for key in keys)
    return found


def _by_variable(keys: Iterable[Key]) -> dict[str, Key]:
    return {key.variable: key for key in keys}


def _unknown_variable(variable: str, cure: str) -> str:
    return f"{_shown(variable)}: unknown key" + (f" ({cure})" if cure else "")


def _from_string(key: Key, value: str) -> object:
    if isinstance(key.default, tuple):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


# -- the command line


def _take_overrides(reading: Reading, overrides: Mapping[str, object]) -> None:
    for name, value in overrides.items():
        key = find_key(tuple(name.split(".")))
        if key is None:
            reading.problems.append(_unknown(COMMAND_LINE, tuple(name.split("."))))
            continue
        given = _from_string(key, value) if isinstance(value, str) else value
        reading.take(Setting(key, given, COMMAND_LINE, exact=False))
