from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from sttelnet.errors import TreeError
from sttelnet.script.model import Get, Text
from sttelnet.tree import MOST_PROBLEMS, Change, Tree, read_candidate, read_sources
from tests.daemon import write_site

FUNCTIONS: dict[str, Callable[..., object]] = {"Word": lambda client: "", "STErrors": lambda client, path: ""}


def take(tree: Tree, folder: Path) -> Change:
    return tree.take([read_candidate(source) for source in read_sources(folder, {}).values()], FUNCTIONS)


def test_keywords_are_paths_below_the_folder(tmp_path: Path) -> None:
    tree = Tree()
    take(tree, write_site(tmp_path, {"root": "r", "admin/keys": "k", "checks/x": "no script", "note.md": "none"}))

    assert set(tree.scripts) == {"root", "admin/keys"}


def test_a_byte_order_mark_and_dos_line_ends_are_read_as_any_text(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {})
    (folder / "root.txt").write_bytes(b"\xef\xbb\xbfone\r\ntwo")
    tree = Tree()
    take(tree, folder)

    root = tree.get("root")
    assert root is not None
    assert root.body == (Text("one\r\ntwo"),)


@pytest.mark.parametrize("keyword", ["back", "refresh", "remain", "repeat", "logoff", "Upper", "with blank"])
def test_a_file_whose_name_can_be_no_keyword_is_an_error(keyword: str, tmp_path: Path) -> None:
    tree = Tree()
    change = take(tree, write_site(tmp_path, {"root": "r", keyword: "x"}))

    assert [problem.place.path for problem in change.fresh] == [f"scripts/{keyword}.txt"]


def test_a_script_broken_from_the_start_becomes_a_page_that_says_so(tmp_path: Path) -> None:
    tree = Tree()
    take(tree, write_site(tmp_path, {"root": "r", "bad": "{% get:Nobody %}"}))

    page = tree.get("bad")
    assert page is not None
    assert any(isinstance(piece, Get) and piece.call.name == "STErrors" for piece in page.body)
    assert tree.broken == {"bad"}


def test_a_broken_edit_keeps_the_last_good_version_while_others_go_live(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"root": "r", "a": "good", "b": "old"})
    tree = Tree()
    take(tree, folder)
    write_site(tmp_path, {"a": "{% unclosed", "b": "new"})
    change = take(tree, folder)

    assert change.changed == {"b"}
    assert tree.scripts["a"].body == (Text("good"),)
    assert tree.scripts["b"].body == (Text("new"),)


def test_two_files_that_differ_only_in_case_are_an_error(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"root": "r", "news": "n", "News": "N"})
    if len(list(folder.iterdir())) < 3:
        pytest.skip("this file system does not tell News.txt from news.txt")
    tree = Tree()

    assert any("differ only in case" in str(problem) for problem in take(tree, folder).fresh)


def test_a_tree_without_root_or_with_a_broken_login_cannot_start(tmp_path: Path) -> None:
    tree = Tree()
    take(tree, write_site(tmp_path, {"other": "x"}))
    with pytest.raises(TreeError, match="no root"):
        tree.require()

    take(tree, write_site(tmp_path, {"root": "r", "login": "{% get:Nobody %}"}))
    with pytest.raises(TreeError, match="login"):
        tree.require()


def test_one_look_finds_what_is_wrong_in_a_file_that_does_not_read(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"root": '{% key:nowhere("n"); get:Nobody; get:Word(1) %}\n{% bad; get:Wrod %}\n{# '})

    found = [str(problem) for problem in take(Tree(), folder).fresh]
    assert [line.partition(": ")[2].partition(" (")[0] for line in found] == [
        'unknown key target "nowhere"',
        'unknown handler "Nobody"',
        '"Word": too many positional arguments',
        'expected a statement, found "bad"',
        'unknown handler "Wrod"',
        "comment is not closed",
    ]


def test_what_a_comment_that_is_not_closed_may_hide_is_not_judged(tmp_path: Path) -> None:
    change = take(Tree(), write_site(tmp_path, {"root": '{% get:STErrors {# the path ("x") %}'}))

    assert [problem.code for problem in change.fresh] == ["unclosed"]


def test_a_page_that_calls_a_handler_that_could_not_be_loaded_waits_without_a_problem(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"root": "r", "a": "{% get:Mine %}"})
    tree = Tree()
    candidates = [read_candidate(source) for source in read_sources(folder, {}).values()]
    change = tree.take(candidates, FUNCTIONS, absent={"Mine"})

    assert change.fresh == ()
    assert tree.broken == {"a"}


def test_of_one_file_a_hundred_problems_are_told_and_how_many_more_there_are(tmp_path: Path) -> None:
    folder = write_site(tmp_path, {"root": "{% get:Nobody %}" * 150})
    found = take(Tree(), folder).fresh

    assert len(found) == MOST_PROBLEMS + 1
    assert found[-1].message == "and 50 more in this file"
    assert not found[-1].warning


def test_strict_refuses_any_broken_script(tmp_path: Path) -> None:
    tree = Tree()
    take(tree, write_site(tmp_path, {"root": "r", "bad": "{% get:Nobody %}"}))

    tree.require()
    with pytest.raises(TreeError):
        tree.require(strict=True)


def test_a_script_of_more_than_a_mebibyte_is_refused_unread(tmp_path: Path) -> None:
    tree = Tree()
    change = take(tree, write_site(tmp_path, {"root": "r", "huge": "x" * (1024 * 1024 + 1)}))

    assert "bytes at most" in str(change.fresh[0])
