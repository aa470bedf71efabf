"""The script tree: reads a folder of scripts, checks it, keeps each script's last good version.

Reading (`read_sources`) touches the disk and runs in a thread; deciding (`Tree.take`) does not.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from sttelnet.errors import TreeError
from sttelnet.role import Role
from sttelnet.script import Parsed, called, check, decode, in_order, keyword_problem, parse
from sttelnet.script.model import Call, Get, Page, Place, Problem, Script, Text

CHECKS_FOLDER = "checks"  # scripts/checks/ holds check programs: outside the tree and the handler loader
MOST_PROBLEMS = 100  # of one file; who has more has one cause, or begins at the top
LARGEST_SCRIPT = 1024 * 1024  # bytes; a page is a few KiB, a larger file is a mistake

Functions = Mapping[str, Callable[..., object]]
Stamp = tuple[int, int]  # (mtime in ns, size): what tells that a file was changed


@dataclass(frozen=True, slots=True)
class Source:
    """One script file as it stands on disk."""

    keyword: str
    path: str  # as errors name it
    stamp: Stamp
    data: bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one file would become: its script if good, its problems."""

    source: Source
    parsed: Parsed

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep it from being served."""
        return tuple(p for p in self.parsed.problems if not p.warning)


def site_files(folder: Path, suffix: str) -> dict[str, Stamp]:
    """Return the files of a tree with that suffix, by path below it with "/", and their stamps. Raises OSError.

    Strings and no Path: this runs every second, and a Path for each file costs ten times the look itself.
    """
    found: dict[str, Stamp] = {}
    top = os.fspath(folder)
    for at, folders, files in os.walk(top, onerror=_unless_closed):
        below = f"{at[len(top) :]}{os.sep}".replace(os.sep, "/").lstrip("/")
        folders[:] = [name for name in folders if not name.startswith(".") and f"{below}{name}" != CHECKS_FOLDER]
        for name in files:
            if not name.endswith(suffix) or name.startswith("."):
                continue
            try:
                facts = os.stat(f"{at}{os.sep}{name}")
            except OSError:
                continue  # gone between listing and asking: the next look sees it so too
            if stat.S_ISREG(facts.st_mode):
                found[below + name] = (facts.st_mtime_ns, facts.st_size)
    return dict(sorted(found.items()))


def _unless_closed(error: OSError) -> None:
    """Pass over a folder that is closed to us or has just gone; without descriptors none of them has anything in it."""
    if not isinstance(error, PermissionError | FileNotFoundError | NotADirectoryError):
        raise error


def read_sources(folder: Path, known: Mapping[str, Source]) -> dict[str, Source]:
    """Read a folder's scripts, by file name; a file whose stamp is known is not read again."""
    sources: dict[str, Source] = {}
    for name, stamp in site_files(folder, ".txt").items():
        before = known.get(name)
        if before is not None and before.stamp == stamp:
            sources[name] = before
            continue
        try:
            data = (folder / name).read_bytes() if stamp[1] <= LARGEST_SCRIPT else b""
        except OSError:
            if before is not None:
                sources[name] = before  # unreadable for a moment, as while an editor saves it
            continue
        keyword = name.removesuffix(".txt")
        sources[name] = Source(keyword, f"{folder.name}/{name}", stamp, data)
    return sources


def read_candidate(source: Source) -> Candidate:
    """Parse one source; everything wrong with it is in the result."""
    place = Place(source.path, 1, 1)
    if source.stamp[1] > LARGEST_SCRIPT:
        return _refuse(source, Problem(place, f"a script has {LARGEST_SCRIPT} bytes at most"))
    wrong_name = keyword_problem(source.keyword, source.path)
    if wrong_name is not None:
        return _refuse(source, wrong_name)
    text = decode(source.data, source.path)
    if isinstance(text, Problem):
        return _refuse(source, text)
    return Candidate(source, parse(text, source.keyword, source.path))


def _refuse(source: Source, problem: Problem) -> Candidate:
    return Candidate(source, Parsed(None, (problem,)))


@dataclass(frozen=True, slots=True)
class Change:
    """What taking up a new look at the folder did."""

    changed: frozenset[str]  # keywords whose script is new, other than before, or gone
    fresh: tuple[Problem, ...]  # problems that were not there before


