"""A TLS certificate: how many days it is still valid. Also one that nobody trusts."""

from __future__ import annotations

import contextlib
import math
import re
import ssl
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.address import read_address
from sttelnet.health.probes.blocking import reason
from sttelnet.health.probes.der import Dates, read_dates
from sttelnet.health.probes.dialing import dial, read_place
from sttelnet.health.probes.judging import failed, judged, unknown
from sttelnet.health.probes.model import Asked
from sttelnet.health.probes.regular import read_start
from sttelnet.words import count_words

DAY: Final = 86_400
MOST_FILE: Final = 1024 * 1024  # bytes of a PEM file that are read
MOST_CERTIFICATES: Final = 500  # of a file

_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_FILE_SUFFIXES: Final = (".pem", ".crt", ".cer", ".cert")


def look_at_certificate(asked: Asked, home: Path, deadline: float) -> Result:
    """Fetch a certificate from a server or a file. Blocks; raises OSError."""
    if is_file(asked.target):
        return _judged_file(asked, home / asked.target)
    place = place_of(asked)
    if place is None:
        return unknown(certificate_fault(asked))
    # Half of the time for whether it is trusted, which takes a conversation of its own.
    now = time.monotonic()
    certificate, distrust = _presented(place, now + (deadline - now) / 2), ""
    if certificate is None:
        return failed("it presents no certificate")
    with contextlib.suppress(OSError):  # it has answered once: that is enough for a date
        distrust = _distrust(place, deadline)
    dates = read_dates(certificate)
    return judged_dates(asked, dates, distrust) if dates else failed("its certificate cannot be read")


def judged_dates(asked: Asked, dates: Dates, distrust: str = "") -> Result:
    """Return how many days are left. Whether a certificate is trusted is said, and is no matter of the state."""
    now = datetime.now(UTC)
    days = (dates.end - now).total_seconds() / DAY
    if dates.start > now:
        text, days = f"not valid before {dates.start:%Y-%m-%d}", -1.0
    elif days < 0:
        text = f"expired on {dates.end:%Y-%m-%d}, {count_words(int(-days), 'day')} ago"
    else:
        text = f"{count_words(int(days), 'day')} left, until {dates.end:%Y-%m-%d}"
    if dates.is_self_signed:
        text += ", self-signed"
    elif distrust:
        text += f", {distrust}"
    return judged(text, Figure("days", math.floor(days * 100) / 100, "d", asked.warning, asked.critical))


def certificate_fault(asked: Asked) -> str:
    """Return what is wrong with the target."""
    if is_file(asked.target) or place_of(asked):
        return ""
    return 'certificate needs a target "host", "host:port", an https:// address or the path of a PEM file'


def is_file(target: str) -> bool:
    """Whether a target is a path."""
    has_folder = "/" in target or "\\" in target
    return (has_folder and "://" not in target) or target.lower().endswith(_FILE_SUFFIXES)


def place_of(asked: Asked) -> tuple[str, int] | None:
    """Return the host and port that a target names."""
    if "://" in asked.target:
        address = read_address(asked.target)
        return (address.host, address.port) if address and address.scheme == "https" else None
    return read_place(asked.target, 443)


def _presented(place: tuple[str, int], deadline: float) -> bytes | None:
    """Return the certificate a server presents, whatever it is worth."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with contextlib.suppress(ssl.SSLError):  # a TLS library without levels
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # old devices have short keys: a date is all that is asked for
    with dial(*place, deadline) as line:
        return line.secure(context, place[0]).getpeercert(binary_form=True)


def _distrust(place: tuple[str, int], deadline: float) -> str:
    """Return why a server's certificate is not trusted, "" where it is."""
    try:
        with dial(*place, deadline) as line:
            line.secure(ssl.create_default_context(), place[0])
    except ssl.SSLCertVerificationError as error:
        return reason(error)
    except ssl.SSLError as error:
        return f"no usual client would speak with it: {reason(error)}"
    return ""


def _judged_file(asked: Asked, path: Path) -> Result:
    """Judge the certificate of a file that ends first."""
    content = read_start(path, MOST_FILE)
    if isinstance(content, str):
        return failed(content)
    found: list[Dates] = []
    for block in list(_PEM.finditer(content))[:MOST_CERTIFICATES]:
        with contextlib.suppress(ValueError):
            dates = read_dates(ssl.PEM_cert_to_DER_cert(block[0].decode("ascii")))
            found += [dates] if dates else []
    if not found:
        return failed("there is no certificate in the file")
    return judged_dates(asked, min(found, key=lambda dates: dates.end))
