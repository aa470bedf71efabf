from __future__ import annotations

from pathlib import Path

import pytest

from sttelnet.cli import main
from tests.cli.running import write_site

LOGIN = "{% page:Title('x') %}".replace("'", '"') + "\nLog in\n{% set:STLoginID; set:STLoginPassword %}\n"
SITE = {"root": '{% key:login("l"); key:health("h") %}\nIs it all right?\n', "login": LOGIN, "health": "OK\n"}


def smoke(folder: Path, capfd: pytest.CaptureFixture[str]) -> tuple[int, dict[str, str]]:
    """Return the status, and what each check came to."""
    status = main(["smoke", "--config", str(folder)])
    lines = capfd.readouterr().out.splitlines()
    return status, {line[5:18].strip(): line for line in lines[:-1]}


def test_a_site_that_works_passes_and_is_left_alone(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_site(tmp_path, SITE)
    status, checks = smoke(tmp_path, capfd)
    assert [line[:4] for line in checks.values()] == ["PASS"] * 6, checks
    assert status == 0
    assert {path.name for path in tmp_path.iterdir()} == {"config.toml", "scripts"}


def test_a_value_that_fails_fails_its_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = {"root": SITE["root"] + "{% get:Broken %}\n", "b.py": "def Broken(client):\n    return 1 / 0\n"}
    write_site(tmp_path, {**SITE, **broken})
    status, checks = smoke(tmp_path, capfd)
    assert status == 1
    assert checks["root page"].startswith("FAIL")
    assert checks["log"].startswith("FAIL")
    assert checks["right log-in"].startswith("PASS")


def test_a_site_of_one_page_passes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_site(tmp_path, {"root": "hello\n"})
    status, checks = smoke(tmp_path, capfd)
    assert status == 0
    assert "no log-in" in checks["right log-in"]


def test_a_tree_that_cannot_be_served_is_status_78(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_site(tmp_path, {"root": "{% get:"})
    assert smoke(tmp_path, capfd)[0] == 78