@dataclass(slots=True)
class Tree:
    """The scripts being served, and what is wrong with those that are not."""

    scripts: Mapping[str, Script] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    broken: frozenset[str] = frozenset()  # keywords whose file on disk has errors

    def get(self, keyword: str) -> Script | None:
        """Return the script served under a keyword."""
        return self.scripts.get(keyword)

    def take(
        self,
        candidates: Collection[Candidate],
        functions: Functions,
        more: tuple[Problem, ...] = (),
        absent: Collection[str] = (),
    ) -> Change:
        """Serve the good candidates; a broken one keeps its last good version, or becomes an error page.

        `more` are problems found elsewhere (site modules), shown together with the tree's own;
        `absent` are the handlers that those keep from being there.
        """
        found = judge(candidates, functions, absent)
        before, old = self.scripts, set(self.problems)
        scripts = dict(found.good)
        for keyword in found.broken:
            scripts[keyword] = before.get(keyword) or error_page(keyword, found.paths[keyword], found.problems)
        self.scripts = MappingProxyType(scripts)
        self.broken = frozenset(found.broken)
        self.problems = more + found.problems
        keywords = before.keys() | scripts.keys()
        changed = frozenset(k for k in keywords if before.get(k) != scripts.get(k))
        return Change(changed, tuple(p for p in self.problems if p not in old))

    def require(self, *, strict: bool = False) -> None:
        """Raise TreeError when the tree cannot be served at start: no root, a broken root or login."""
        if "root" not in self.scripts:
            message = "the tree has no root.txt: every site needs one"
            raise TreeError(message)
        vital = self.broken if strict else self.broken & {"root", "login"}
        if vital:
            message = f"cannot serve with errors in {', '.join(sorted(vital))}"
            raise TreeError(message)
        if strict and any(not p.warning for p in self.problems):
            message = "cannot serve with errors while --strict"
            raise TreeError(message)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A whole tree checked: what is good, what is broken, every problem."""

    good: dict[str, Script]
    broken: set[str]
    paths: dict[str, str]
    problems: tuple[Problem, ...]


def judge(candidates: Collection[Candidate], functions: Functions, absent: Collection[str] = ()) -> Judgement:
    """Check candidates against each other and the handlers there are.

    A script that calls an absent handler is broken, without a problem of its own.
    """
    keywords = {c.source.keyword for c in candidates}
    twice = _same_but_for_case(candidates)
    good: dict[str, Script] = {}
    broken: set[str] = set()
    problems: list[Problem] = []
    for candidate in candidates:
        keyword, script = candidate.source.keyword, candidate.parsed.script
        found = [*twice.get(keyword, ()), *candidate.parsed.problems]
        if candidate.parsed.draft is not None:
            found += check(candidate.parsed.draft, functions, keywords, absent)
        problems += _first_of(in_order(found))
        if script is None or any(not p.warning for p in found) or _waits(script, functions, absent):
            broken.add(keyword)
        else:
            good[keyword] = script
    return Judgement(good, broken, {c.source.keyword: c.source.path for c in candidates}, tuple(problems))


def _waits(script: Script, functions: Functions, absent: Collection[str]) -> bool:
    return any(name in absent and name not in functions for name in called(script))


def _first_of(problems: Sequence[Problem]) -> Sequence[Problem]:
    """Return so many problems as a reader can use, the errors before the warnings, and how many more there are."""
    if len(problems) <= MOST_PROBLEMS:
        return problems
    by_weight = sorted(problems, key=lambda problem: problem.warning)
    kept, rest = in_order(by_weight[:MOST_PROBLEMS]), by_weight[MOST_PROBLEMS:]
    message = f"and {len(rest)} more in this file"
    more = Problem(kept[-1].place, message, code="more", warning=all(p.warning for p in rest))
    return [*kept, more]


def _same_but_for_case(candidates: Collection[Candidate]) -> dict[str, list[Problem]]:
    first: dict[str, Source] = {}
    problems: dict[str, list[Problem]] = {}
    for source in (c.source for c in candidates):
        other = first.setdefault(source.keyword.casefold(), source)
        if other is not source:
            message = f"{other.path} and {source.path} differ only in case"
            problems.setdefault(source.keyword, []).append(Problem(Place(source.path, 1, 1), message))
    return problems


def error_page(keyword: str, path: str, problems: Iterable[Problem]) -> Script:
    """Return the page that stands in for a script that was broken from the start."""
    own = any(problem.place.path == path for problem in problems)  # else a module's keeps it from being served
    admin = keyword.startswith("admin/")
    role = Role.ADMIN if admin else Role.GUEST
    call = Call("STErrors", (path,) if own else (), {}, Place(path, 1, 1))
    text = f"The page {keyword!r} has an error and cannot be shown.\r\n"
    return Script(keyword, path, (Text(text), Get(call)), page=Page("Error", role, secure=admin))
