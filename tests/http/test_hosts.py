"""The Host field."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.http.hosts import is_ours

NAMES = ("web-01", "Web-01.Example.ORG.", "0.0.0.0")


@pytest.mark.parametrize(
    "host",
    [
        "",
        "localhost",
        "LocalHost:9623",
        "localhost.",
        "127.0.0.1",
        "127.0.0.1:9623",
        "192.0.2.7:80",
        "[::1]",
        "[2001:db8::7]:9623",
        "web-01",
        "WEB-01:9623",
        "web-01.example.org",
    ],
)
def test_addresses_localhost_and_our_names_are_ours(host: str) -> None:
    assert is_ours(host, NAMES)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:9623",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "web-01.evil.example",
        "2130706433",
        "127.1",
        "0x7f.1",
        "[localhost]",
        "[web-01]",
        "[]",
        "[::1",
        "::1",
        ":9623",
        ".",
        "localhost:9623:1",
        "localhost:x",
        "evil.example@localhost",
        "localhost, evil.example",
        "local host",
        "1٢7.0.0.1",
    ],
)
def test_every_other_name_is_somebody_else_s(host: str) -> None:
    assert not is_ours(host, NAMES)


@given(st.text(), st.lists(st.text()))
def test_no_text_makes_it_fail(host: str, names: list[str]) -> None:
    is_ours(host, names)


@given(st.ip_addresses(), st.integers(0, 65535))
def test_an_address_always_serves(address: object, port: int) -> None:
    shown = f"[{address}]" if ":" in str(address) else str(address)
    assert is_ours(shown, ())
    assert is_ours(f"{shown}:{port}", ())
