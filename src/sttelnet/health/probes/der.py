"""The dates of an X.509 certificate (RFC 5280, section 4.1), out of its DER. Pure; never raises for what it is given.

The ssl module tells the dates of a certificate only where it trusts it, and one that is out of date it does not trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

SEQUENCE: Final = 0x30
VERSION: Final = 0xA0  # [0], in front of the serial number where it is given
UTC_TIME: Final = 0x17
GENERALIZED_TIME: Final = 0x18


@dataclass(frozen=True, slots=True)
class Dates:
    """From when until when a certificate is valid."""

    start: datetime
    end: datetime
    is_self_signed: bool  # it names itself as the one who issued it


def read_dates(certificate: bytes) -> Dates | None:
    """Return the dates of a certificate, None where the bytes are none."""
    outer = _parts(certificate)
    inner = _parts(outer[0][1]) if outer and outer[0][0] == SEQUENCE else []
    fields = _parts(inner[0][1]) if inner and inner[0][0] == SEQUENCE else []
    if fields and fields[0][0] == VERSION:
        fields = fields[1:]
    # serialNumber, signature, issuer, validity, subject
    if len(fields) < 5 or fields[3][0] != SEQUENCE:
        return None
    times = [_time(tag, value) for tag, value in _parts(fields[3][1])]
    if len(times) != 2 or times[0] is None or times[1] is None:
        return None
    return Dates(times[0], times[1], fields[2][1] == fields[4][1])


def _parts(data: bytes) -> list[tuple[int, bytes]]:
    """Return tag and value of each element (X.690, section 8.1); those up to one that is broken."""
    found: list[tuple[int, bytes]] = []
    at = 0
    while at + 2 <= len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length > 0x80:
            more = length - 0x80
            length = int.from_bytes(data[at : at + more])
            at += more
            if more > 4:
                break
        elif length == 0x80:  # the indefinite form is not DER
            break
        if at + length > len(data):
            break
        found.append((tag, data[at : at + length]))
        at += length
    return found


def _time(tag: int, value: bytes) -> datetime | None:
    """Return a time of RFC 5280, section 4.1.2.5: YYMMDDHHMMSSZ, or with four digits of the year."""
    text = value.decode("ascii", "replace")
    if not text.endswith("Z") or not text[:-1].isdecimal():
        return None
    if tag == UTC_TIME and len(text) == 13:
        text = ("20" if text < "50" else "19") + text
    elif tag != GENERALIZED_TIME or len(text) != 15:
        return None
    try:
        return datetime.strptime(text, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return None
