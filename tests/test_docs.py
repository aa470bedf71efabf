"""The docs tell the truth: what there is has its heading, what they show works, what they link to is there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sttelnet.ansi import FUNCTIONS
from sttelnet.cli import COMMANDS
from sttelnet.config.keys import KEYS
from sttelnet.handlers import HANDLERS
from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.ranges import read_range
from sttelnet.script import check, parse
from sttelnet.script.facts import FACTS
from sttelnet.script.model import Kind
from sttelnet.session.commands import COMMANDS as SLASH_COMMANDS

ROOT = Path(__file__).parent.parent
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
NAMES = [path.relative_to(ROOT).as_posix() for path in DOCS]

_FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, the line it begins in."""

    language: str
    text: str
    line: int


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, *languages: str) -> list[Block]:
    text = read(name)
    found = (Block(m[1].strip(), m[2], text[: m.start()].count("\n") + 2) for m in _FENCE.finditer(text))
    return [block for block in found if block.language in languages]


def headings(name: str) -> list[str]:
    return [match[1].strip() for match in _HEADING.finditer(_FENCE.sub("", read(name)))]


def has_heading(name: str, word: str) -> bool:
    pattern = re.compile(rf"(?<![\w/.-]){re.escape(word)}(?![\w-]|\.\w)")
    return any(pattern.search(heading) for heading in headings(name))


def slug(heading: str) -> str:
    """Return the anchor a forge makes of a heading."""
    kept = re.sub(r"[^\w\- ]", "", heading.replace("`", "").lower())
    return kept.replace(" ", "-")


# What there is has its heading


@pytest.mark.parametrize("kind", [kind.value for kind in Kind])
def test_every_statement_type_has_its_heading(kind: str) -> None:
    assert has_heading("docs/scripts.md", kind)


@pytest.mark.parametrize("name", PROBES)
def test_every_built_in_check_has_its_heading_and_an_example_that_holds(name: str) -> None:
    assert has_heading("docs/checks.md", name)
    tables = [
        table
        for block in blocks("docs/checks.md", "toml")
        for table in tomllib.loads(block.text).get("checks", {}).values()
    ]
    asked = [Asked(table.get("target", ""), table.get("match", "")) for table in tables if table.get("use") == name]
    assert asked
    assert [PROBES[name].problem(one) for one in asked] == [""] * len(asked)
    ranges = [table[key] for table in tables for key in ("warning", "critical") if key in table]
    assert all(read_range(text) for text in ranges)


@pytest.mark.parametrize("fact", FACTS)
def test_every_page_fact_has_its_heading(fact: str) -> None:
    assert has_heading("docs/scripts.md", fact) or has_heading("docs/scripts.md", f"page:{fact}")


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_screen_function_has_its_heading(function: str) -> None:
    assert has_heading("docs/scripts.md", function) or has_heading("docs/scripts.md", f"ansi:{function}")


@pytest.mark.parametrize("handler", sorted(HANDLERS))
def test_every_shipped_handler_has_its_heading(handler: str) -> None:
    assert has_heading("docs/handlers.md", handler)


def test_handlers_that_are_gone_have_no_heading() -> None:
    named = {word for heading in headings("docs/handlers.md") for word in re.findall(r"\bST\w+", heading)}

    assert named - HANDLERS.keys() == set()


@pytest.mark.parametrize("key", KEYS)
def test_every_config_key_has_its_heading(key: str) -> None:
    assert has_heading("docs/configuration.md", key)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_its_heading(command: str) -> None:
    assert has_heading("docs/commands.md", command)


@pytest.mark.parametrize("command", SLASH_COMMANDS)
def test_every_slash_command_has_its_heading(command: str) -> None:
    assert has_heading("docs/prompt.md", f"/{command}")


# What they show works


def site_functions(name: str) -> Mapping[str, Any]:
    """Return the functions a document's Python blocks define."""
    functions: dict[str, Any] = {}
    for block in blocks(name, "python"):
        space: dict[str, Any] = {"__name__": "documented"}
        exec(compile(block.text, f"{name}:{block.line}", "exec"), space)
        functions |= {key: value for key, value in space.items() if callable(value) and not key.startswith("_")}
    return functions


def keywords(name: str) -> set[str]:
    """Return the scripts there are: those that ship, and those the document has its reader write."""
    shipped = {path.relative_to(ROOT / "scripts").with_suffix("").as_posix() for path in ROOT.glob("scripts/**/*.txt")}
    return shipped | set(re.findall(r"scripts/([a-z0-9/_-]+)\.txt", read(name)))


@pytest.mark.parametrize("name", NAMES)
def test_every_python_example_runs(name: str) -> None:
    site_functions(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_script_example_is_right(name: str) -> None:
    handlers = {**HANDLERS, **site_functions(name)}
    for block in blocks(name, "sttelnet", "script"):
        parsed = parse(block.text, "example", f"{name}:{block.line}")
        problems = list(parsed.problems)
        if parsed.script is not None:
            problems += check(parsed.script, handlers, keywords(name))

        assert not problems, "\n".join(problem.picture() for problem in problems)


def test_the_mistake_in_the_quickstart_looks_as_it_says() -> None:
    page = next(block for block in blocks("docs/quickstart.md", "sttelnet") if "STATUS OF" in block.text)
    parsed = parse(page.text.replace('STHost("name")', 'STHots("name")'), "status", "scripts/status.txt")
    assert parsed.script is not None
    [problem] = check(parsed.script, HANDLERS, keywords("docs/quickstart.md"))

    assert [block.text.strip() for block in blocks("docs/quickstart.md", "text")] == [problem.picture()]


def command_lines() -> Iterator[tuple[str, str]]:
    """Yield the lines of every shell block, with the document they stand in."""
    for name in NAMES:
        for block in blocks(name, "", "sh", "console", "bat"):
            yield from ((name, line.strip()) for line in block.text.splitlines())


def test_every_command_line_names_a_command_there_is() -> None:
    for name, line in command_lines():
        for word in re.findall(r"(?:-m |\$ |^)sttelnet +([a-z]+)\b", line):
            assert word in COMMANDS, f"{name}: {line}"


def test_every_make_target_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    for name, line in command_lines():
        match = re.match(r"(?:\$ )?make ([a-z-]+)", line)
        if match:
            assert match[1] in targets, f"{name}: {line}"


def test_the_readme_says_how_to_run_look_and_test() -> None:
    shown = {line for name, line in command_lines() if name == "README.md"}

    assert any(line.startswith("make run") for line in shown)
    assert any(line.startswith("telnet localhost 6023") for line in shown)
    assert any(line.startswith("make test") for line in shown)


# What they link to is there


@pytest.mark.parametrize("name", NAMES)
def test_every_link_inside_the_project_leads_somewhere(name: str) -> None:
    for target in _LINK.findall(_FENCE.sub("", read(name))):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, anchor = target.partition("#")
        there = (ROOT / name).parent / path if path else ROOT / name

        assert there.exists(), f"{name}: {target}"
        if anchor:
            anchors = {slug(heading) for heading in headings(there.resolve().relative_to(ROOT).as_posix())}
            assert anchor in anchors, f"{name}: {target}"


@pytest.mark.parametrize("name", NAMES)
def test_every_document_has_one_title(name: str) -> None:
    titles = re.findall(r"^# .+$", _FENCE.sub("", read(name)), re.MULTILINE)

    assert len(titles) == 1
