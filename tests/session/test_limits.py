"""When a session is looked at, so that no limit passes unseen."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.config import ServerConfig
from sttelnet.session.limits import OBEY_WITHIN, Overrun, TimeLimits

SERVER = msgspec.structs.replace(ServerConfig(), idle_timeout=100, login_grace=20)

DOINGS = st.lists(
    st.tuples(st.floats(0.01, 40), st.sampled_from(["key", "login", "root", "logged in", "leave"])), max_size=8
)


def test_whoever_does_nothing_is_looked_at_when_their_time_is_over() -> None:
    limits = TimeLimits(0)
    now = looks = 0.0
    while limits.overrun(now, SERVER) is None:
        now = limits.next_look(now, SERVER) + 0.001
        looks += 1
    assert limits.overrun(now, SERVER) is Overrun.IDLE
    assert now < 101
    assert looks <= 6


def test_whoever_logs_in_or_was_told_to_leave_is_looked_at_at_the_end_of_that() -> None:
    limits = TimeLimits(0)
    limits.enter("login", 5)
    assert limits.next_look(6, SERVER) == 25
    limits.told_to_leave(7)
    assert limits.next_look(8, SERVER) == 7 + OBEY_WITHIN


@given(DOINGS, st.sampled_from([20, 400]))
def test_no_limit_is_over_before_the_next_look(doings: list[tuple[float, str]], grace: int) -> None:
    server = msgspec.structs.replace(SERVER, login_grace=grace)
    limits, now = TimeLimits(0), 0.0
    look = limits.next_look(0, server)
    for seconds, doing in doings:
        until = now + seconds
        while look <= until:  # the looks on the way
            if limits.overrun(look, server):
                return
            look = max(limits.next_look(look, server), look + 2)
        now = until
        assert limits.overrun(now, server) is None or look <= now + 2
        match doing:
            case "key":
                limits.active = now
            case "logged in":
                limits.logged_in()
            case "leave":
                limits.told_to_leave(now)
            case page:
                limits.enter(page, now)
