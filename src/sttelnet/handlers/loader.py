"""Loads a site's modules (`scripts/**/*.py`) as one package and finds the handlers in them.

Each load makes a package of its own name, so that a load that fails leaves the one in use untouched.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import re
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from sttelnet.handlers.blame import SITE_PACKAGE
from sttelnet.handlers.registry import Handler
from sttelnet.script.model import Place, Problem
from sttelnet.script.source import shown
from sttelnet.tree import Stamp, site_files

_numbers = itertools.count(1)
_FUNCTION = re.compile(r"^(?:async[ \t]+)?def[ \t]+([^\W\d_]\w*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Modules:
    """A site's modules after one load."""

    package: str
    stamps: dict[str, Stamp]
    handlers: dict[str, Handler]
    problems: tuple[Problem, ...]
    unloaded: frozenset[str] = frozenset()  # names of handlers in modules that failed to load

    @property
    def good(self) -> bool:
        """Whether every module loaded and no two handlers share a name."""
        return not any(not p.warning for p in self.problems)

    @property
    def names(self) -> frozenset[str]:
        """The handlers there are, and those there would be if every module loaded."""
        return self.unloaded | self.handlers.keys()

    def forget(self) -> None:
        """Take the package out of Python's module table; functions still in use live on."""
        for name in [n for n in sys.modules if n == self.package or n.startswith(self.package + ".")]:
            del sys.modules[name]


def load_modules(folder: Path, shipped: Iterable[str] = ()) -> Modules:
    """Load every module of a site anew. Runs site code: call it in a thread, never in the loop."""
    stamps = site_files(folder, ".py")
    package = f"{SITE_PACKAGE}{next(_numbers)}"
    _make_package(package, folder)
    handlers: dict[str, Handler] = {}
    problems: list[Problem] = []
    unloaded: set[str] = set()
    for name in stamps:
        loaded = _load(package, folder, name)
        if isinstance(loaded, Problem):
            problems.append(loaded)
            unloaded |= _names_in(folder / name)
            continue
        for handler in _handlers_of(loaded, f"{folder.name}/{name}"):
            problems += _name_problems(handler, handlers.get(handler.name), shipped)
            handlers.setdefault(handler.name, handler)
    return Modules(package, stamps, handlers, tuple(problems), frozenset(unloaded))


def _make_package(package: str, folder: Path) -> None:
    module = ModuleType(package, "The site's modules.")
    module.__path__ = [str(folder)]
    sys.modules[package] = module


def _load(package: str, folder: Path, name: str) -> ModuleType | Problem:
    parts = name.removesuffix(".py").split("/")
    if parts[-1] == "__init__":
        parts.pop()
    before = sys.dont_write_bytecode
    # A cached .pyc is told from its source by whole seconds and size: an edit within the second would be missed.
    sys.dont_write_bytecode = True
    try:
        importlib.invalidate_caches()
        return importlib.import_module(".".join([package, *parts]))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a site module may raise anything at all
        return _problem(folder, name, error)
    finally:
        sys.dont_write_bytecode = before


def _names_in(path: Path) -> set[str]:
    """Return the public functions a module's text defines, for one that does not load; it need not even parse."""
    try:
        return set(_FUNCTION.findall(path.read_text(encoding="utf-8", errors="replace")))
    except OSError:
        return set()


def _problem(folder: Path, name: str, error: BaseException) -> Problem:
    """Say where in the site's own files a load failed, and how."""
    if isinstance(error, SyntaxError) and error.filename:
        return _syntax_problem(folder, name, error)
    line, source, where = 1, "", folder / name
    for frame in traceback.extract_tb(error.__traceback__):
        if Path(frame.filename).is_relative_to(folder):
            line, source, where = frame.lineno or 1, frame.line or "", Path(frame.filename)
    place = Place(_shown(folder, name, where), line, 1)
    text = shown(f"cannot load: {type(error).__name__}: {error}")
    return Problem(place, text, source=shown(source), width=max(1, len(source)), code="module")


def _syntax_problem(folder: Path, name: str, error: SyntaxError) -> Problem:
    source = shown((error.text or "").rstrip("\r\n"))
    line, column = error.lineno or 1, max(1, error.offset or 1)
    # Where the fault reaches over lines, or its end is not told (0), one caret shows where it begins.
    ends = (error.end_offset or 0) if error.end_lineno == line else 0
    width = max(1, min(ends, len(source) + 1) - column)
    place = Place(_shown(folder, name, Path(error.filename or name)), line, column)
    return Problem(place, f"cannot load: {error.msg}", source=source, width=width, code="module")


def _shown(folder: Path, name: str, where: Path) -> str:
    """Return what problems call a file of the site; `name` is the one being loaded."""
    return f"{folder.name}/{where.relative_to(folder).as_posix() if where.is_relative_to(folder) else name}"


def _handlers_of(module: ModuleType, path: str) -> list[Handler]:
    """Return the public functions a module defines itself; imported ones belong to where they come from."""
    return [
        Handler.of(name, function, f"{path}:{inspect.unwrap(function).__code__.co_firstlineno}")
        for name, function in vars(module).items()
        if not name.startswith("_") and inspect.isfunction(function) and function.__module__ == module.__name__
    ]


def _name_problems(handler: Handler, other: Handler | None, shipped: Iterable[str]) -> list[Problem]:
    path, line = handler.where.rsplit(":", 1)
    place = Place(path, int(line), 1)
    if other is not None:
        message = f'two handlers are named "{handler.name}": here and at {other.where}'
        return [Problem(place, message, code="module")]
    if handler.name in shipped:
        message = f'"{handler.name}" replaces the shipped handler of that name'
        return [Problem(place, message, code="module", warning=True)]
    return []
