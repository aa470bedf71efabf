from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.probes.der import read_dates
from tests.certificates import needs_openssl
from tests.health.probes.peers import issued


def element(tag: int, *parts: bytes) -> bytes:
    value = b"".join(parts)
    length = len(value)
    if length < 0x80:
        return bytes([tag, length]) + value
    return bytes([tag, 0x82]) + length.to_bytes(2, "big") + value


def certificate(start: bytes, end: bytes, *, version: bool = True, subject: bytes = b"b") -> bytes:
    """Build what RFC 5280 calls Certificate, as far as it is read."""
    name = element(0x30, b"a")
    fields = [element(0x02, b"\x01"), element(0x30, b"x" * 200), name, element(0x30, start, end)]
    fields += [element(0x30, subject), element(0x30, b"key")]
    if version:
        fields.insert(0, element(0xA0, element(0x02, b"\x02")))
    return element(0x30, element(0x30, *fields), element(0x30, b"alg"), element(0x03, b"sig"))


def utc(text: str) -> bytes:
    return element(0x17, text.encode())


def generalized(text: str) -> bytes:
    return element(0x18, text.encode())


def test_the_dates_are_read_in_both_forms() -> None:
    dates = read_dates(certificate(utc("991231235959Z"), generalized("20500101000000Z")))
    assert dates is not None
    assert dates.start == datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert dates.end == datetime(2050, 1, 1, tzinfo=UTC)
    assert not dates.is_self_signed


def test_one_that_names_itself_is_self_signed_and_the_first_version_has_no_number() -> None:
    dates = read_dates(certificate(utc("260101000000Z"), utc("270101000000Z"), version=False, subject=b"a"))
    assert dates is not None
    assert dates.is_self_signed


@pytest.mark.parametrize(
    "data",
    [b"", b"0", b"hello", certificate(utc("269901000000Z"), utc("270101000000Z")),
     certificate(utc("2601010000Z"), utc("270101000000Z")), certificate(utc("260101000000+1"), utc("270101000000Z")),
     b"\x30\x80" + b"x" * 50, b"\x30\x88" + b"\xff" * 50],
)  # fmt: skip
def test_what_is_no_certificate_is_none(data: bytes) -> None:
    assert read_dates(data) is None


@given(st.binary())
def test_no_bytes_raise(data: bytes) -> None:
    read_dates(data)


@given(st.data())
def test_no_damage_to_a_certificate_raises(data: st.DataObject) -> None:
    whole = bytearray(certificate(utc("260101000000Z"), utc("270101000000Z")))
    for _ in range(data.draw(st.integers(1, 5))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    read_dates(bytes(whole[: data.draw(st.integers(0, len(whole)))]))


@needs_openssl
def test_a_real_certificate_has_the_dates_that_were_asked_for(tmp_path: Path) -> None:
    pem = issued(tmp_path, 40).certificate.read_text()
    dates = read_dates(ssl.PEM_cert_to_DER_cert(pem))
    assert dates is not None
    assert (dates.end - dates.start).days == 41
    assert dates.is_self_signed
