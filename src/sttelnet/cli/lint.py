"""`sttelnet lint`: everything wrong with a site's scripts, handlers and config.toml, without serving it."""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sttelnet.cli import exits
from sttelnet.cli.lint_checks import check_problems
from sttelnet.cli.parser import make_parser
from sttelnet.cli.reach import whole_tree_problems
from sttelnet.cli.site import CONFIG_NAME, Site, find_site, load
from sttelnet.config.load import Loaded
from sttelnet.errors import ConfigError
from sttelnet.handlers.site import load_site
from sttelnet.script.model import Place, Problem

EXAMPLES = (
    "sttelnet lint                            the site in this folder, else the one that ships",
    "sttelnet lint mybox --strict             warnings count too",
    "sttelnet lint scripts --format github    annotations on a pull request",
)


def run(arguments: Sequence[str]) -> int:
    """Check a site; 1 where it has problems."""
    parser = make_parser(
        "lint", "Check a site's scripts, handlers and config.toml. Loads the site's Python modules.", EXAMPLES
    )
    parser.add_argument("path", metavar="PATH", nargs="?", help="a site, or its scripts folder")
    parser.add_argument("--format", choices=tuple(FORMATS), default="text")
    parser.add_argument("--strict", action="store_true", help="warnings are problems too")
    parser.add_argument("--config", metavar="FILE", help="config.toml of the site, where PATH is not given")
    options = parser.parse_args(arguments)

    scripts = _scripts(options)
    if not scripts.is_dir():
        exits.say(f"{scripts}: no such folder")
        return exits.USAGE
    site = load_site(scripts)
    loaded, faults = _read_config(scripts)
    runbooks = {check.runbook for check in loaded.config.checks.values()} if loaded is not None else set()
    found = [*site.problems, *whole_tree_problems(scripts, site.scripts, site.problems, runbooks), *faults]
    if loaded is not None:
        found += check_problems(loaded, CONFIG_NAME, scripts, site.scripts.keys())
    problems = sorted((_from_here(p, scripts) for p in found), key=_order)
    for line in FORMATS[options.format](problems, len(site.scripts)):
        print(line)
    return exits.PROBLEMS if any(options.strict or not p.warning for p in problems) else exits.OK


def _scripts(options: argparse.Namespace) -> Path:
    if options.path is None:
        return find_site(options.config).scripts
    path = Path(options.path).resolve()
    below = path / "scripts"
    return below if below.is_dir() and not (path / "root.txt").is_file() else path


def _read_config(scripts: Path) -> tuple[Loaded | None, list[Problem]]:
    """Read the config.toml beside the scripts, whatever this shell's environment would set; and what is wrong in it."""
    path = scripts.parent / CONFIG_NAME
    if not path.is_file():
        return None, []
    try:
        return load(Site(scripts.parent, path, packaged=False), {}, {}), []
    except ConfigError as error:
        return None, [_config_problem(str(path), problem) for problem in error.problems]


def _config_problem(path: str, problem: str) -> Problem:
    found = re.match(r":(\d+)(?::(\d+))?: ", problem.removeprefix(path))
    line, column = (int(found[1]), int(found[2] or 1)) if found else (1, 1)
    message = problem.removeprefix(path)[found.end() if found else 0 :].removeprefix(": ")
    return Problem(Place(CONFIG_NAME, line, column), message, code="config")


def _from_here(problem: Problem, scripts: Path) -> Problem:
    """Name the file as it is found from the working directory, for editors and forges."""
    path = scripts.parent / problem.place.path
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return replace(problem, place=replace(problem.place, path=shown.as_posix()))


def _order(problem: Problem) -> tuple[str, int, int, bool]:
    return problem.place.path, problem.place.line, problem.place.column, problem.warning


# -- the formats


def _severity(problem: Problem) -> str:
    return "warning" if problem.warning else "error"


def _text(problems: Sequence[Problem], scripts: int) -> list[str]:
    lines = [f"{'warning: ' if p.warning else ''}{p.picture()}\n" for p in problems]
    counts = Counter(_severity(problem) for problem in problems)
    found = ", ".join(_count(counts[kind], kind) for kind in ("error", "warning"))
    return [*lines, f"{_count(scripts, 'script')}, {found}"]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _json(problems: Sequence[Problem], scripts: int) -> list[str]:
    rows = [
        {
            "path": p.place.path,
            "line": p.place.line,
            "column": p.place.column,
            "severity": _severity(p),
            "code": p.code,
            "message": p.message,
            "cure": p.cure,
        }
        for p in problems
    ]
    return [json.dumps({"scripts": scripts, "problems": rows}, indent=2)]


def _github(problems: Sequence[Problem], scripts: int) -> list[str]:
    """Return workflow commands, as docs.github.com "Workflow commands for GitHub Actions" has them."""
    return [
        f"::{_severity(p)} file={_property(p.place.path)},line={p.place.line},col={p.place.column}"
        f"::{_data(p.message + (f' ({p.cure})' if p.cure else ''))}"
        for p in problems
    ]


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


FORMATS = {"text": _text, "json": _json, "github": _github}
