"""Where in a TOML text each key stands. No TOML library says."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator

Path = tuple[str, ...]
DEPTH = 4  # no key of ours lies deeper, and a.a.a.a… of a broken file may go on for ever


def key_lines(text: str) -> dict[Path, int]:
    """Return the line of each table and key of a text that is good TOML.

    TOML ends every expression at a line end, so the shortest run of lines that parses by itself is
    one expression: nothing of the grammar is repeated here.
    """
    lines: dict[Path, int] = {}
    table: Path = ()
    piece, start = "", 1
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        piece += line + "\n"
        try:
            found = tomllib.loads(piece)
        except (ValueError, RecursionError):
            continue  # a value that goes on in the next line
        paths = list(_paths(found))
        header = piece.lstrip(" \t").startswith("[")
        for path in paths:
            lines.setdefault(path if header else table + path, start)
        if header:
            table = paths[-1]
        piece, start = "", number + 1
    return lines


def _paths(value: object, depth: int = DEPTH) -> Iterator[Path]:
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        value = value[-1]  # [[an.array.of.tables]]
    if isinstance(value, dict) and depth:
        for key, inner in value.items():
            yield (key,)
            for path in _paths(inner, depth - 1):
                yield (key, *path)
