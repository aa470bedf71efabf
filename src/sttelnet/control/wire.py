"""Requests and responses as bytes."""

from __future__ import annotations

from typing import Any, Final

import msgspec

MOST_REQUEST: Final = 16 * 1024  # bytes
MOST_RESPONSE: Final = 1024 * 1024  # bytes
SEND_WITHIN: Final = 5.0  # seconds for the request to arrive
ANSWER_WITHIN: Final = 60.0  # seconds for what it asks to be done
KNOCK: Final = ""  # the verb that asks for nothing: is anybody there?


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked for."""

    verb: str
    arguments: dict[str, str] = {}
    token: str = ""  # where the way in asks for one


class Response(msgspec.Struct, frozen=True):
    """What became of it."""

    ok: bool
    lines: list[str]  # for people; of a refusal the sentence that says why
    data: Any = None  # for programs


def pack(value: Request | Response) -> bytes:
    """Return one line."""
    return msgspec.json.encode(value) + b"\n"


def read_request(line: bytes) -> Request | None:
    """Return a request, None where the line is none."""
    try:
        return msgspec.json.decode(line, type=Request)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def read_response(line: bytes) -> Response | None:
    """Return a response, None where the line is none."""
    try:
        return msgspec.json.decode(line, type=Response)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
