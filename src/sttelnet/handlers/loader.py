"""Loads a site's modules (`scripts/**/*.py`) as one package and finds the handlers in them.

Each load makes a package of its own name, so that a load that fails leaves the one in use untouched.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from sttelnet.handlers.registry import Handler
from sttelnet.script.model import Place, Problem
from sttelnet.tree import Stamp, site_files

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Modules:
    """A site's modules after one load."""

    package: str
    stamps: dict[str, Stamp]
    handlers: dict[str, Handler]
    problems: tuple[Problem, ...]

    @property
    def good(self) -> bool:
        """Whether every module loaded and no two handlers share a name."""
        return not any(not p.warning for p in self.problems)

    def forget(self) -> None:
        """Take the package out of Python's module table; functions still in use live on."""
        for name in [n for n in sys.modules if n == self.package or n.startswith(self.package + ".")]:
            del sys.modules[name]


def load_modules(folder: Path, shipped: Iterable[str] = ()) -> Modules:
    """Load every module of a site anew. Runs site code: call it in a thread, never in the loop."""
    stamps = site_files(folder, ".py")
    package = f"sttelnet_site_{next(_numbers)}"
    _make_package(package, folder)
    handlers: dict[str, Handler] = {}
    problems: list[Problem] = []
    for name in stamps:
        loaded = _load(package, folder, name)
        if isinstance(loaded, Problem):
            problems.append(loaded)
            continue
        for handler in _handlers_of(loaded, f"{folder.name}/{name}"):
            problems += _name_problems(handler, handlers.get(handler.name), shipped)
            handlers.setdefault(handler.name, handler)
    return Modules(package, stamps, handlers, tuple(problems))


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


def _problem(folder: Path, name: str, error: BaseException) -> Problem:
    """Say where in the site's own files a load failed, and how."""
    line, source, where = 1, "", folder / name
    if isinstance(error, SyntaxError) and error.filename:
        line, source, where = error.lineno or 1, (error.text or "").rstrip("\r\n"), Path(error.filename)
    else:
        for frame in traceback.extract_tb(error.__traceback__):
            if Path(frame.filename).is_relative_to(folder):
                line, source, where = frame.lineno or 1, frame.line or "", Path(frame.filename)
    shown = where.relative_to(folder).as_posix() if where.is_relative_to(folder) else name
    text = error.msg if isinstance(error, SyntaxError) else f"{type(error).__name__}: {error}"
    place = Place(f"{folder.name}/{shown}", line, 1)
    return Problem(place, f"cannot load: {text}", source=source, width=max(1, len(source)), code="module")


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
