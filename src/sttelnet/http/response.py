"""An HTTP response and its bytes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from sttelnet.http.request import METHODS, Refused

PLAIN: Final = "text/plain; charset=utf-8"
RETRY_AFTER: Final = 5  # seconds, for who finds too many before them


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered."""

    status: HTTPStatus
    body: bytes
    media_type: str = PLAIN


def sentence(refused: Refused) -> Response:
    """Return a refusal as a response."""
    return Response(refused.status, f"{refused.sentence}\n".encode())


def encode(response: Response, date: str, *, head_only: bool = False) -> bytes:
    """Return the response as it is sent; `date` is an IMF-fixdate (RFC 9110 5.6.7)."""
    fields = [
        f"HTTP/1.1 {response.status.value} {response.status.phrase}",
        f"Date: {date}",
        f"Content-Type: {response.media_type}",
        f"Content-Length: {len(response.body)}",
        "Cache-Control: no-store",
        "X-Content-Type-Options: nosniff",
        "Connection: close",  # RFC 9112 9.6: nothing else is answered on this connection
    ]
    match response.status:
        case HTTPStatus.METHOD_NOT_ALLOWED:
            fields.append(f"Allow: {', '.join(METHODS)}")  # RFC 9110 15.5.6: it must say so
        case HTTPStatus.SERVICE_UNAVAILABLE if response.media_type == PLAIN:
            fields.append(f"Retry-After: {RETRY_AFTER}")
    head = "\r\n".join(fields).encode("ascii") + b"\r\n\r\n"
    # RFC 9110 9.3.2: HEAD has the fields GET would have, and no content.
    return head if head_only else head + response.body
