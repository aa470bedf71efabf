"""The lines a site offers: who reaches them, and what they have to be for that."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from typing import Final

from sttelnet.config.model import Config

PLAIN: Final = (
    "whoever is on the way can read everything there, passwords among it"
    " (offer TLS there with tls.port and tls.listen, or write server.allow_plaintext = true)"
)
NO_CERTIFICATE: Final = "missing, for tls.port is set (`sttelnet cert` writes one)"


def is_loopback(host: str) -> bool:
    """Whether clients that reach this address are on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def beyond_loopback(hosts: Iterable[str]) -> tuple[str, ...]:
    """Return those that other machines reach."""
    return tuple(host for host in hosts if not is_loopback(host))


def line_faults(config: Config) -> dict[str, str]:
    """Return what is wrong with the listeners, by the key it is wrong in."""
    faults: dict[str, str] = {}
    far = beyond_loopback(config.server.listen)
    if far and not config.server.allow_plaintext:
        faults["server.listen"] = f"other machines reach {', '.join(far)}, and {PLAIN}"
    if config.tls.port and not config.tls.certificate:
        faults["tls.certificate"] = NO_CERTIFICATE
    return faults
