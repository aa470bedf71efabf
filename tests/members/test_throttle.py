"""How long tries from one address wait."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.config import MembersConfig
from sttelnet.members.throttle import MOST_WAITING, Throttle, Turn, source_key

CONFIG = MembersConfig()
PEER = "192.0.2.7"
MOST = CONFIG.tries + MOST_WAITING  # turns


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


def entered(throttle: Throttle, now: float = 0.0) -> Turn:
    turn = throttle.enter(PEER, now, CONFIG)
    assert turn is not None
    return turn


def waits(throttle: Throttle, turns: list[Turn], now: float = 0.0) -> list[float | None]:
    return [throttle.wait(turn, now, CONFIG) for turn in turns]


def test_tries_at_the_same_time_come_one_after_the_other() -> None:
    throttle = failed(3)

    turns = [entered(throttle) for _ in range(4)]

    # Each as if those before it had failed: after 1 s, 2 s more, 4 s more, 8 s more.
    assert waits(throttle, turns) == [1, 3, 7, 15]
    for turn in turns:
        throttle.leave(turn)
    assert waits(throttle, [entered(throttle, 10.0)], 10.0) == [1]


def test_no_more_tries_at_once_go_without_waiting_than_may_fail() -> None:
    throttle = Throttle()

    turns = [entered(throttle) for _ in range(MOST)]

    assert waits(throttle, turns)[: CONFIG.tries] == [0] * CONFIG.tries
    assert 0 not in waits(throttle, turns)[CONFIG.tries :]
    assert throttle.enter(PEER, 0.0, CONFIG) is None


def test_a_try_that_succeeds_lets_the_next_begin() -> None:
    throttle = Throttle()
    turns = [entered(throttle) for _ in range(20)]

    while turns:
        assert waits(throttle, turns)[: CONFIG.tries] == [0] * min(CONFIG.tries, len(turns))
        turns[-1].news.clear()
        throttle.leave(turns.pop(0))
        assert not turns or turns[-1].news.is_set()  # those who wait are told to look again


def test_a_try_that_fails_makes_those_behind_it_wait_no_less() -> None:
    throttle = Throttle()
    turns = [entered(throttle) for _ in range(8)]
    before = waits(throttle, turns, 0.1)

    throttle.failed(PEER, 0.1)
    throttle.leave(turns[0])

    for was, now in zip(before[1:], waits(throttle, turns[1:], 0.1), strict=True):
        assert was is not None
        assert now is not None
        assert now >= was


def test_a_crowd_that_guesses_is_let_through_no_faster_than_one_who_guesses() -> None:
    throttle, now, guesses = Throttle(), 0.0, 0
    turns = [entered(throttle) for _ in range(MOST)]
    while turns:
        turn = turns.pop(0)
        now, guesses = now + (throttle.wait(turn, now, CONFIG) or 0.0), guesses + 1
        throttle.failed(PEER, now)
        throttle.leave(turn)
        for other in [other for other in turns if throttle.wait(other, now, CONFIG) is None]:
            throttle.leave(other)
            turns.remove(other)

    alone, since = Throttle(), 0.0
    for _ in range(guesses):
        since += alone.delay(PEER, since, CONFIG)
        alone.failed(PEER, since)
    assert now == since
    assert guesses < 10  # the others were refused


def test_a_try_that_did_not_fail_leaves_nothing_behind() -> None:
    throttle = Throttle()
    for _ in range(50):
        turn = entered(throttle)
        assert throttle.wait(turn, 0.0, CONFIG) == 0
        throttle.leave(turn)

    assert throttle.delay(PEER, 0.0, CONFIG) == 0


def test_a_try_under_way_counts_though_its_address_is_forgotten_meanwhile() -> None:
    throttle = failed(2)
    entered(throttle)
    assert throttle.delay(PEER, 0.0, CONFIG) == 1

    assert throttle.delay(PEER, 1000.0, CONFIG) == 0
    entered(throttle, 1000.0)
    entered(throttle, 1000.0)
    assert throttle.delay(PEER, 1000.0, CONFIG) == 1


def test_a_crowd_of_tries_is_refused_instead_of_waiting_for_ever() -> None:
    throttle = failed(8)

    turn = entered(throttle)

    assert throttle.wait(turn, 0.0, CONFIG) == 30
    assert throttle.enter(PEER, 0.0, CONFIG) is None
    assert throttle.enter(PEER, 1.0, CONFIG) is None
    assert throttle.wait(entered(throttle, 30.0), 30.0, CONFIG) == 30


def test_once_there_is_a_penalty_no_try_waits_longer_than_the_most() -> None:
    throttle = Throttle()
    turns = [entered(throttle) for _ in range(MOST)]
    for turn in turns[: CONFIG.tries]:
        throttle.failed(PEER, 0.0)
        throttle.leave(turn)

    found = waits(throttle, turns[CONFIG.tries :])

    assert max(wait for wait in found if wait is not None) <= CONFIG.throttle_most
    assert found[-1] is None


@given(st.floats(0, 1e7), st.integers(3, 40), st.floats(0.001, 3600))
def test_one_who_has_failed_waits_and_is_not_refused_whatever_the_clock_says(
    now: float, failures: int, most: float
) -> None:
    config = msgspec.structs.replace(CONFIG, throttle_first=min(1.0, most), throttle_most=most)
    throttle = failed(failures, now)
    turn = throttle.enter(PEER, now, config)
    assert turn is not None
    assert 0 < (throttle.wait(turn, now, config) or 0) <= most


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
