"""The certificate this host shows, and whose certificates it believes: files made into a context for TLS."""

from __future__ import annotations

import math
import os
import ssl
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sttelnet.config import TlsConfig
from sttelnet.health.probes.der import Dates, read_dates
from sttelnet.health.probes.regular import read_start
from sttelnet.words import count_words

SOON: Final = 14  # days before the end of a certificate from which the log warns
MOST_FILE: Final = 1024 * 1024  # bytes of a PEM file that are read
_DAY: Final = 86_400
_BEGIN: Final = b"-----BEGIN CERTIFICATE-----"
_END: Final = b"-----END CERTIFICATE-----"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a handshake needs, and what is to be said about it."""

    context: ssl.SSLContext
    certificate: Path
    dates: Dates | None
    warnings: tuple[str, ...] = ()


def read_credential(config: TlsConfig, home: Path) -> Credential | str:
    """Read certificate, key and authorities; return a sentence where they cannot be used. Blocks."""
    certificate = home / config.certificate
    key = home / config.key if config.key else certificate
    shown = _content(certificate, "tls.certificate", _BEGIN, "certificate")
    if isinstance(shown, str):
        return shown
    secret = _content(key, "tls.key" if config.key else "tls.certificate", b"PRIVATE KEY-----", "private key")
    if isinstance(secret, str):
        return secret
    if b"ENCRYPTED" in secret:  # OpenSSL would ask for it on the terminal
        return f"tls.key: {key}: it has a passphrase, and nobody is there to type it (openssl pkey takes it away)"
    context = _context()
    try:
        context.load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return f"tls.key: {key}: this is not the key of {certificate}"
        return f"tls.certificate: {certificate}: TLS cannot use it: {_words(error)}"
    except OSError as error:
        return f"tls.certificate: {certificate}: {error.strerror or error}"
    fault = _believe(context, config, home)
    return fault or Credential(context, certificate, _dates(shown), _warnings(key))


def _context() -> ssl.SSLContext:
    """Return a context that speaks TLS 1.2 and later, with forward secrecy and nothing that was once a hole."""
    # Python's own list of ciphers is the one that is kept up to date: forward secrecy, no SHA-1, no anonymous ones.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    # Calls are long and few: a resumed one would only be a log-in by a certificate that nobody looks at again.
    context.options |= ssl.OP_NO_TICKET
    context.num_tickets = 0
    return context


def _believe(context: ssl.SSLContext, config: TlsConfig, home: Path) -> str | None:
    """Ask clients for a certificate, where the site has authorities for them; return what is wrong with those."""
    if not config.clients:
        return None
    path = home / config.clients
    content = _content(path, "tls.clients", _BEGIN, "certificate")
    if isinstance(content, str):
        return content
    try:
        context.load_verify_locations(path)
    except ssl.SSLError as error:
        return f"tls.clients: {path}: TLS cannot use it: {_words(error)}"
    except OSError as error:
        return f"tls.clients: {path}: {error.strerror or error}"
    context.verify_mode = ssl.CERT_OPTIONAL
    return None


def _content(path: Path, key: str, wanted: bytes, what: str) -> bytes | str:
    content = read_start(path, MOST_FILE)
    if isinstance(content, str):
        return f"{key}: {path}: {content}"
    return content if wanted in content else f"{key}: {path}: there is no {what} in it (it is to be PEM)"


def _words(error: ssl.SSLError) -> str:
    return (error.reason or "it cannot be read").lower().replace("_", " ")


def _dates(content: bytes) -> Dates | None:
    """Return the dates of the first certificate of a file: the host's own."""
    _, begin, rest = content.partition(_BEGIN)
    body, end, _ = rest.partition(_END)
    try:
        return read_dates(ssl.PEM_cert_to_DER_cert((begin + body + end).decode("ascii")))
    except ValueError:
        return None


def _warnings(key: Path) -> tuple[str, ...]:
    if sys.platform != "win32" and os.stat(key).st_mode & 0o007:
        return (f"tls.key: everybody on this host may use {key} (chmod 600 keeps them out)",)
    return ()


def end_words(dates: Dates | None, now: datetime | None = None) -> str | None:
    """Return what is to be said about a certificate's end, None where that is far away or unknown."""
    if dates is None:
        return None
    now = now or datetime.now(UTC)
    days = (dates.end - now).total_seconds() / _DAY
    if dates.start > now:
        return f"is not valid before {dates.start:%Y-%m-%d %H:%M} UTC"
    if days < 0:
        return f"ended on {dates.end:%Y-%m-%d}"
    if days < SOON:
        return f"ends in {count_words(math.floor(days), 'day')}, on {dates.end:%Y-%m-%d}"
    return None
