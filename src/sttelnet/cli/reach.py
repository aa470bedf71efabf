"""What only a look at the whole tree shows: pages that nothing leads to."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from sttelnet.script.model import Place, Problem, Script
from sttelnet.tree import site_files

# Where clients get without a key: at connect, for want of rights, by a shipped handler, at the end.
STARTS: Final = frozenset({"root", "login", "register", "goodbye"})


def whole_tree_problems(
    folder: Path, scripts: Mapping[str, Script], problems: Iterable[Problem], runbooks: Iterable[str] = ()
) -> list[Problem]:
    """Return what is wrong with a tree as a whole; `problems` are those of its parts, `runbooks` pages of checks."""
    if "root" not in scripts:
        place = Place(f"{folder.name}/root.txt", 1, 1)
        return [Problem(place, "the tree has no root.txt: every site needs one", code="no-root")]
    if any(not problem.warning for problem in problems):
        return []  # a broken page's keys are not known, so neither is what they lead to
    lost = sorted(scripts.keys() - reachable(scripts, {*named_in_modules(folder), *runbooks}))
    return [_unreachable(scripts[keyword]) for keyword in lost]


def reachable(scripts: Mapping[str, Script], named: Iterable[str] = ()) -> set[str]:
    """Return the keywords that keys and handlers lead to, from root and from those `named` elsewhere."""
    found: set[str] = set()
    ahead = [keyword for keyword in {*STARTS, *named} if keyword in scripts]
    while ahead:
        keyword = ahead.pop()
        if keyword not in found:
            found.add(keyword)
            ahead += [target for target in _targets(scripts[keyword]) if target in scripts]
    return found


def _targets(script: Script) -> Iterator[str]:
    """Yield what the keys of a script lead to, and every string it gives a handler that may return it."""
    yield from (key.target for key in script.keys)
    calls = [each.call for each in script.sets] + [each.call for each in script.posts]
    for call in calls:
        yield from (str(value) for value in (*call.positional, *call.keywords.values()))


def named_in_modules(folder: Path) -> set[str]:
    """Return every string in the site's own modules: a handler may return any of them as a keyword."""
    words: set[str] = set()
    for name in site_files(folder, ".py"):
        try:
            module = ast.parse((folder / name).read_bytes())
        except (SyntaxError, ValueError, OSError):
            continue  # the loader says what is wrong with it
        constants = (node.value for node in ast.walk(module) if isinstance(node, ast.Constant))
        words |= {value for value in constants if isinstance(value, str)}
    return words


def _unreachable(script: Script) -> Problem:
    message = f'no key leads to "{script.keyword}"'
    cure = f'key:{script.keyword}("…") on another page, or a handler that returns it'
    return Problem(Place(script.path, 1, 1), message, cure, code="unreachable", warning=True)
