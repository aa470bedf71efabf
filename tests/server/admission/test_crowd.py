"""How many may be connected, counted over whatever comes and goes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.config import AdmissionConfig
from sttelnet.server.admission import Crowd, Full, Place
from sttelnet.server.admission.networks import is_in, network_of

CONFIG = AdmissionConfig(per_address=2, per_network=3)


def let_in(crowd: Crowd, peer: str, config: AdmissionConfig = CONFIG, most: int = 100) -> Place:
    place = crowd.enter(peer, config, most)
    assert isinstance(place, Place)
    return place


def test_an_address_has_its_cap_and_others_of_its_network_come_in() -> None:
    crowd = Crowd()
    first = let_in(crowd, "192.0.2.1")
    let_in(crowd, "192.0.2.1")

    assert crowd.enter("192.0.2.1", CONFIG, 100) is Full.ADDRESS
    let_in(crowd, "192.0.2.2")
    crowd.leave(first)
    let_in(crowd, "192.0.2.1")


def test_a_network_has_its_cap_and_others_come_in() -> None:
    crowd = Crowd()
    places = [let_in(crowd, f"192.0.2.{number}") for number in (1, 2, 3)]

    assert crowd.enter("192.0.2.4", CONFIG, 100) is Full.NETWORK
    let_in(crowd, "192.0.3.4")
    crowd.leave(places[0])
    let_in(crowd, "192.0.2.4")


def test_addresses_of_an_ipv6_subscriber_are_one_network() -> None:
    crowd = Crowd()
    for number in (1, 2, 3):
        let_in(crowd, f"2001:db8:0:1:{number}::1")

    assert crowd.enter("2001:db8:0:1:ffff::1", CONFIG, 100) is Full.NETWORK
    let_in(crowd, "2001:db8:0:2::1")


def test_the_host_has_its_cap_for_those_who_are_exempt_too() -> None:
    crowd = Crowd()
    for _ in range(5):
        let_in(crowd, "127.0.0.1", most=5)

    assert crowd.enter("192.0.2.1", CONFIG, 5) is Full.HOST
    assert crowd.enter("127.0.0.1", CONFIG, 5) is Full.HOST


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "198.51.100.7", "2001:db8:7::1"])
def test_this_machine_and_whoever_is_exempt_have_no_cap_of_their_own(peer: str) -> None:
    config = AdmissionConfig(per_address=1, per_network=1, exempt=("198.51.100.0/24", "2001:db8:7::/48"))
    crowd = Crowd()

    for _ in range(20):
        let_in(crowd, peer, config)


def test_loopback_is_as_any_other_where_the_config_says_so() -> None:
    config = AdmissionConfig(per_address=1, exempt_loopback=False)
    crowd = Crowd()
    let_in(crowd, "127.0.0.1", config)

    assert crowd.enter("127.0.0.1", config, 100) is Full.ADDRESS


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("enter"), st.integers(0, 7)),
            st.tuples(st.just("leave"), st.integers(0, 30)),
            st.tuples(st.just("again"), st.integers(0, 30)),
            st.tuples(st.just("reload"), st.integers(0, 2)),
        ),
        max_size=80,
    )
)
def test_the_counts_never_drift(steps: list[tuple[str, int]]) -> None:
    """Against a count made anew each time, whoever leaves twice and whatever a reload changes meanwhile."""
    peers = ["192.0.2.1", "192.0.2.2", "192.0.9.1", "2001:db8::1", "2001:db8::2", "127.0.0.1", "198.51.100.1", "odd"]
    configs = [
        AdmissionConfig(per_address=2, per_network=3),
        AdmissionConfig(per_address=1, per_network=2, ipv4_network=16, exempt=("198.51.100.0/24",)),
        AdmissionConfig(per_address=3, per_network=3, exempt_loopback=False),
    ]
    crowd, config, inside, left = Crowd(), configs[0], list[Place](), list[Place]()
    for step, number in steps:
        match step:
            case "enter":
                found = crowd.enter(peers[number], config, 9)
                inside += [found] if isinstance(found, Place) else []
            case "leave" if inside:
                left.append(inside.pop(number % len(inside)))
                crowd.leave(left[-1])
            case "again" if left:
                crowd.leave(left[number % len(left)])
            case "reload":
                config = configs[number]
        assert len(crowd) == len(inside) <= 9
        addresses = Counter(place.address for place in inside if place.address)
        networks = Counter(place.network for place in inside if place.network)
        assert crowd.counted() == len(addresses) + len(networks)
        assert max(addresses.values(), default=0) <= 3
    for place in inside:
        crowd.leave(place)
    assert len(crowd) == crowd.counted() == 0


@pytest.mark.parametrize(
    ("peer", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_an_address_is_in_a_network(peer: str, network: str) -> None:
    assert network_of(peer, 24, 64) == network


def test_an_address_alone_is_written_as_itself() -> None:
    assert network_of("192.0.2.77", 32, 64) == "192.0.2.77"
    assert network_of("2001:db8::1", 24, 128) == "2001:db8::1"


def test_what_is_no_address_is_in_no_network() -> None:
    assert not is_in("unknown", ("0.0.0.0/0",), or_loopback=True)
    assert not is_in("2001:db8::1", ("0.0.0.0/0",), or_loopback=True)
