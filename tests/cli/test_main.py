from __future__ import annotations

import errno
import socket
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from sttelnet import __version__
from sttelnet.cli import COMMANDS, exits, main
from sttelnet.errors import ConfigError, StoreError, TreeError
from tests.cli.running import command, environment, program


def test_the_version_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sttelnet {__version__}\n"


@pytest.mark.parametrize("arguments", [["--version", "--verbose"], ["--verbose", "--version"]])
def test_a_verbose_version_tells_what_it_stands_on(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(arguments) == 0
    lines = dict(line.split(None, 1) for line in capsys.readouterr().out.splitlines())
    assert list(lines) == ["sttelnet", "Python", "telnetlib3", "SQLite", "OpenSSL", "OS"]
    assert lines["telnetlib3"] == metadata.version("telnetlib3")


@pytest.mark.parametrize("arguments", ["--version", "--help"])
def test_version_and_help_load_none_of_the_daemon(tmp_path: Path, arguments: str) -> None:
    code = (
        f"import sys; from sttelnet.cli import main; main(['{arguments}']);"
        "sys.exit(','.join({'asyncio', 'msgspec', 'telnetlib3', 'psutil', 'sqlite3', 'argparse'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == "\n" or done.stderr == ""


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"\n  {name}" in text for name in COMMANDS)
    assert "examples:" in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_examples(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main([name, "--help"]) == 0
    assert f"examples:\n  sttelnet {name}" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_heading_in_the_documentation(name: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
    assert f"\n## `sttelnet {name}`\n" in text


def test_an_unknown_command_is_told_the_nearest_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lnt"]) == exits.USAGE
    assert 'did you mean "lint"?' in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--prot", "1"], ["serve", "--prot=1"]])
def test_a_mistyped_option_is_told_the_nearest_one(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(arguments) == exits.USAGE
    assert 'did you mean "--port"?' in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--nonsense"],
        ["--port", "65536"],
        ["--port", "x"],
        ["--port", "٣"],
        ["serve", "extra"],
        ["lint", "--format", "xml"],
        ["render"],
        ["render", "root", "--size", "80"],
        ["render", "root", "--size", "0x24"],
        ["render", "root", "--as", "god"],
        ["member"],
        ["member", "add"],
        ["member", "add", "kim", "--role", "guest"],
        ["config"],
        ["config", "--defaults", "--effective"],
        ["connect", "localhost", "telnet"],
        ["--version", "--port"],
        ["--config", "x", "lint"],
    ],
)
def test_wrong_usage_is_status_2(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    assert main(arguments) == exits.USAGE
    assert capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigError(["x"]), 78),
        (TreeError("x"), 78),
        (StoreError("x"), 69),
        (OSError(errno.EADDRINUSE, "taken"), 69),
        (ExceptionGroup("tasks", [StoreError("x")]), 69),
        (ExceptionGroup("tasks", [StoreError("x"), ValueError()]), None),
        (ValueError("a bug"), None),
    ],
)
def test_an_exception_stands_for_a_status(error: Exception, status: int | None) -> None:
    assert exits.status_of(error) == status


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "the port is taken"),
        (OSError(errno.EACCES, "denied"), "not allowed to listen"),
        (OSError(errno.EADDRNOTAVAIL, "no such address"), "server.listen"),
        (socket.gaierror(-2, "unknown"), "host name nobody knows"),
        (PermissionError(errno.EACCES, "denied", "/var/x"), "/var/x: denied"),
        (OSError(errno.EADDRINUSE, "on address ('::1', 6023, 0, 0): in use"), "port 6023 of ::1 is taken"),
        (ExceptionGroup("tasks", [StoreError("it is full")]), "it is full"),
        (ConfigError(["config.toml:1: x"]), "config.toml:1: x"),
    ],
)
def test_an_exception_is_explained(capsys: pytest.CaptureFixture[str], error: Exception, words: str) -> None:
    exits.report(error)
    assert words in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error(tmp_path: Path) -> None:
    with subprocess.Popen(
        command("config", "--effective"),
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        assert running.stderr.read() == ""
    assert running.returncode == 0


def test_the_program_ends_with_the_status_of_main(tmp_path: Path) -> None:
    assert program("--version", cwd=tmp_path).returncode == 0
    assert program("--config", "nowhere.toml", cwd=tmp_path).returncode == 78
