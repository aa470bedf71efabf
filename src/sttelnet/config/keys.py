"""Every key of config.toml by its dotted name, read off the structs: what it takes, when a change counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

import msgspec
from msgspec import inspect

from sttelnet.config.model import Config

# What these say is taken up once, at start; every other key counts from the next reload on.
_AT_START: Final = frozenset(
    {
        "server.listen",
        "server.port",
        "server.loop",
        "scripts.reload",
        "scripts.handler_threads",
        "data.directory",
        "data.database",
        "data.files",
        "log.format",
    }
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `server.port`, its type, the value it has when nothing sets it."""

    name: str
    type: Any
    default: object
    expected: str  # what may stand there, for people: "a whole number from 0 to 65535"

    @property
    def restart(self) -> bool:
        """Whether a new value counts only after a restart."""
        return self.name in _AT_START

    @property
    def variable(self) -> str:
        """Return the environment variable that sets it: `STTELNET_SERVER__PORT`."""
        return "STTELNET_" + self.name.upper().replace(".", "__")


def _keys(struct: msgspec.Struct, prefix: str = "") -> Iterator[Key]:
    for field in msgspec.structs.fields(struct):
        name, default = prefix + field.name, getattr(struct, field.name)
        if isinstance(default, msgspec.Struct):
            yield from _keys(default, name + ".")
        else:
            yield Key(name, field.type, default, _expected(field.type))


def _expected(annotation: Any) -> str:
    match kind := inspect.type_info(annotation):
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            return "one of " + ", ".join(f'"{word}"' for word in get_args(annotation))
        case inspect.VarTupleType():
            return "a list of one or more strings"
        case inspect.IntType():
            return "a whole number" + _range(kind)
        case inspect.FloatType():
            return "a number" + _range(kind)
        case inspect.StrType(min_length=least):
            return "a string that is not empty" if least else "a string"
        case _:
            return "another value"


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.gt is not None:
        return f" above {kind.gt:g} ({kind.le} at most)"
    return f" from {kind.ge} to {kind.le}"


KEYS: Final[Mapping[str, Key]] = {key.name: key for key in _keys(Config())}
# The tables: "server", "health", "health.cpu", …
SECTIONS: Final = frozenset(name[:at] for name in KEYS for at, letter in enumerate(name) if letter == ".")


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between two configs, by dotted names in the order of config.toml."""

    live: tuple[str, ...]
    restart: tuple[str, ...]  # these wait for a restart


def compare(before: Config, after: Config) -> Changes:
    """Say which keys a reload has changed."""
    changed = [key for key in KEYS.values() if value(before, key.name) != value(after, key.name)]
    return Changes(
        live=tuple(key.name for key in changed if not key.restart),
        restart=tuple(key.name for key in changed if key.restart),
    )


def value(config: Config, name: str) -> object:
    """Return the value of a key by its dotted name."""
    found: object = config
    for part in name.split("."):
        found = getattr(found, part)
    return found
