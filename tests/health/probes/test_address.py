from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.probes.address import Address, read_address, redirected


def test_an_address_is_read() -> None:
    assert read_address("http://example.org") == Address("http", "example.org", 80, "/")
    assert read_address("HTTPS://example.org:8443/a?b=c#d") == Address("https", "example.org", 8443, "/a?b=c")
    assert read_address("http://[::1]:8080/") == Address("http", "::1", 8080, "/")
    assert read_address("http://x/ä?ö=%20") == Address("http", "x", 80, "/%C3%A4?%C3%B6=%20")


def test_the_password_is_kept_apart_and_shown_nowhere() -> None:
    address = read_address("http://me:se%3Acret@example.org:81/p")
    assert address is not None
    assert address.credentials == "Basic bWU6c2U6Y3JldA=="
    assert address.origin == "http://example.org:81"


@pytest.mark.parametrize(
    "text",
    ["", "example.org", "ftp://x/", "file:///etc/passwd", "http://", "http://x:y/", "http://x:99999/", "http://x/a b",
     "http://x/\r\nHost: y", "http://[::1", "http://-x/", "http://x:0/", "http://" + "x" * 5000],
)  # fmt: skip
def test_what_is_no_web_address_is_none(text: str) -> None:
    assert read_address(text) is None


def test_a_redirect_is_followed_from_where_it_stands() -> None:
    start = Address("https", "a", 443, "/x/y?q", "Basic s")
    assert redirected(start, "z") == Address("https", "a", 443, "/x/z", "Basic s")
    assert redirected(start, "/z?w") == Address("https", "a", 443, "/z?w", "Basic s")
    assert redirected(start, "//b/z") == Address("https", "b", 443, "/z", "")
    assert redirected(start, "http://a/") == Address("http", "a", 80, "/", "")
    assert redirected(start, "file:///etc/passwd") is None
    assert redirected(start, "http://[") is None


@given(st.text())
def test_any_text_is_an_address_or_none(text: str) -> None:
    read_address(text)
    redirected(Address("http", "a", 80, "/"), text)
