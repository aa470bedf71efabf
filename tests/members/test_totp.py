"""The codes of RFC 6238 and RFC 4226, by the RFCs' own tables, and the text an app is set up by."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.members.totp import LONGEST_LABEL, STEP, code_at, is_code, secret_text, step_at, step_of, uri

SECRET = b"12345678901234567890"  # of both RFCs


@pytest.mark.parametrize(
    ("now", "code"),  # RFC 6238 appendix B, SHA1: the last six of its eight digits
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_of_rfc_6238(now: int, code: str) -> None:
    assert code_at(SECRET, step_at(now)) == code


def test_the_codes_of_rfc_4226() -> None:
    codes = "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"  # appendix D, counts 0 to 9

    assert [code_at(SECRET, count) for count in range(10)] == codes.split()


@pytest.mark.parametrize(("away", "found"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_either_way_is_taken_and_no_more(away: int, found: bool) -> None:
    now = 1_000_000.0
    step = step_at(now) + away

    assert step_of(SECRET, code_at(SECRET, step), now, after=0) == (step if found else None)


def test_a_step_that_was_used_is_none_any_more_and_the_next_is_one() -> None:
    now = 1_000_000.0
    step = step_at(now)

    assert step_of(SECRET, code_at(SECRET, step), now, after=step) is None
    assert step_of(SECRET, code_at(SECRET, step - 1), now, after=step) is None
    assert step_of(SECRET, code_at(SECRET, step + 1), now, after=step) == step + 1


@given(st.binary(min_size=16, max_size=40), st.integers(0, 2**40))
def test_every_code_is_six_digits(secret: bytes, now: int) -> None:
    assert is_code(code_at(secret, now // STEP))


@pytest.mark.parametrize("text", ["", "12345", "1234567", "12345a", "１２３４５６", "²23456"])
def test_what_is_no_code(text: str) -> None:
    assert not is_code(text)


@given(st.binary(min_size=20, max_size=20))
def test_the_text_of_a_secret_is_eight_groups_of_four_and_gives_it_back(secret: bytes) -> None:
    groups = secret_text(secret).split(" ")

    assert [len(group) for group in groups] == [4] * 8
    assert base64.b32decode("".join(groups)) == secret


def test_an_app_reads_account_issuer_and_secret() -> None:
    parts = urlsplit(uri(SECRET, "Kim", "my host"))

    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert unquote(parts.path) == "/my host:Kim"
    assert parse_qs(parts.query) == {"secret": [base64.b32encode(SECRET).decode()]}


@given(st.text(max_size=300))
def test_the_longest_names_still_fit(issuer: str) -> None:
    text = uri(SECRET, "x" * 20, issuer)

    assert text.isascii()
    assert len(text) <= len("otpauth://totp/?secret=") + 32 + LONGEST_LABEL
