from __future__ import annotations

import socket
import time

import pytest

from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.health.probes.peers import looked, serving


async def test_a_port_that_answers_is_ok_with_its_time() -> None:
    with serving(lambda connection: None) as port:
        result = await looked("tcp", Asked(target=f"127.0.0.1:{port}"))
    assert result.state is State.OK
    assert result.text.startswith("answers in ")
    assert result.figures[0].label == "time"


async def test_a_port_that_nobody_listens_at_is_critical() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    result = await looked("tcp", Asked(target=f"127.0.0.1:{port}"))
    assert (result.state, result.text) == (State.CRITICAL, "Connection refused")


async def test_the_time_is_judged() -> None:
    with serving(lambda connection: None) as port:
        result = await looked("tcp", Asked(target=f"127.0.0.1:{port}", warning=Range(100)))
    assert result.state is State.WARNING


@pytest.mark.parametrize(
    ("match", "state"), [("SSH-2.0", State.OK), (r"^SSH-[12]\.", State.OK), ("FTP", State.CRITICAL)]
)
async def test_what_it_says_first_is_looked_at(match: str, state: State) -> None:
    with serving(lambda connection: connection.sendall(b"SSH-2.0-\x1b[31mred\r\n")) as port:
        result = await looked("tcp", Asked(target=f"127.0.0.1:{port}", match=match))
    assert result.state is state
    assert ": SSH-2.0-[31mred" in result.text
    assert "\x1b" not in result.text


async def test_words_that_come_late_are_waited_for() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220-wel")
        time.sleep(0.2)
        connection.sendall(b"come\r\n220 ready\r\n")
        connection.recv(1)

    with serving(talk) as port:
        result = await looked("tcp", Asked(target=f"127.0.0.1:{port}", match="220 ready"))
    assert result.state is State.OK


async def test_one_who_says_nothing_is_critical() -> None:
    with serving(lambda connection: connection.recv(1)) as port:
        result = await looked("tcp", Asked(target=f"127.0.0.1:{port}", match="x", timeout=1))
    assert (result.state, result.text) == (State.CRITICAL, "connects and says nothing")


async def test_one_who_never_stops_is_cut_short() -> None:
    def talk(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"\x00\xff" * 5000)

    with serving(talk) as port:
        result = await looked("tcp", Asked(target=f"127.0.0.1:{port}", match="never", timeout=5))
    assert result.state is State.CRITICAL
    assert len(result.text) < 200


async def test_one_who_trickles_is_given_up() -> None:
    def talk(connection: socket.socket) -> None:
        for _ in range(600):
            connection.sendall(b".")
            time.sleep(0.05)

    with serving(talk) as port:
        result = await looked("tcp", Asked(target=f"127.0.0.1:{port}", match="never", timeout=1))
    assert result.state is State.CRITICAL


async def test_a_pattern_that_blows_up_over_a_banner_is_unknown() -> None:
    with serving(lambda connection: connection.sendall(b"a" * 4000 + b"!")) as port:
        result = await looked("tcp", Asked(target=f"127.0.0.1:{port}", match="(a+)+$", timeout=2))
    assert (result.state, result.text) == (State.UNKNOWN, "the pattern takes too long: make it simpler")


@pytest.mark.parametrize("asked", [Asked(), Asked(target="x"), Asked(target="x:y"), Asked(target="x:1", match="(")])
def test_a_bad_target_or_pattern_is_told_of(asked: Asked) -> None:
    assert PROBES["tcp"].problem(asked)
