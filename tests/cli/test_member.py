from __future__ import annotations

import io
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sttelnet.cli import main
from tests.cli.running import write_site


class Console:
    """`sttelnet member …` on one site, and what it printed last."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._folder = folder
        self._capsys = capsys
        self.out = self.err = ""

    def __call__(self, *arguments: str) -> int:
        status = main(["member", *arguments, "--config", str(self._folder)])
        self.out, self.err = self._capsys.readouterr()
        return status

    def row(self, name: str) -> list[str]:
        """Return a member's row in the list."""
        assert self("list") == 0
        return next(line.split() for line in self.out.splitlines() if line.split()[0] == name)


@pytest.fixture
def member(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(write_site(tmp_path, {"root": "hello"}), capsys)


def password_in(text: str) -> str:
    found = re.search(r"one-time password  (\S+)", text)
    assert found is not None
    return found[1]


def test_a_member_is_added_with_a_one_time_password(member: Console) -> None:
    assert member("add", "kim", "--role", "operator") == 0
    assert len(password_in(member.out)) >= 8
    assert member.row("kim")[:3] == ["kim", "operator", "one-time"]


def test_a_name_can_be_had_once(member: Console) -> None:
    assert member("add", "kim") == 0
    assert member("add", "Kim") == 1
    assert "taken" in member.err


@pytest.mark.parametrize("name", ["ab", "sys op", "admin"])
def test_a_name_nobody_may_have_is_refused(member: Console, name: str) -> None:
    assert member("add", name) == 1
    assert member.err.startswith("sttelnet: ")


def test_a_role_is_given(member: Console) -> None:
    member("add", "kim")
    assert member("role", "kim", "admin") == 0
    assert member.row("kim")[1] == "admin"


def test_a_member_is_locked_and_let_in_again(member: Console) -> None:
    member("add", "kim")
    assert member("lock", "kim") == 0
    assert member.row("kim")[2] == "locked"
    assert member("unlock", "kim") == 0
    assert member.row("kim")[2] == "one-time"


def test_a_new_one_time_password_is_another_one(member: Console) -> None:
    member("add", "kim")
    before = password_in(member.out)
    assert member("passwd", "kim") == 0
    assert password_in(member.out) != before


def test_a_lasting_password_comes_from_standard_input(member: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    member("add", "kim")
    monkeypatch.setattr("sys.stdin", io.StringIO("correct horse\n"))
    assert member("passwd", "kim", "--stdin") == 0
    assert member.row("kim")[2] == "ok"
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert member("passwd", "kim", "--stdin") == 1


@pytest.mark.parametrize(
    "arguments", [["role", "jo", "admin"], ["lock", "jo"], ["passwd", "jo"], ["passwd", "jo", "--stdin"]]
)
def test_a_member_who_is_not_there_is_refused(member: Console, arguments: list[str]) -> None:
    member("add", "kim")
    assert member(*arguments) == 1
    assert "no member" in member.err


def test_no_database_is_made_only_to_look_into_it(member: Console, tmp_path: Path) -> None:
    assert member("list") == 69
    assert "no database" in member.err
    assert not (tmp_path / "sttelnet.db").exists()


def test_a_token_is_printed_once_listed_without_its_secret_and_revoked(member: Console) -> None:
    assert member("add", "kim", "--role", "operator") == 0
    assert member("token", "Kim", "--note", "nightly backup", "--days", "30") == 0
    found = re.search(r"token  (stt_\S{32}) ", member.out)
    assert found is not None
    assert member("tokens") == 0
    assert "nightly backup" in member.out
    assert found[1] not in member.out
    row = member.out.splitlines()[1].split()
    assert row[:3] == ["1", "kim", "operator"]
    assert "never" in row
    assert member("revoke", "1") == 0
    assert member.out == "Token 1 of kim counts no more.\n"
    assert member("tokens", "kim") == 0
    assert len(member.out.splitlines()) == 1


def test_the_tokens_of_one_member_can_be_listed(member: Console) -> None:
    for name in ("kim", "mia"):
        assert member("add", name) == 0
        assert member("token", name) == 0
    assert member("tokens", "MIA") == 0
    assert [line.split()[1] for line in member.out.splitlines()[1:]] == ["mia"]


def test_a_token_nobody_can_have_is_refused(member: Console) -> None:
    assert member("add", "kim") == 0
    assert member("token", "kim", "--role", "admin") == 1
    assert "more rights than its member" in member.err
    assert member("token", "nobody") == 1
    assert member("revoke", "7") == 1
    assert "no token of that number" in member.err


@pytest.mark.parametrize(
    "arguments",
    [("token", "kim", "--days", "0"), ("token", "kim", "--days", "x"), ("revoke", "stt_x"), ("revoke", "-1")],
)
def test_what_is_no_number_is_wrong_usage(arguments: tuple[str, ...], member: Console) -> None:
    assert member("add", "kim") == 0
    assert member(*arguments) == 2


def test_a_second_factor_is_taken_away_from_the_console(member: Console, tmp_path: Path) -> None:
    member("add", "kim")
    assert member("factor", "kim", "off") == 1
    assert "There is no second factor." in member.err

    with closing(sqlite3.connect(tmp_path / "sttelnet.db")) as database, database:
        database.execute("INSERT INTO second_factors (member, secret, step, made) SELECT id, 'x', 1, 1 FROM members")
    assert member("factor", "KIM", "off") == 0
    assert member.out.split()[:2] == ["kim", "member"]
    assert member("factor", "kim", "off") == 1
    with closing(sqlite3.connect(tmp_path / "sttelnet.db")) as database:
        rows = database.execute("SELECT who, detail FROM audit WHERE event = 'second factor removed'").fetchall()
    assert rows == [("kim", "by console")]


def test_a_second_factor_is_not_turned_on_from_the_console(member: Console) -> None:
    member("add", "kim")
    assert member("factor", "kim", "on") != 0
    assert "invalid choice" in member.err
