"""A site: its script tree and its handlers, loaded together and kept at their last good state."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sttelnet.handlers import HANDLERS
from sttelnet.handlers.loader import Modules, load_modules
from sttelnet.handlers.registry import Handler
from sttelnet.script.model import Problem, Script
from sttelnet.tree import Candidate, Change, Functions, Source, Tree, judge, read_candidate, read_sources, site_files

SHIPPED: Mapping[str, Handler] = {name: Handler.of(name, function) for name, function in HANDLERS.items()}


@dataclass(frozen=True, slots=True)
class LoadedSite:
    """A site looked at once: what would be served, and every problem."""

    scripts: Mapping[str, Script]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What stands on disk, checked as a whole and not in use yet."""

    sources: dict[str, Source]
    modules: Modules
    errors: tuple[Problem, ...]


class Site:
    """The scripts and handlers being served; `look` brings them up to date with the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tree = Tree()
        self.handlers: Mapping[str, Handler] = SHIPPED
        self._sources: dict[str, Source] = {}
        self._candidates: dict[str, Candidate] = {}
        self._modules = Modules("", {}, {}, ())
        self._looking = asyncio.Lock()
        self._refused: Modules | None = None  # modules on disk that are not in use, and why

    def load(self) -> Change:
        """Read the folder for the first time. Blocks: for start-up and the command line."""
        return self._take(self._read(), load_modules(self.folder, SHIPPED))

    async def look(self) -> Change | None:
        """Take up what has changed on disk; None when nothing has. One look at a time: SIGHUP comes in between."""
        async with self._looking:
            return await self._look()

    @asynccontextmanager
    async def examined(self) -> AsyncIterator[Look]:
        """Read the whole folder and change nothing; inside, `take` serves it. Nobody else looks meanwhile."""
        async with self._looking:
            sources, stamps = await asyncio.to_thread(self._glance)
            modules = self._modules
            if stamps != modules.stamps or self._refused is not None:
                modules = await asyncio.to_thread(load_modules, self.folder, SHIPPED)
            try:
                yield Look(sources, modules, self._errors(sources, modules))
            finally:
                if modules is not self._modules and modules is not self._refused:
                    modules.forget()

    def take(self, look: Look) -> Change:
        """Serve what has been examined."""
        return self._take(look.sources, look.modules)

    def _errors(self, sources: dict[str, Source], modules: Modules) -> tuple[Problem, ...]:
        found = judge(
            self._candidates_of(sources),
            functions({**SHIPPED, **modules.handlers}),
            modules.names - modules.handlers.keys(),
        )
        return tuple(problem for problem in modules.problems + found.problems if not problem.warning)

    def _candidates_of(self, sources: dict[str, Source]) -> tuple[Candidate, ...]:
        return tuple(
            self._candidates[name] if self._sources.get(name) == source else read_candidate(source)
            for name, source in sources.items()
        )

    async def _look(self) -> Change | None:
        sources, stamps = await asyncio.to_thread(self._glance)
        modules_changed = stamps != (self._refused or self._modules).stamps
        if sources == self._sources and not modules_changed:
            return None
        modules = self._modules
        if modules_changed or self._refused is not None:
            modules = await asyncio.to_thread(load_modules, self.folder, SHIPPED)
        return self._take(sources, modules)

    def _read(self) -> dict[str, Source]:
        return read_sources(self.folder, self._sources)

    def _glance(self) -> tuple[dict[str, Source], dict[str, tuple[int, int]]]:
        return self._read(), site_files(self.folder, ".py")

    def _take(self, sources: dict[str, Source], modules: Modules) -> Change:
        self._candidates = dict(zip(sources, self._candidates_of(sources), strict=True))
        self._sources = sources
        problems = self._swap_modules(modules)
        absent = self._refused.names if self._refused is not None else ()
        return self.tree.take(tuple(self._candidates.values()), functions(self.handlers), problems, absent)

    def _swap_modules(self, modules: Modules) -> tuple[Problem, ...]:
        """Put new modules to use unless they fail, or break a script that is good with the old ones."""
        if modules is self._modules:
            return modules.problems
        handlers = {**SHIPPED, **modules.handlers}
        broken = self._newly_broken(handlers) if modules.good else ()
        if not modules.good or broken:
            if self._refused is not None:
                self._refused.forget()
            self._refused = modules
            return modules.problems + broken
        self._modules.forget()
        self._modules, self._refused, self.handlers = modules, None, handlers
        return modules.problems

    def _newly_broken(self, handlers: Mapping[str, Handler]) -> tuple[Problem, ...]:
        candidates = tuple(self._candidates.values())
        good = judge(candidates, functions(self.handlers)).good.keys()
        after = judge(candidates, functions(handlers))
        lost = {after.paths[keyword] for keyword in good & after.broken}
        return tuple(p for p in after.problems if p.place.path in lost and not p.warning)


def functions(handlers: Mapping[str, Handler]) -> Functions:
    """Return the functions the scripts are checked against."""
    return {name: handler.function for name, handler in handlers.items()}


def load_site(folder: Path) -> LoadedSite:
    """Load a site once, for lint and render."""
    site = Site(folder)
    site.load()
    return LoadedSite(site.tree.scripts, site.tree.problems)
