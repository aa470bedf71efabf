"""What `sttelnet lint` finds in the tables of checks: what they look at, and what they name."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sttelnet.config import CheckConfig
from sttelnet.config.load import Loaded
from sttelnet.health.definition import Definition, definitions, host_checks
from sttelnet.health.probes import PROBES
from sttelnet.script.model import Place, Problem
from sttelnet.script.suggest import did_you_mean
from sttelnet.tree import CHECKS_FOLDER


@dataclass(frozen=True, slots=True)
class _Known:
    """What a table of a check may name."""

    defined: Mapping[str, Definition]
    tables: Collection[str]  # those that are not enabled too: to have one off for a while is no mistake
    pages: Collection[str]


def check_problems(loaded: Loaded, path: str, scripts: Path, pages: Collection[str]) -> list[Problem]:
    """Return what is wrong with the checks of a config.toml, each with its line; `path` is how that is shown."""
    config = loaded.config
    defined = definitions(config.checks, scripts / CHECKS_FOLDER, scripts.parent, host=host_checks(config.health))
    known = _Known(defined, config.checks, pages)
    return [
        Problem(_place(loaded, path, f"checks.{name}", key), f"checks.{name}.{key}: {words}", cure, code="check")
        for name, check in config.checks.items()
        if check.enabled
        for key, words, cure in _faults(check, defined[name], known)
    ]


def _place(loaded: Loaded, path: str, table: str, key: str) -> Place:
    """Return the line of a key, or that of its table where the key is not there."""
    source = loaded.sources.get(f"{table}.{key}") or loaded.sources.get(table, "")
    found = re.search(r":(\d+)$", source)
    return Place(path, int(found[1]) if found else 1, 1)


def _faults(check: CheckConfig, definition: Definition, known: _Known) -> Iterator[tuple[str, str, str]]:
    """Give the key that is at fault, what is wrong with it, and the cure."""
    if definition.problem:
        yield _key_at_fault(definition), definition.problem, ""
    kind = PROBES.get(definition.use)
    if kind is not None and check.figure and check.figure not in kind.figures:
        yield "figure", f'{kind.name} measures no "{check.figure}"', "one of " + ", ".join(kind.figures)
    for name in check.requires:
        if (fault := _unknown_check(name, known)) is not None:
            yield "requires", *fault
    if check.runbook and check.runbook not in known.pages:
        yield "runbook", f'there is no page "{check.runbook}"', did_you_mean(check.runbook, known.pages)


def _key_at_fault(definition: Definition) -> str:
    kind, problem = PROBES.get(definition.use), definition.problem
    if kind is None:
        return "use"
    with_a_match = replace(definition.asked, match="x" if kind.match else "")
    return "target" if kind.problem(with_a_match) == problem else "match"


def _unknown_check(name: str, known: _Known) -> tuple[str, str] | None:
    """Return why no check is called so, and the cure. A check of all disks is one for each: "disk /"."""
    spread = [one.name for one in known.defined.values() if one.use == "disk" and not one.asked.target]
    if name in spread:
        return f'"{name}" is a check for each disk', f'name one of them: "{name} /"'
    if name in known.tables or name in known.defined or name.startswith(tuple(f"{one} " for one in spread)):
        return None
    return f'there is no check "{name}"', did_you_mean(name, {*known.defined, *known.tables})
