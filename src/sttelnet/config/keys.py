"""Every key of config.toml by its dotted name, read off the structs: what it takes, when a change counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from typing import Any, Final, get_args

import msgspec
from msgspec import inspect

from sttelnet.config.model import Config, Escape, Hours, Limit, Sender, Startups, WebAddress
from sttelnet.config.places import Path

PREFIX: Final = "STTELNET_"
# Stands in a key's name for what a site calls a table, "files.areas.NAME.quota"; a site's own names are lower case.
NAME: Final = "NAME"

# What these say is taken up once, at start; every other key counts from the next reload on.
_AT_START: Final = frozenset(
    {
        "server.listen",
        "server.port",
        "tls.port",
        "tls.listen",
        "scripts.reload",
        "scripts.handler_threads",
        "data.directory",
        "data.database",
        "data.files",
        "members.first_password_file",
        "http.port",
        "http.listen",
        "log.format",
    }
)


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `server.port`, its type, the value it has when nothing sets it."""

    name: str
    type: Any
    default: object  # msgspec.NODEFAULT: the key is required
    expected: str  # what may stand there, for people: "a whole number from 0 to 65535"
    restart: bool  # whether a new value counts only after a restart
    table: str = ""  # "files.areas", for a key of the tables a site names there
    entry: str = ""  # what the site calls the one it stands in

    @property
    def required(self) -> bool:
        """Whether it must be set."""
        return self.default is msgspec.NODEFAULT

    @property
    def variable(self) -> str:
        """Return the environment variable that sets it: `STTELNET_SERVER__PORT`."""
        return PREFIX + self.name.upper().replace(".", "__")

    @property
    def last(self) -> str:
        """The last part of its name: "port"."""
        return self.name.rpartition(".")[2]

    def named(self, entry: str) -> Key:
        """Return this key of a named table in the one the site calls so."""
        return replace(self, name=f"{self.table}.{entry}.{self.last}", entry=entry)


def _keys(struct: msgspec.Struct, prefix: str = "") -> Iterator[Key]:
    for field in msgspec.structs.fields(struct):
        name, default, kind = prefix + field.name, getattr(struct, field.name), inspect.type_info(field.type)
        if isinstance(default, msgspec.Struct):
            yield from _keys(default, name + ".")
        elif isinstance(kind, inspect.DictType) and isinstance(kind.value_type, inspect.StructType):
            for inner in msgspec.structs.fields(kind.value_type.cls):
                yield _key(f"{name}.{NAME}.{inner.name}", inner.type, inner.default, table=name)
        else:
            yield _key(name, field.type, default)


def _key(name: str, annotation: Any, default: object, table: str = "") -> Key:
    return Key(name, annotation, default, _expected(annotation), name in _AT_START, table)


# What may stand where the model has a pattern, for people.
_PATTERNS: Final = {
    get_args(Escape)[1].pattern: '"Ctrl-" and one of A to Z [ \\ ] ^ _, or ""',
    get_args(Limit)[1].pattern: 'a range as "10", "10:", "~:10", "10:20" or "@10:20", or ""',
    get_args(Hours)[1].pattern: 'two times of a day as "22:00-07:00", or ""',
    get_args(Startups)[1].pattern: 'three numbers as "100:30:400", or ""',
    get_args(WebAddress)[1].pattern: 'an address that begins with http:// or https://, without a user in it, or ""',
    get_args(Sender)[1].pattern: 'an e-mail address, or ""',
}


def _expected(annotation: Any) -> str:
    match kind := inspect.type_info(annotation):
        case inspect.BoolType():
            return "true or false"
        case inspect.LiteralType():
            return "one of " + ", ".join(msgspec.json.encode(word).decode() for word in get_args(annotation))
        case inspect.VarTupleType():
            return _list(kind)
        case inspect.IntType():
            return "a whole number" + _range(kind)
        case inspect.FloatType():
            return "a number" + _range(kind)
        case inspect.StrType(pattern=str() as pattern):
            return _PATTERNS[pattern]
        case inspect.StrType(min_length=least):
            return "a string that is not empty" if least else "a string"
        case _:
            return "another value"


def _list(kind: inspect.VarTupleType) -> str:
    match kind.item_type:
        case inspect.StrType(pattern=str()):
            return "a list of e-mail addresses"
        case _:
            return "a list of one or more strings" if kind.min_length else "a list of strings"


def _range(kind: inspect.IntType | inspect.FloatType) -> str:
    if kind.gt is not None:
        return f" above {kind.gt:g} ({kind.le} at most)"
    return f" from {kind.ge} to {kind.le}"


KEYS: Final[Mapping[str, Key]] = {key.name: key for key in _keys(Config())}
# The tables: "server", "health", "health.cpu", "files.areas", "files.areas.NAME", …
SECTIONS: Final = frozenset(name[:at] for name in KEYS for at, letter in enumerate(name) if letter == ".")
# Those of them that hold tables a site names, and the keys of each such table: "files.areas"
TABLES: Final[Mapping[str, tuple[Key, ...]]] = {
    table: tuple(keys) for table, keys in groupby(KEYS.values(), attrgetter("table")) if table
}


def keys_of(names: Mapping[str, Iterable[str]]) -> Iterator[Key]:
    """Give every key in the order of config.toml, those of named tables once for each name.

    `names` is what the site calls them, by the table they stand in: `{"files.areas": ["public"]}`.
    """
    for table, keys in groupby(KEYS.values(), attrgetter("table")):
        if not table:
            yield from keys
            continue
        for name in names[table]:
            yield from (key.named(name) for key in TABLES[table])


def pattern_of(path: Path) -> str:
    """Return the dotted name with NAME for what a site chose; "" for a quoted key with a dot: none of ours has one."""
    parts = [NAME if ".".join(path[:depth]) in TABLES else part for depth, part in enumerate(path)]
    return "" if any("." in part for part in parts) else ".".join(parts)


def find_key(path: Path) -> Key | None:
    """Return the key at a path, `("files", "areas", "public", "quota")`, or None. What the site chose is unchecked."""
    key = KEYS.get(pattern_of(path))
    return key.named(path[-2]) if key is not None and key.table else key


def value(config: Config, name: str) -> Any:
    """Return the value of a key, or a named table, by its dotted name."""
    found: Any = config
    for part in name.split("."):
        found = found[part] if isinstance(found, Mapping) else getattr(found, part)
    return found
