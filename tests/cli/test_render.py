from __future__ import annotations

from pathlib import Path

import pytest

from sttelnet.cli import main
from tests.cli.running import write_site

PAGE = """{% page:Title("Test") %}
{% ansi:Color("red") %}█ {% get:Who %}{% ansi:Reset %}
"""
MODULE = "def Who(client):\n    return f'{client.role} {client.terminal.size.columns}x{client.terminal.size.rows}'\n"


def render(folder: Path, capfd: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["render", "root", "--config", str(folder), *arguments]) == 0
    return capfd.readouterr().out


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path, {"root": PAGE, "who.py": MODULE})


def test_a_page_is_printed_with_its_values(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = render(site, capfd, "--charset", "utf-8", "--size", "100x30", "--as", "operator")
    assert "█ operator 100x30" in page
    assert "\x1b[" in page


def test_a_plain_terminal_is_sent_no_sequences(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = render(site, capfd, "--charset", "ascii")
    assert page.isascii()
    assert "\x1b" not in page
    assert "guest 80x24" in page


def test_a_page_that_is_not_there_is_said(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "rot", "--config", str(site)]) == 2
    error = capfd.readouterr().err
    assert "there is no page 'rot'" in error
    assert 'did you mean "root"?' in error


def test_help_says_whose_page_it_is_without_an_option(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "--help"]) == 0
    assert "(default: guest)" in capfd.readouterr().out


def test_nothing_is_left_in_the_site(site: Path, capfd: pytest.CaptureFixture[str]) -> None:
    render(site, capfd)
    assert {path.name for path in site.iterdir()} == {"config.toml", "scripts"}
