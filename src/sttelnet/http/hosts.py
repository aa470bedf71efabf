"""Whose a request is meant to be: the Host field against DNS rebinding. Pure.

A web page somewhere can have its own name resolve to 127.0.0.1 and let the reader's browser ask this daemon; the
browser then sends that name. An address cannot be made to mean another machine, so it always serves.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

_HOST = re.compile(r"(?:\[([^\[\]]*)\]|([^:\[\]]*))(?::[0-9]{0,5})?")  # RFC 3986 3.2.2, with an optional port


def is_ours(host: str, names: Iterable[str]) -> bool:
    """Whether a Host field names an address, localhost or one of the names; "" is a request that has none."""
    if not host:
        return True
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    name = (found[1] or found[2] or "").rstrip(".").casefold()
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return found[1] is None and name in {"localhost", *(one.rstrip(".").casefold() for one in names)} - {""}
    return True
