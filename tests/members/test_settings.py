"""What a member has chosen, kept as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.members.settings import MOST_ROWS, Settings, read_settings, settings_text


@given(st.builds(Settings, st.booleans(), st.booleans(), st.integers(0, MOST_ROWS)))
def test_what_is_kept_is_read_again(settings: Settings) -> None:
    assert read_settings(settings_text(settings)) == settings


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"colours": 3}', '{"pause": -1}', '{"pause": 1000}', "\ud800"], ids=range(7)
)
def test_what_cannot_be_understood_is_as_if_nothing_were_chosen(text: str) -> None:
    assert read_settings(text) == Settings()


def test_what_a_later_version_has_added_is_passed_over() -> None:
    assert read_settings('{"colours": false, "sound": "loud"}') == Settings(colours=False)


@pytest.mark.parametrize(("pause", "room"), [(0, 16), (5, 5), (MOST_ROWS, 16)])
def test_a_page_of_a_list_has_the_rows_chosen_where_the_window_has_them(pause: int, room: int) -> None:
    assert Settings(pause=pause).room(24, 8) == room
    assert Settings(pause=pause).room(5, 8) == 1
