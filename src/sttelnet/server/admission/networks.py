"""Addresses, and the networks they are in."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable


def network_of(peer: str, ipv4: int, ipv6: int) -> str:
    """Return the network of so many leading bits that an address is in, as `192.0.2.0/24`; an address alone as itself.

    What is no address stands for itself.
    """
    try:
        address = ipaddress.ip_address(peer.partition("%")[0])
    except ValueError:
        return peer
    bits = ipv4 if address.version == 4 else ipv6
    if bits == address.max_prefixlen:
        return str(address)
    return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))


def is_in(peer: str, networks: Iterable[str], *, or_loopback: bool) -> bool:
    """Whether an address is in one of the networks, or on this machine."""
    try:
        address = ipaddress.ip_address(peer)
    except ValueError:
        return False
    if or_loopback and address.is_loopback:
        return True
    return any(address in ipaddress.ip_network(network, strict=False) for network in networks)
