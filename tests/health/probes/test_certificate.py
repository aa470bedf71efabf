from __future__ import annotations

import socket
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sttelnet.health.probes import PROBES, Asked
from sttelnet.health.probes.certificate import is_file, judged_dates
from sttelnet.health.probes.der import Dates
from sttelnet.health.ranges import Range
from sttelnet.health.states import State
from tests.certificates import needs_openssl
from tests.health.probes.peers import issued, looked, make_fifo, serving, sources


def quiet(connection: socket.socket) -> None:
    connection.recv(1)


@needs_openssl
@pytest.mark.parametrize(
    ("days", "state", "words"),
    [(30, State.OK, "29 days left"), (10, State.WARNING, "9 days left"), (3, State.CRITICAL, "2 days left"),
     (-5, State.CRITICAL, "expired on ")],
)  # fmt: skip
async def test_the_days_left_are_judged_of_a_server_and_of_a_file(
    tmp_path: Path, days: int, state: State, words: str
) -> None:
    certificate = issued(tmp_path, days)
    with serving(quiet, certificate.context()) as port:
        served = await looked("certificate", Asked(target=f"127.0.0.1:{port}"))
    filed = await looked("certificate", Asked(target=certificate.certificate.name), sources(home=tmp_path))
    for result in (served, filed):
        assert result.state is state
        assert result.text.startswith(words)
        assert result.text.endswith(", self-signed")
        assert result.figures[0].label == "days"


@needs_openssl
async def test_of_several_in_a_file_the_first_to_end_counts(tmp_path: Path) -> None:
    long, short = issued(tmp_path, 300), issued(tmp_path, 3)
    chain = tmp_path / "chain.pem"
    chain.write_text("a comment\n" + long.certificate.read_text() + short.certificate.read_text() + "tail\x1b[2J")
    assert (await looked("certificate", Asked(target=str(chain)))).state is State.CRITICAL


def test_one_that_is_not_valid_yet_is_critical() -> None:
    now = datetime.now(UTC)
    dates = Dates(now + timedelta(days=2), now + timedelta(days=90), is_self_signed=False)
    result = judged_dates(Asked(critical=Range(7)), dates, "its certificate is not trusted: unknown issuer")
    assert result.state is State.CRITICAL
    assert result.text.startswith("not valid before ")
    assert result.text.endswith("not trusted: unknown issuer")


async def test_a_server_without_tls_is_critical() -> None:
    with serving(lambda connection: connection.sendall(b"SSH-2.0-x\r\n" * 9)) as port:
        result = await looked("certificate", Asked(target=f"127.0.0.1:{port}"))
    assert result.state is State.CRITICAL
    assert result.text.startswith("no TLS")


async def test_a_server_that_never_shakes_hands_is_critical() -> None:
    with serving(lambda connection: time.sleep(20)) as port:
        result = await looked("certificate", Asked(target=f"https://127.0.0.1:{port}/", timeout=0.6))
    assert (result.state, result.text) == (State.CRITICAL, "no answer within 0.6 s")


async def test_a_file_that_is_none_is_critical(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    (tmp_path / "odd.pem").write_text("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n")
    for name, words in (
        ("empty.pem", "there is no certificate in the file"),
        ("broken.pem", "there is no certificate in the file"),
        ("odd.pem", "there is no certificate in the file"),
        ("absent.pem", "it is not there"),
        (".", "it is a directory"),
    ):
        result = await looked("certificate", Asked(target=str(tmp_path / name)))
        assert (result.state, result.text) == (State.CRITICAL, words)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs in folders")
async def test_a_fifo_is_not_waited_for(tmp_path: Path) -> None:
    make_fifo(tmp_path / "x.pem")
    result = await looked("certificate", Asked(target=str(tmp_path / "x.pem")))
    assert (result.state, result.text) == (State.CRITICAL, "it is a FIFO")


def test_what_is_asked_for_is_told_apart() -> None:
    assert is_file("/etc/x")
    assert is_file("C:\\x")
    assert is_file("x.crt")
    assert not is_file("https://x/y")
    assert not is_file("example.org:443")
    for target in ("", "http://x/", "https://", "a b", "x:99999"):
        assert PROBES["certificate"].problem(Asked(target=target))
