from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.probes.ping import Echo, ping_command, read_echo
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.health.probes.peers import looked

IPUTILS = """\
PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.
64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.030 ms
64 bytes from 127.0.0.1: icmp_seq=2 ttl=64 time=0.054 ms

--- 127.0.0.1 ping statistics ---
3 packets transmitted, 2 received, 33.3333% packet loss, time 2045ms
rtt min/avg/max/mdev = 0.030/0.042/0.054/0.012 ms
"""
IPUTILS_LOST = """\
PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.
From 192.0.2.9 icmp_seq=1 Destination Host Unreachable

--- 192.0.2.1 ping statistics ---
3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 2033ms
pipe 3
"""
ZONE = """\
PING fe80::1%2(fe80::1%2) 56 data bytes
64 bytes from fe80::1%eth0: icmp_seq=1 ttl=64 time=0.3 ms

--- fe80::1%2 ping statistics ---
3 packets transmitted, 3 received, 0% packet loss, time 2001ms
rtt min/avg/max/mdev = 0.300/0.300/0.300/0.000 ms
"""
BUSYBOX = """\
PING example.org (192.0.2.7): 56 data bytes
64 bytes from 192.0.2.7: seq=0 ttl=64 time=12.073 ms

--- example.org ping statistics ---
3 packets transmitted, 3 packets received, 0% packet loss
round-trip min/avg/max = 11.073/12.089/13.116 ms
"""
MACOS = """\
--- example.org ping statistics ---
3 packets transmitted, 3 packets received, 0.0% packet loss
round-trip min/avg/max/stddev = 11.073/12.089/13.116/0.4 ms
"""
WINDOWS = """\

Pinging example.org [192.0.2.7] with 32 bytes of data:
Reply from 192.0.2.7: bytes=32 time=11ms TTL=128
Reply from 192.0.2.7: bytes=32 time<1ms TTL=128

Ping statistics for 192.0.2.7:
    Packets: Sent = 3, Received = 3, Lost = 0 (0% loss),
Approximate round trip times in milli-seconds:
    Minimum = 0ms, Maximum = 11ms, Average = 5ms
"""
WINDOWS_GERMAN = """\
Ping-Statistik f\ufffdr 192.0.2.7:
    Pakete: Gesendet = 3, Empfangen = 2, Verloren = 1
    (33% Verlust),
Ca. Zeitangaben in Millisek.:
    Minimum = 1ms, Maximum = 3ms, Mittelwert = 2ms
"""
WINDOWS_UNREACHABLE = """\
Reply from 192.0.2.9: Destination host unreachable.

Ping statistics for 192.0.2.1:
    Packets: Sent = 3, Received = 3, Lost = 0 (0% loss),
"""


@pytest.mark.parametrize(
    ("output", "echo"),
    [
        (IPUTILS, Echo(33.3333, 0.000042)),
        (IPUTILS_LOST, Echo(100.0, None)),
        (ZONE, Echo(0.0, 0.0003)),
        (BUSYBOX, Echo(0.0, 0.012089)),
        (MACOS, Echo(0.0, 0.012089)),
        (WINDOWS, Echo(0.0, 0.005)),
        (WINDOWS_GERMAN, Echo(33.0, 0.002)),
        (WINDOWS_UNREACHABLE, Echo(100.0, None)),
        ("ping: nowhere: Name or service not known\n", None),
        ("", None),
    ],
)
def test_what_each_system_s_ping_prints_is_read(output: str, echo: Echo | None) -> None:
    found = read_echo(output)
    if echo is None or found is None:
        assert found == echo
        return
    assert found.loss == pytest.approx(echo.loss)
    assert found.seconds == (None if echo.seconds is None else pytest.approx(echo.seconds))


@given(st.text())
def test_any_output_is_read_or_not(output: str) -> None:
    read_echo(output)
    read_echo("0% loss = 1/2.3.4/5 ms " + output)


def test_each_system_is_asked_in_its_own_way() -> None:
    assert ping_command("example.org", 8.5, "linux") == ("ping", "-n", "-c", "3", "-w", "8", "example.org")
    assert ping_command("::1", 8.5, "linux") == ("ping", "-6", "-n", "-c", "3", "-w", "8", "::1")
    assert ping_command("::1", 8, "win32") == ("ping", "-6", "-n", "3", "-w", "2000", "::1")
    assert ping_command("127.0.0.1", 8, "win32") == ("ping", "-4", "-n", "3", "-w", "2000", "127.0.0.1")
    assert ping_command("fe80::1%en0", 8, "darwin")[0] == "ping6"
    assert ping_command("example.org", 0.5, "darwin")[-3:] == ("-t", "1", "example.org")


@pytest.fixture
def pinging(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program called ping, in front of the system's own."""
    if sys.platform == "win32":
        pytest.skip("a program of sh")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    return tmp_path / "ping"


def program(path: Path, output: str, status: int = 0, errors: str = "") -> None:
    path.write_text(f"#!/bin/sh\ncat <<'X'\n{output}X\nprintf '%s' '{errors}' >&2\nexit {status}\n")
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("output", "status", "state", "text"),
    [
        (BUSYBOX, 0, State.OK, "answers in 12.1 ms"),
        (IPUTILS, 0, State.WARNING, "answers in 0.042 ms, 33.3333% lost"),
        (IPUTILS_LOST, 1, State.CRITICAL, "nothing comes back"),
    ],
)
async def test_what_comes_back_is_judged(pinging: Path, output: str, status: int, state: State, text: str) -> None:
    program(pinging, output, status)
    result = await looked("ping", Asked(target="example.org"))
    assert (result.state, result.text) == (state, text)
    assert "loss" in [figure.label for figure in result.figures]


async def test_the_time_is_judged(pinging: Path) -> None:
    program(pinging, BUSYBOX)
    assert (await looked("ping", Asked(target="x", critical=Range(0, 0.01)))).state is State.CRITICAL


async def test_what_ping_complains_of_is_unknown_and_cleaned(pinging: Path) -> None:
    program(pinging, "", 2, "ping: x: \x1b[31mName or service not known\n")
    result = await looked("ping", Asked(target="x"))
    assert (result.state, result.text) == (State.UNKNOWN, "ping: x: [31mName or service not known")


async def test_a_ping_that_hangs_is_ended(pinging: Path) -> None:
    pinging.write_text("#!/bin/sh\nexec sleep 30\n")
    pinging.chmod(0o755)
    result = await looked("ping", Asked(target="x", timeout=0.5))
    assert (result.state, result.text) == (State.UNKNOWN, "no answer within 0.475 s")


async def test_a_host_without_ping_is_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    result = await looked("ping", Asked(target="x"))
    assert result.state is State.UNKNOWN
    assert result.text.startswith("cannot be started: ")


@pytest.mark.parametrize("target", ["", "-f", "a b", "a;b", "$(x)", "a/b"])
def test_a_target_that_is_no_host_is_told_of(target: str) -> None:
    assert PROBES["ping"].problem(Asked(target=target))


@pytest.mark.skipif(shutil.which("ping") is None, reason="needs the system's own ping")
async def test_the_system_s_own_ping_is_understood() -> None:
    result = await looked("ping", Asked(target="127.0.0.1"))
    if result.state is State.UNKNOWN:
        pytest.skip(f"this host lets nobody ping: {result.text}")
    assert result.state is State.OK
    assert {figure.label for figure in result.figures} == {"time", "loss"}
