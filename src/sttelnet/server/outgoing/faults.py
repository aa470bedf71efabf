"""Why a connection has failed, in words that may be logged."""

from __future__ import annotations

import ssl
from typing import Final

from sttelnet.charset import one_line

LONGEST: Final = 200  # characters


def reason_of(error: Exception) -> str:
    """Return what an exception says, cleaned: part of it may come from the other host."""
    match error:
        case ssl.SSLCertVerificationError():
            words = f"the certificate is not trusted: {error.verify_message}"
        case OSError() if error.strerror:
            words = error.strerror
        case _:
            words = str(error) or type(error).__name__
    return one_line(words)[:LONGEST]
