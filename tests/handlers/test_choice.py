"""What a client has before them in the file areas."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.areas import AreaFile
from sttelnet.handlers import choice as choices
from sttelnet.handlers.choice import Choice, choice_of, picked
from tests.handlers.area_site import AreaSite, area_site


def file(name: str, area: str = "public", size: int = 5) -> AreaFile:
    return AreaFile(area, name, size, 0.0)


def names(files: list[AreaFile] | None) -> list[str] | None:
    return None if files is None else [found.name for found in files]


SHOWN = [file("a.txt"), file("B.zip"), file("3"), file("two words.txt"), file("e.bin")]

# Picking


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1", ["a.txt"]),
        ("1 2", ["a.txt", "B.zip"]),
        ("2, 1", ["B.zip", "a.txt"]),
        ("4-5", ["two words.txt", "e.bin"]),
        (" 1  4-5 ", ["a.txt", "two words.txt", "e.bin"]),
        ("1-5", [found.name for found in SHOWN]),
        ("all", [found.name for found in SHOWN]),
        (" ALL ", [found.name for found in SHOWN]),
        ("b.ZIP", ["B.zip"]),
        ("a.txt,e.bin", ["a.txt", "e.bin"]),
        ("two words.txt", ["two words.txt"]),
        ("1 b.zip", ["a.txt", "B.zip"]),
        ("", []),
        (" , ", []),
    ],
)
def test_files_are_picked_by_number_range_and_name(text: str, wanted: list[str]) -> None:
    assert names(picked(text, SHOWN)) == wanted


@pytest.mark.parametrize(
    "text", ["0", "6", "5-6", "3-2", "0-1", "-1", "1-", "1 6", "nothing", "a.txt nothing", "two", "1.5", "²", "9" * 500]
)
def test_what_is_not_in_the_list_picks_nothing_at_all(text: str) -> None:
    assert picked(text, SHOWN) is None


def test_a_number_counts_before_a_file_of_that_name() -> None:
    shown = [file("2"), file("b.txt"), file("9"), file("1 2")]

    assert names(picked("2", shown)) == ["b.txt"]
    assert names(picked("1 2", shown)) == ["2", "b.txt"]
    assert names(picked("9", shown)) == ["9"]  # there is no ninth


def test_a_file_named_twice_is_picked_once() -> None:
    assert names(picked("1 a.txt 1-2 2", SHOWN)) == ["a.txt", "B.zip"]


def test_nothing_is_picked_from_nothing() -> None:
    assert picked("all", []) == []
    assert picked("1", []) is None


@given(st.text() | st.text(st.sampled_from("0123456789- ,ab.txt")), st.lists(st.sampled_from(SHOWN), unique=True))
def test_whatever_is_typed_picks_files_of_the_list_each_once_or_none(text: str, shown: list[AreaFile]) -> None:
    found = picked(text, shown)

    assert found is None or (set(found) <= set(shown) and len(found) == len(set(found)))


# Marks


def test_marking_marked_files_again_takes_the_marks_off() -> None:
    choice = Choice()
    one, two = SHOWN[:2]

    assert choice.mark([one])
    assert choice.mark([one, two])  # one of them was not marked: both are
    assert (choice.is_marked(one), choice.is_marked(two), choice.size) == (True, True, 10)
    assert choice.mark([one, two])
    assert choice.marked == {}


def test_files_of_one_name_in_two_areas_are_two_files() -> None:
    choice = Choice()

    choice.mark([file("a.txt", "public")])
    choice.mark([file("a.txt", "staff")])
    choice.unmark("public", "a.txt")
    choice.unmark("public", "never marked")

    assert list(choice.marked) == [("staff", "a.txt")]


def test_there_may_be_so_many_marks_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choices, "MOST_MARKED", 4)
    choice = Choice()

    assert choice.mark(SHOWN[:4])
    assert not choice.mark(SHOWN[4:])
    assert len(choice.marked) == 4
    assert choice.mark(SHOWN[:4])  # taking them off is no more marks
    assert choice.marked == {}
    assert choice.mark(SHOWN[:2])
    assert choice.mark(SHOWN[:4])  # two of them count already


def test_nothing_marked_is_no_change() -> None:
    choice = Choice()

    assert choice.mark([])
    assert choice.marked == {}


# The place


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[AreaSite]:
    async with area_site(tmp_path) as opened:
        yield opened


async def test_a_client_has_one_choice_for_the_session(site: AreaSite) -> None:
    client, _ = site.client()
    other, _ = site.client()

    assert choice_of(client) is choice_of(client)
    assert choice_of(client) is not choice_of(other)


def test_what_was_found_hides_the_area_and_does_not_close_it() -> None:
    choice = Choice(shown=SHOWN, page=3)

    choice.turn_to(area="public")
    choice.page = 2
    choice.turn_to(words="tools")
    assert (choice.area, choice.words, choice.shown, choice.page) == ("public", "tools", [], 0)

    choice.turn_to(area="staff")
    assert (choice.area, choice.words) == ("staff", "")


async def test_the_page_of_the_list_is_found_again_at_the_next_script_and_turned_on_the_same(site: AreaSite) -> None:
    client, _ = site.client()
    choice = Choice(page=4)

    choice.find_page(client)
    assert client.page_index == 4
    client.page_index = 5
    choice.find_page(client)
    assert client.page_index == 5

    client.page_index, client.set_commands = 0, []  # as a session does when it enters a script
    choice.find_page(client)
    assert client.page_index == 4
