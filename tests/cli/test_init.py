from __future__ import annotations

from pathlib import Path

import pytest

from sttelnet.cli import main
from sttelnet.cli.site import packaged_folder
from sttelnet.config import Config, load_config
from sttelnet.handlers.loader import load_modules


def test_a_new_site_is_the_one_that_ships_and_an_example_handler(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "deep" / "mybox"
    assert main(["init", str(folder)]) == 0
    shipped = packaged_folder() / "scripts"
    for script in shipped.rglob("*.txt"):
        assert (folder / "scripts" / script.relative_to(shipped)).read_bytes() == script.read_bytes()
    assert not list(folder.rglob("__pycache__"))
    assert load_config((folder / "config.toml").read_text(encoding="utf-8"), "config.toml", {}) == Config()
    assert f"sttelnet serve --config {folder}" in capsys.readouterr().out


def test_a_new_site_has_a_file_to_show(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path)]) == 0
    assert len((tmp_path / "files" / "motd.txt").read_text(encoding="utf-8").splitlines()) == 1


def test_a_files_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    assert main(["init", str(tmp_path)]) == 0
    assert not list((tmp_path / "files").iterdir())


def test_a_place_that_cannot_be_written_is_said_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert main(["init", str(tmp_path / "file" / "mybox")]) == 69
    error = capsys.readouterr().err
    assert error.startswith(f"sttelnet: cannot write {tmp_path / 'file'}")
    assert "Errno" not in error


def test_the_example_handlers_load(tmp_path: Path) -> None:
    main(["init", str(tmp_path)])
    modules = load_modules(tmp_path / "scripts")
    assert modules.good
    assert {"Greeting", "Guestbook"} <= modules.handlers.keys()
    modules.forget()


def test_a_folder_that_is_there_and_empty_of_a_site_is_fine(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("mine")
    assert main(["init", str(tmp_path)]) == 0
    assert (tmp_path / "notes.md").read_text() == "mine"


@pytest.mark.parametrize("there", ["config.toml", "scripts"])
def test_a_folder_with_a_site_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], there: str
) -> None:
    (tmp_path / there).mkdir()
    assert main(["init", str(tmp_path)]) == 2
    assert there in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == [there]


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["init", str(tmp_path / "file")]) == 2
    assert "is no folder" in capsys.readouterr().err
