"""Web addresses: read, followed, and never shown with the password that may stand in them. Pure."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from sttelnet.health.probes.dialing import is_host

LONGEST_ADDRESS: Final = 4096
PORTS: Final = {"http": 80, "https": 443}

_UNSAFE = re.compile(r"[\x00-\x20\x7f]")
_KEPT: Final = "%/:?#[]@!$&'()*+,;=~"  # what a path and a query may hold as it stands: RFC 3986, section 2.2


@dataclass(frozen=True, slots=True)
class Address:
    """A web address."""

    scheme: str  # "http", "https"
    host: str
    port: int
    path: str  # with its query, as a request line has it
    credentials: str = ""  # the value of an Authorization header

    @property
    def place(self) -> str:
        """Host and port as a Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Where it leads, for people: without path, query and password."""
        return f"{self.scheme}://{self.place}"


def read_address(text: str) -> Address | None:
    """Return a web address, None where the text is none, or none of http and https."""
    if len(text) > LONGEST_ADDRESS or _UNSAFE.search(text):
        return None
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in PORTS or not is_host(host) or port == 0:
        return None
    path = quote(parts.path or "/", safe=_KEPT) + (f"?{quote(parts.query, safe=_KEPT)}" if parts.query else "")
    credentials = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        credentials = f"Basic {base64.b64encode(pair.encode()).decode()}"  # RFC 7617
    return Address(parts.scheme, host, port or PORTS[parts.scheme], path, credentials)


def redirected(address: Address, location: str) -> Address | None:
    """Return where a redirect leads; the password goes along to the same origin only."""
    try:
        following = read_address(urljoin(f"{address.origin}{address.path}", location.strip()))
    except ValueError:  # an IPv6 address that does not end
        return None
    if following is None:
        return None
    credentials = address.credentials if following.origin == address.origin else ""
    return Address(following.scheme, following.host, following.port, following.path, credentials)
