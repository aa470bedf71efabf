"""What `sttelnet lint` finds in the tables of checks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sttelnet.cli import main
from tests.cli.running import write_site

PAGES = {"root": '{% key:logoff("q") %}\nhello\n', "fix/web": '{% key:back("q") %}\npress the button\n'}


def found(site: Path, config: str, capsys: pytest.CaptureFixture[str]) -> list[tuple[int, str, str]]:
    """Return line, message and cure of all that lint finds."""
    write_site(site, PAGES, config)
    main(["lint", str(site), "--format", "json"])
    problems = json.loads(capsys.readouterr().out)["problems"]
    return [(one["line"], one["message"], one["cure"]) for one in problems]


def test_checks_that_name_what_there_is_are_no_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = """
[checks.web]
use = "tcp"
target = "localhost:80"
figure = "time"
requires = ["cpu", "disk /", "gate"]
runbook = "fix/web"
[checks.gate]
enabled = false
use = "tcp"
"""
    assert found(tmp_path, config, capsys) == []


def test_a_page_only_a_runbook_leads_to_is_reached(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert [message for _, message, _ in found(tmp_path, "", capsys)] == ['no key leads to "fix/web"']
    assert found(tmp_path, '[checks.cpu]\nuse = "cpu"\nrunbook = "fix/web"\n', capsys) == []


@pytest.mark.parametrize(
    ("line", "message", "cure"),
    [
        ('requires = ["gaet"]', 'requires: there is no check "gaet"', 'did you mean "gate"?'),
        ('requires = ["disk"]', 'requires: "disk" is a check for each disk', 'name one of them: "disk /"'),
        ('runbook = "fix/wbe"', 'runbook: there is no page "fix/wbe"', 'did you mean "fix/web"?'),
        ('figure = "speed"', 'figure: tcp measures no "speed"', "one of time"),
        ('match = "("', "match: the pattern", ""),
    ],
)
def test_what_names_nothing_is_told_with_its_line_and_the_cure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, message: str, cure: str
) -> None:
    named = "" if "runbook" in line else 'runbook = "fix/web"\n'
    config = f'[checks.gate]\nuse = "cpu"\n[checks.web]\nuse = "tcp"\ntarget = "localhost:80"\n{line}\n{named}'
    told = [one for one in found(tmp_path, config, capsys) if "checks." in one[1]]
    assert [(at, words.startswith(f"checks.web.{message}"), how) for at, words, how in told] == [(6, True, cure)], told


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ('use = "tcp"\ntarget = "localhost"', 3, "checks.web.target: "),
        ('use = "tcp"', 1, "checks.web.target: tcp needs a target"),
        ('use = "cpu"\ntarget = "x"', 3, "checks.web.target: cpu has no target: take it out"),
        ('use = "log"\ntarget = "x"', 1, "checks.web.match: log needs a match"),
        ("retries = 2", 1, "checks.web.use: there is no program web in scripts/checks"),
    ],
)
def test_a_target_that_cannot_be_looked_at_is_told_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], table: str, line: int, message: str
) -> None:
    told = [one for one in found(tmp_path, f"[checks.web]\n{table}\n", capsys) if "checks." in one[1]]
    assert [(at, words.startswith(message)) for at, words, _ in told] == [(line, True)], told
