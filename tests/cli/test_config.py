from __future__ import annotations

from pathlib import Path

import pytest

from sttelnet.cli import main
from sttelnet.config import Config, load_config
from tests.cli.running import write_site


def test_the_defaults_are_the_file_that_ships(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--defaults"]) == 0
    text = capsys.readouterr().out
    assert text == (Path(__file__).parents[2] / "config.toml").read_text(encoding="utf-8")
    assert load_config(text, "config.toml", {}) == Config()


def test_the_effective_config_tells_the_sources(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_site(tmp_path, {"root": "hello"}, "[server]\nmax_sessions = 5\n")
    monkeypatch.setenv("STTELNET_LOG__LEVEL", "debug")
    monkeypatch.chdir(tmp_path)
    assert main(["config", "--effective", "--port", "7000", "--listen", "::1", "--listen", "127.0.0.2"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert [row for row in rows if row.startswith("level = ") and row.endswith("# STTELNET_LOG__LEVEL")]
    rows = rows[: rows.index("[tls]")]  # others have a port of their own
    sources = {row.split(" = ")[0]: row.split("  # ")[1] for row in rows if "  # " in row}
    assert sources["port"] == sources["listen"] == "command line"
    assert sources["max_sessions"] == "config.toml:2"
    assert sources["login_grace"] == "default"


def test_a_bad_config_is_status_78_with_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_site(tmp_path, {"root": "hello"}, "[server]\nprot = 7\nport = -1\n")
    for command in ("serve", "config --effective", "render root", "member list", "smoke"):
        assert main([*command.split(), "--config", str(tmp_path)]) == 78
        problems = capsys.readouterr().err.splitlines()
        assert [
            problem.startswith(f"{tmp_path / 'config.toml'}:{line}: ") for line, problem in enumerate(problems, 2)
        ] == [
            True,
            True,
        ]
