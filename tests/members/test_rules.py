"""What names and passwords must be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.charset import cells
from sttelnet.members.rules import Refusal, check_name, check_password, is_name, one_time_password
from sttelnet.passwords import LONGEST_PASSWORD


@pytest.mark.parametrize("name", ["kim", "Kim_1", "a.b", "42x", "x-y-z", "abcdefghijklmnopqrst", "Joanna", "allen"])
def test_a_plain_name_is_fine(name: str) -> None:
    assert check_name(name) is None


@pytest.mark.parametrize(
    "name",
    [
        "", "ab", "abcdefghijklmnopqrstu", "-f", "-kim", "_kim", ".kim", "kim lee", "kim\n", "kim\x1b[2J", "/msg",
        "kïm", "\u0430dmin", "kim\u200b", "kim:x", "kim%", "root@host", "..", "...", "k\u0131m", "kim٣",
    ],
)  # fmt: skip
def test_anything_else_is_no_name(name: str) -> None:
    assert check_name(name) is Refusal.NAME_BAD


@pytest.mark.parametrize(
    "name",
    [
        "admin", "Admin", "ADMINISTRATOR", "operator", "member", "guest", "GUEST", "root", "sysop", "system",
        "daemon", "everyone", "all", "who", "msg", "help", "back", "quit", "chat", "refresh", "remain", "repeat",
        "logoff", "login", "register", "new", "sys.op", "s_y_s_o_p", "r00t", "4dm1n", "admin1", "Admin_2", "who99",
    ],
)  # fmt: skip
def test_nobody_may_pass_for_a_role_a_command_or_the_system(name: str) -> None:
    assert check_name(name) is Refusal.NAME_RESERVED


@pytest.mark.parametrize(
    "name",
    [
        "sys0p1", "adm1n2", "r00t9", "r007", "5ysop2", "gue5t1", "d4emon1", "1ogin", "heIp", "adrnin", "the.sysop",
        "sysop-official", "kim_4dm1n", "admin.2", "sysop_", "a11", "rnember", "sy5tem-7",
    ],
)  # fmt: skip
def test_nobody_may_look_like_one_of_those_either(name: str) -> None:
    assert check_name(name) is Refusal.NAME_RESERVED


@pytest.mark.parametrize(
    "name",
    [
        "adrian", "rooster", "helperton", "Ali", "ali7", "Alina", "badminton", "sysopia", "Arne", "Bernard", "Guy",
        "Hal", "Whoopi", "Hosta", "Lou", "Joan", "Oli", "Nell", "the.root", "help-me", "2010", "1337",
    ],
)  # fmt: skip
def test_an_ordinary_name_is_kept_from_nobody(name: str) -> None:
    assert check_name(name) is None


@given(st.text(max_size=30))
def test_a_name_is_safe_wherever_it_is_written(text: str) -> None:
    if is_name(text):
        assert text.isascii()
        assert text.isprintable()
        assert not set(text) & set(" /\\:;,'\"<>|*?%$@&{}()")
        assert text[0].isalnum()
        assert 3 <= len(text) <= 20


def test_a_password_has_a_least_length_in_characters() -> None:
    assert check_password("kim", "1234567", 8) is Refusal.PASSWORD_SHORT
    assert check_password("kim", "12345678", 8) is None
    assert check_password("kim", "e\u0301" * 7, 8) is Refusal.PASSWORD_SHORT


def test_a_password_has_a_most_length_in_bytes() -> None:
    assert check_password("kim", "é" * (LONGEST_PASSWORD // 2), 8) is None
    assert check_password("kim", "é" * (LONGEST_PASSWORD // 2) + "x", 8) is Refusal.PASSWORD_LONG


def test_a_password_is_not_the_name() -> None:
    assert check_password("kim_and_jo", "Kim_And_Jo", 8) is Refusal.PASSWORD_IS_NAME


@pytest.mark.parametrize("password", ["        ", "漢字漢字漢字漢字", "\x00\x01\x02\x03\x04\x05\x06\x07", "pass word"])
def test_a_password_may_be_any_text(password: str) -> None:
    assert check_password("kim", password, 8) is None


def test_one_time_passwords_differ_and_are_easy_to_type() -> None:
    made = {one_time_password() for _ in range(100)}

    assert len(made) == 100
    for password in made:
        assert len(password) == 14
        assert not set(password) & set("0o1il")
        assert check_password("sysop", password, 8) is None


def test_every_refusal_has_a_sentence_of_its_own_for_people() -> None:
    sentences = [refusal.value for refusal in Refusal.__members__.values()]

    assert len(set(sentences)) == len(Refusal.__members__)
    assert all(s[0].isupper() and s.endswith(".") and s.isascii() for s in sentences)


@pytest.mark.parametrize("refusal", Refusal.__members__.values())
def test_a_refusal_fits_the_row_of_a_box(refusal: Refusal) -> None:
    assert cells(refusal.value) <= 76
