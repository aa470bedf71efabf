"""A web address: status, how long it takes, its size, and what stands in it."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass
from typing import Final

from sttelnet.charset import one_line
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.address import Address, read_address, redirected
from sttelnet.health.probes.answer import Answer, Head
from sttelnet.health.probes.dialing import Line, dial
from sttelnet.health.probes.judging import failed, judged, unknown
from sttelnet.health.probes.matching import TOO_SLOW, matches
from sttelnet.health.probes.model import Asked
from sttelnet.health.states import State
from sttelnet.words import size_words

MOST_REDIRECTS: Final = 5
PIECE: Final = 64 * 1024
LONGEST_WORDS: Final = 40  # characters of a server's own words for a status
MATCH_SECONDS: Final = 1.0  # kept for matching the body, of what the deadline gives

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a web server has said."""

    head: Head
    body: bytes
    whole: bool  # the body is all there
    fault: str  # what is wrong with the body
    inside: bool  # the server is on this host or in a network that is not everybody's


def look_at_address(asked: Asked, deadline: float) -> Result:
    """Fetch an address, following redirects. Blocks; raises OSError."""
    address = read_address(asked.target)
    if address is None:
        return unknown(address_fault(asked))
    began = time.monotonic()
    until = deadline - min(MATCH_SECONDS, (deadline - began) / 4) if asked.match else deadline
    inside = True
    for _ in range(MOST_REDIRECTS + 1):
        fetched = fetch(address, until, inside=inside)
        if isinstance(fetched, str):
            return failed(fetched)
        inside = fetched.inside
        if fetched.head.status not in _REDIRECTS or "location" not in fetched.head.headers:
            return _judged(asked, fetched, time.monotonic() - began, deadline)
        following = redirected(address, fetched.head.headers["location"])
        if following is None:
            return failed(f"{fetched.head.status}: it redirects to what is no http or https address")
        address = following
    return failed(f"it redirects more than {MOST_REDIRECTS} times, last to {address.origin}")


def fetch(address: Address, deadline: float, *, inside: bool) -> Fetched | str:
    """Return what the server says, a sentence where it does not speak HTTP. Blocks; raises OSError.

    Without `inside` a server on this host or in a network of its own is not asked: a stranger's redirect has led there.
    """
    answer = Answer()
    with dial(address.host, address.port, deadline) as line:
        is_inside = line.is_inside()
        if is_inside and not inside:
            return f"it redirects into the network of this host: {address.origin}"
        if address.scheme == "https":
            line.secure(ssl.create_default_context(), address.host)
        line.send(request(address))
        _read(line, answer)
    if answer.head is None:
        return answer.fault
    return Fetched(answer.head, bytes(answer.body), answer.whole, answer.fault, is_inside)


def request(address: Address) -> bytes:
    """Return a GET request (RFC 9112, section 3)."""
    lines = [f"GET {address.path} HTTP/1.1", f"Host: {_ascii(address.place)}", "User-Agent: sttelnet", "Accept: */*"]
    lines += ["Accept-Encoding: identity", "Connection: close"]
    if address.credentials:
        lines.append(f"Authorization: {address.credentials}")
    return "".join(f"{line}\r\n" for line in [*lines, ""]).encode("ascii", "replace")


def address_fault(asked: Asked) -> str:
    """Return what is wrong with the target."""
    if read_address(asked.target) is not None:
        return ""
    return "http needs a target that begins with http:// or https:// and has no blanks"


def _read(line: Line, answer: Answer) -> None:
    try:
        while not answer.done:
            answer.take(line.receive(PIECE))
    except TimeoutError:
        if answer.head is None:
            raise
        answer.fault = "its body does not come to an end in time"
    except ConnectionResetError:
        answer.take(b"")


def _ascii(host: str) -> str:
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host  # it has been connected to, so it has been looked up


def _judged(asked: Asked, fetched: Fetched, took: float, deadline: float) -> Result:
    head, size = fetched.head, len(fetched.body)
    if not fetched.whole and head.length is not None:
        size = max(size, head.length)
    words = one_line(head.words)[:LONGEST_WORDS]
    shown = size_words(size) if fetched.whole or head.length is not None else f"more than {size_words(size)}"
    text = f"{head.status} {words}".strip() + f" in {1000 * took:.0f} ms, {shown}"
    figures = (
        Figure("time", round(took, 6), "s", asked.warning, asked.critical, 0),
        Figure("size", size, "B", least=0),
    )
    if head.status >= 400:
        return judged(text, *figures, state=State.CRITICAL if head.status >= 500 else State.WARNING)
    if fetched.fault:
        return judged(f"{text}: {fetched.fault}", *figures, state=State.CRITICAL)
    if asked.match:
        match matches(asked.match, [fetched.body.decode("utf-8", "replace")], deadline):
            case None:
                return judged(f"{text}: {TOO_SLOW}", *figures, state=State.UNKNOWN)
            case [False]:
                part = "" if fetched.whole else " the first 1 MB of"
                return judged(f"{text}: what is expected is not in{part} it", *figures, state=State.CRITICAL)
    return judged(text, *figures)
