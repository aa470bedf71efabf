"""How long tries from one address wait."""

from __future__ import annotations

import pytest

from sttelnet.config import MembersConfig
from sttelnet.members.throttle import Throttle, source_key

CONFIG = MembersConfig()
PEER = "192.0.2.7"


def failed(times: int, now: float = 0.0) -> Throttle:
    throttle = Throttle()
    for _ in range(times):
        throttle.failed(PEER, now)
    return throttle


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(0, 0), (1, 0), (2, 0), (3, 1), (4, 2), (5, 4), (6, 8), (7, 16), (8, 30), (9, 30), (10_000, 30)],
)
def test_from_the_third_failure_on_tries_wait_a_second_doubling_to_thirty(failures: int, seconds: float) -> None:
    assert failed(failures).delay(PEER, 1.0, CONFIG) == seconds


def test_an_address_is_forgotten_after_a_quarter_of_an_hour_without_a_failure() -> None:
    throttle = failed(5, now=100.0)

    assert throttle.delay(PEER, 100.0 + 899.0, CONFIG) == 4
    assert throttle.delay(PEER, 100.0 + 900.0, CONFIG) == 0
    throttle.failed(PEER, 2000.0)
    assert throttle.delay(PEER, 2000.0, CONFIG) == 0


def test_other_addresses_wait_for_nobody() -> None:
    assert failed(9).delay("192.0.2.8", 0.0, CONFIG) == 0


def test_the_loopback_interface_is_no_exception() -> None:
    throttle = Throttle()
    for _ in range(3):
        throttle.failed("127.0.0.1", 0.0)

    assert throttle.delay("127.0.0.1", 0.0, CONFIG) == 1


def test_tries_at_the_same_time_come_one_after_the_other() -> None:
    throttle = failed(3)

    # Each as if those before it had failed: after 1 s, 2 s more, 4 s more, 8 s more.
    assert [throttle.enter(PEER, 0.0, CONFIG) for _ in range(4)] == [1, 3, 7, 15]
    for _ in range(4):
        throttle.leave(PEER)
    assert throttle.enter(PEER, 10.0, CONFIG) == 1


def test_no_more_tries_at_once_go_without_waiting_than_may_fail() -> None:
    throttle = Throttle()

    waits = [throttle.enter(PEER, 0.0, CONFIG) for _ in range(60)]

    assert waits[: CONFIG.tries] == [0] * CONFIG.tries
    assert 0 not in waits[CONFIG.tries :]
    assert waits[-1] is None


def test_a_try_that_did_not_fail_leaves_nothing_behind() -> None:
    throttle = Throttle()
    for _ in range(50):
        assert throttle.enter(PEER, 0.0, CONFIG) == 0
        throttle.leave(PEER)

    assert throttle.delay(PEER, 0.0, CONFIG) == 0


def test_a_try_under_way_counts_though_its_address_is_forgotten_meanwhile() -> None:
    throttle = failed(2)
    throttle.enter(PEER, 0.0, CONFIG)
    assert throttle.delay(PEER, 0.0, CONFIG) == 1

    assert throttle.delay(PEER, 1000.0, CONFIG) == 0
    throttle.enter(PEER, 1000.0, CONFIG)
    throttle.enter(PEER, 1000.0, CONFIG)
    assert throttle.delay(PEER, 1000.0, CONFIG) == 1


def test_a_crowd_of_tries_is_refused_instead_of_waiting_for_ever() -> None:
    throttle = failed(8)

    assert throttle.enter(PEER, 0.0, CONFIG) == 30
    assert throttle.enter(PEER, 0.0, CONFIG) is None
    assert throttle.enter(PEER, 1.0, CONFIG) is None
    assert throttle.enter(PEER, 30.0, CONFIG) == 30


def test_no_try_waits_longer_than_the_most() -> None:
    throttle = failed(3)

    waits = [throttle.enter(PEER, 0.0, CONFIG) for _ in range(100)]

    assert max(wait for wait in waits if wait is not None) <= CONFIG.throttle_most
    assert waits[-1] is None


def test_the_table_is_bounded_and_drops_whoever_failed_longest_ago() -> None:
    throttle = Throttle(most=3)
    for peer in ("a", "b", "c", "a", "d"):
        for _ in range(3):
            throttle.failed(peer, 0.0)

    assert {peer: throttle.delay(peer, 0.0, CONFIG) > 0 for peer in "abcd"} == {
        "a": True,
        "b": False,
        "c": True,
        "d": True,
    }


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("2001:db8::1", "2001:db8::ffff:2"),  # one /64 is one subscriber
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::2%eth0"),
    ],
)
def test_addresses_of_one_source_count_together(one: str, two: str) -> None:
    assert source_key(one) == source_key(two)


@pytest.mark.parametrize(
    ("one", "two"), [("192.0.2.7", "192.0.2.8"), ("2001:db8:0:1::1", "2001:db8:0:2::1"), ("member 1", "member 11")]
)
def test_addresses_of_two_sources_count_apart(one: str, two: str) -> None:
    assert source_key(one) != source_key(two)
