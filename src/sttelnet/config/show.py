"""A config written out as TOML, each value with where it comes from."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from sttelnet.config.keys import TABLES, keys_of, value
from sttelnet.config.load import DEFAULT
from sttelnet.config.model import Config


def effective_toml(config: Config, sources: Mapping[str, str]) -> str:
    """Return the config as TOML that loads to the same config; a comment names each value's source."""
    rows: list[tuple[str, str]] = []
    section = ""
    for key in keys_of({table: value(config, table) for table in TABLES}):
        above = key.name.removesuffix(f".{key.last}")
        if above != section:
            rows += [("", "")] * bool(rows) + [(f"[{above}]", "")]
            section = above
        rows.append((f"{key.last} = {toml_value(value(config, key.name))}", sources.get(key.name, DEFAULT)))
    for table in TABLES:
        if not value(config, table):  # said, for otherwise the default ones would be there
            rows += [("", ""), (f"[{table}]", sources.get(table, DEFAULT))]
    width = max(len(left) for left, source in rows if source)
    return "".join(f"{left:<{width}}  # {source}\n" if source else f"{left}\n" for left, source in rows)


def toml_value(item: object) -> str:
    """Return one value as TOML writes it."""
    match item:
        case bool():
            return str(item).lower()
        case tuple():
            return "[" + ", ".join(toml_value(part) for part in item) + "]"
        case float() if item.is_integer():
            return str(int(item))  # 600, as people write it; a whole number is a number in TOML too
        case str():
            # A TOML basic string has JSON's escapes (toml.io/en/v1.0.0#string), and one for DEL too.
            return msgspec.json.encode(item).decode().replace("\x7f", "\\u007f")
        case _:
            return str(item)
