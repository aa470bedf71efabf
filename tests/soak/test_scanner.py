"""The scanner finds what listens, and nothing else."""

from __future__ import annotations

import socket

import pytest

from tests.soak.scanner import is_its_own_end, open_ports


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_port_that_listens_is_found_and_one_that_does_not_is_not(address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as listening, socket.socket(family) as bound:
        try:
            listening.bind((address, 0))
        except OSError:
            pytest.skip("no IPv6 here")
        listening.listen()
        bound.bind((address, 0))
        ports = [one.getsockname()[1] for one in (listening, bound)]
        assert list(open_ports(address, ports)) == ports[:1]


def test_a_caller_that_was_given_the_very_port_it_calls_finds_nothing() -> None:
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        own.connect(own.getsockname())
        assert is_its_own_end(own)
