from __future__ import annotations

from pathlib import Path

from sttelnet.handlers.loader import load_modules


def write(folder: Path, **modules: str) -> Path:
    for name, text in modules.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_public_functions_of_a_sites_modules_are_handlers(tmp_path: Path) -> None:
    loaded = load_modules(write(tmp_path, mine="def One(client):\n    pass\n\ndef _two(client):\n    pass\n"))

    assert set(loaded.handlers) == {"One"}
    assert loaded.handlers["One"].where == f"{tmp_path.name}/mine.py:1"


def test_imported_functions_belong_to_where_they_come_from(tmp_path: Path) -> None:
    loaded = load_modules(write(tmp_path, a="from .b import Two\n", b="def Two(client):\n    pass\n"))

    assert loaded.handlers["Two"].where == f"{tmp_path.name}/b.py:1"
    assert loaded.good


def test_folders_are_subpackages_and_check_programs_are_left_alone(tmp_path: Path) -> None:
    folder = write(
        tmp_path, admin__tools="from .. import lib\n\nX = lib.X\n\ndef Tool(client):\n    pass\n", lib="X = 1\n"
    )
    write(folder, checks__disk="raise SystemExit(2)\n")

    loaded = load_modules(folder)

    assert set(loaded.handlers) == {"Tool"}
    assert loaded.good


def test_a_module_that_raises_is_a_problem_with_its_place(tmp_path: Path) -> None:
    loaded = load_modules(write(tmp_path, bad="x = 1\n\nx.nothing\n"))

    assert not loaded.good
    assert str(loaded.problems[0]) == (
        f"{tmp_path.name}/bad.py:3:1: cannot load: AttributeError: 'int' object has no attribute 'nothing'"
    )


def test_a_syntax_error_is_underlined_where_it_is(tmp_path: Path) -> None:
    loaded = load_modules(write(tmp_path, bad="x = 1\ny = (2 +* 3)\n"))

    assert loaded.problems[0].picture() == (
        f"{tmp_path.name}/bad.py:2:9: cannot load: invalid syntax\n2 | y = (2 +* 3)\n  |         ^"
    )


def test_the_functions_of_a_module_that_fails_are_known_by_name(tmp_path: Path) -> None:
    loaded = load_modules(
        write(
            tmp_path,
            fails="import nosuchmod\n\ndef One(client):\n    def inner(): pass\n\nasync def Two(client):\n    pass\n",
            broken="def Three(client):\n    pass\n\ndef _four():\n    pass\n\ndef Five(:\n",
            fine="def Six(client):\n    pass\n",
        )
    )

    assert loaded.unloaded == {"One", "Two", "Three", "Five"}
    assert loaded.names == loaded.unloaded | {"Six"}


def test_a_module_that_exits_or_does_not_parse_is_a_problem_too(tmp_path: Path) -> None:
    loaded = load_modules(write(tmp_path, exits="import sys\nsys.exit(3)\n", broken="def f(:\n"))

    assert sorted(problem.place.path.rpartition("/")[2] for problem in loaded.problems) == ["broken.py", "exits.py"]


def test_two_handlers_of_one_name_are_an_error_naming_both_places(tmp_path: Path) -> None:
    loaded = load_modules(write(tmp_path, a="def One(client):\n    pass\n", b="\ndef One(client):\n    pass\n"))

    assert not loaded.good
    assert f"{tmp_path.name}/a.py:1" in str(loaded.problems[0])
    assert f"{tmp_path.name}/b.py:2" in str(loaded.problems[0])


def test_replacing_a_shipped_handler_is_said(tmp_path: Path) -> None:
    loaded = load_modules(write(tmp_path, mine="def STHost(client):\n    pass\n"), shipped={"STHost"})

    assert loaded.good
    assert "replaces the shipped handler" in str(loaded.problems[0])


def test_masked_and_async_are_read_off_the_function(tmp_path: Path) -> None:
    text = "from sttelnet.client import masked\n\n@masked\nasync def Word(client, data):\n    pass\n"

    handler = load_modules(write(tmp_path, mine=text)).handlers["Word"]

    assert handler.masked
    assert handler.is_async
    assert not handler.shipped


def test_each_load_is_anew_and_leaves_no_cache_behind(tmp_path: Path) -> None:
    folder = write(tmp_path, mine="def One(client):\n    return 1\n")
    first = load_modules(folder)
    write(tmp_path, mine="def One(client):\n    return 2\n")
    second = load_modules(folder)

    assert first.handlers["One"].function(None) == 1
    assert second.handlers["One"].function(None) == 2
    assert not list(tmp_path.rglob("*.pyc"))
