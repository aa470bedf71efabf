"""docs/scripts.md tells the truth about the language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sttelnet.ansi import FUNCTIONS
from sttelnet.outcome import KEY_WORDS, RESERVED_WORDS
from sttelnet.role import ROLE_WORDS
from sttelnet.script import check, parse
from sttelnet.script.facts import FACTS
from sttelnet.script.model import Kind, Text
from tests.script.reading import script

PAGE = (Path(__file__).parents[2] / "docs" / "scripts.md").read_text(encoding="utf-8")
HEADINGS = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
FENCES = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
SCRIPTS = [text for kind, text in FENCES if kind == "script"]
SHOWN = [text for kind, text in FENCES if not kind]


@pytest.mark.parametrize(
    "name",
    [kind.value for kind in Kind] + [f"ansi:{name}" for name in FUNCTIONS] + [f"page:{name}" for name in FACTS],
)
def test_everything_the_language_knows_has_its_heading(name: str) -> None:
    assert HEADINGS.count(name) == 1


def test_no_heading_names_what_the_language_does_not_know() -> None:
    headed = {heading for heading in HEADINGS if ":" in heading}
    assert headed == {f"ansi:{name}" for name in FUNCTIONS} | {f"page:{name}" for name in FACTS}


@pytest.mark.parametrize("source", SCRIPTS)
def test_every_example_reads_without_a_problem(source: str) -> None:
    assert [problem.picture() for problem in parse(source, "example", "docs").problems] == []


@pytest.mark.parametrize("word", sorted({*KEY_WORDS, *RESERVED_WORDS, *ROLE_WORDS, "root"}))
def test_every_word_of_the_language_is_told(word: str) -> None:
    assert f"`{word}`" in PAGE or f'"{word}"' in PAGE


def test_the_example_of_the_line_rule_sends_what_is_shown() -> None:
    source = next(source for source in SCRIPTS if "Who are you?" in source)
    text = "".join(piece.text for piece in script(source).body if isinstance(piece, Text))
    assert text.replace("\r\n", "\n") + "\n" in SHOWN


def test_the_escapes_are_sent_as_the_table_says() -> None:
    rows = dict(re.findall(r"^\| `(\\+\{[%#])` \| `(.*)` \|$", PAGE, re.MULTILINE))
    assert len(rows) == 3
    for source, shown in rows.items():
        assert script(source).body == (Text(shown),)


def test_the_error_shown_is_the_error_made() -> None:
    source = "\n" * 11 + 'Up since {% get:STHots("uptime") %}'
    parsed = parse(source, "root", "scripts/root.txt")
    assert parsed.script is not None
    (problem,) = check(parsed.script, {"STHost": print}, [])
    assert problem.picture() + "\n" in SHOWN


def test_every_link_within_the_page_leads_to_a_heading() -> None:
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in HEADINGS}
    assert set(re.findall(r"\]\(#([^)]*)\)", PAGE)) <= anchors
