"""`sttelnet check`: one check, once."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from sttelnet.cli import main

GOOD = """\
print("QUEUE WARNING - 12 waiting | waiting=12;10;20;0;100 'mean time'=1.5s;@1:2 odd=x")
print("oldest: 3 min")
raise SystemExit(1)
"""


def script(folder: Path, text: str, name: str = "queue.py") -> str:
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def test_what_a_check_gave_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", script(tmp_path, GOOD)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "WARNING: QUEUE WARNING - 12 waiting"
    assert lines[1].startswith("  exit status 1, after ")
    assert lines[2:] == [
        "  waiting = 12   warning 10 (now), critical 20, from 0 to 100",
        "  mean time = 1.5s   warning @1:2 (now)",
        "  not understood as performance data: odd=x   ('label'=value[unit];warning;critical;least;most)",
        "  | oldest: 3 min",
    ]


def test_its_arguments_are_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check = script(tmp_path, "import sys; print(sys.argv[1:])")
    assert main(["check", check, "-w", "5", "--json"]) == 0
    assert "OK: ['-w', '5', '--json']" in capsys.readouterr().out


def test_programs_are_given_an_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--json", script(tmp_path, GOOD)]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["text"], told["status"]) == ("WARNING", "QUEUE WARNING - 12 waiting", 1)
    assert told["figures"][1]["warning"] == "@1:2"
    assert told["broken"] == ["odd=x"]


def test_one_that_takes_too_long_is_unknown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--timeout", "0.3", script(tmp_path, "import time; time.sleep(60)")]) == 3
    assert capsys.readouterr().out.startswith("UNKNOWN: no answer within 0.3 s\n  it did not end by itself")


def test_what_goes_to_standard_error_is_shown_cleaned(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", script(tmp_path, "print('ok'); 1/0")]) == 1
    printed = capsys.readouterr().out
    assert "  ! ZeroDivisionError: division by zero" in printed
    assert main(["check", script(tmp_path, "import sys; sys.stderr.write('\\x1b[2J')")]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="there a suffix says all")
def test_what_is_no_check_is_told_with_the_cure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "none.sh")]) == 3
    assert "no such file" in capsys.readouterr().err
    assert main(["check", script(tmp_path, "", "notes.txt")]) == 3
    assert "chmod +x" in capsys.readouterr().err
