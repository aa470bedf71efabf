from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import pytest

from sttelnet.zmodem import (
    ABORT,
    Failed,
    FileInfo,
    Finished,
    Offer,
    Ready,
    Reason,
    ReceiveOptions,
    Receiver,
    Sender,
    driver,
)
from sttelnet.zmodem.events import Event
from sttelnet.zmodem.frames import Frame
from sttelnet.zmodem.headers import hex_header
from sttelnet.zmodem.inbound import receive
from sttelnet.zmodem.machine import Machine
from sttelnet.zmodem.outbound import send
from sttelnet.zmodem.pipe import opened
from sttelnet.zmodem.progress import Progress
from tests.zmodem.wire import RINIT, block, data, eof, offer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a socket is no standard input there")

LIMIT = 20.0


@contextmanager
def program(*arguments: str | Path) -> Iterator[tuple[socket.socket, subprocess.Popen[str]]]:
    """Start it with a socket for standard input and output."""
    ours, its = socket.socketpair()
    command = [sys.executable, "-m", "sttelnet.zmodem", *map(str, arguments)]
    with (
        ours,
        subprocess.Popen(
            command, stdin=its.fileno(), stdout=its.fileno(), stderr=subprocess.PIPE, text=True
        ) as process,
    ):
        its.close()
        ours.settimeout(0.05)
        try:
            yield ours, process
        finally:
            process.kill()


def converse(machine: Machine, connection: socket.socket) -> list[Event]:
    """Exchange bytes until the machine has something to tell."""
    until = time.monotonic() + LIMIT
    while time.monotonic() < until:
        machine.timeout(time.monotonic())
        connection.sendall(machine.data_to_send())
        if events := machine.events():
            return events
        try:
            machine.receive_data(connection.recv(65536))
        except TimeoutError:
            continue
    raise AssertionError("nothing happened")


def sent_by_hand(connection: socket.socket, wire: bytes, wanted: bytes) -> bytes:
    """Send, and return what comes in answer until this is in it."""
    connection.sendall(wire)
    connection.settimeout(LIMIT)
    answer = b""
    while wanted not in answer and (piece := connection.recv(65536)):
        answer += piece
    return answer


def test_it_receives_and_tells_so(tmp_path: Path) -> None:
    with program("receive", tmp_path) as (connection, process):
        sender = Sender()
        assert converse(sender, connection) == [Ready()]
        sender.offer(FileInfo(b"/etc/a.bin", 5, 1_000_000_000))
        converse(sender, connection)
        span = sender.wanted()
        assert span is not None
        sender.supply(span, b"hello")
        converse(sender, connection)
        sender.finish()
        assert converse(sender, connection) == [Finished()]
        connection.sendall(sender.data_to_send())
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 0
    assert said.startswith("a.bin: 5 B")
    assert (tmp_path / "a.bin").read_bytes() == b"hello"


def test_it_sends_what_can_be_sent_and_says_what_not(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"hello")
    with program("send", tmp_path / "missing", tmp_path, tmp_path / "a.bin") as (connection, process):
        receiver = Receiver()
        match converse(receiver, connection):
            case [Offer(info)]:
                assert (info.name, info.size) == (b"a.bin", 5)
            case other:
                pytest.fail(repr(other))
        receiver.accept()
        converse(receiver, connection)
        receiver.complete()
        assert converse(receiver, connection) == [Finished()]
        connection.close()
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert "missing: No such file" in said
    assert "no regular file" in said
    assert "a.bin: 5 B" in said


@pytest.mark.parametrize("name", [b"..", b"a\x1b[2J", b"/", b"nul", b"x:y"])
def test_a_hostile_name_is_skipped_and_nothing_written(name: bytes, tmp_path: Path) -> None:
    with program("receive", tmp_path) as (connection, process):
        assert b"B05" in sent_by_hand(connection, offer(name), b"B05")
        connection.close()
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert "\x1b" not in said
    assert not list(tmp_path.iterdir())


def test_a_command_is_refused_and_told(tmp_path: Path) -> None:
    with program("receive", tmp_path) as (connection, process):
        assert b"B0f01000000" in sent_by_hand(connection, block(Frame.COMMAND, b"touch here\x1b\0"), b"B0f01000000")
        connection.close()
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert r"refused to run b'touch here\x1b'" in said


def test_a_connection_that_is_cut_leaves_nothing(tmp_path: Path) -> None:
    with program("receive", tmp_path) as (connection, process):
        sent_by_hand(connection, offer(size=5000), b"B09")
        assert len(list(tmp_path.iterdir())) == 1
        connection.sendall(data(0, bytes(2000)))
        connection.close()
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 1
    assert Reason.HUNG_UP.value in said
    assert not list(tmp_path.iterdir())


def test_a_cancelled_transfer_ends_at_once(tmp_path: Path) -> None:
    with program("receive", tmp_path) as (connection, process):
        sent_by_hand(connection, offer(size=5000), b"B09")
        connection.sendall(b"\x18" * 5)
        assert process.wait(LIMIT) == 1
    assert not list(tmp_path.iterdir())


def test_what_was_there_is_kept_when_two_come_under_one_name(tmp_path: Path) -> None:
    with program("receive", tmp_path) as (connection, process):
        sent_by_hand(connection, offer(b"a.bin", 3), b"B09")
        (tmp_path / "a.bin").write_bytes(b"mine")
        assert b"B05" in sent_by_hand(connection, data(0, b"new") + eof(3), b"B05")
        connection.close()
        process.communicate(timeout=LIMIT)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"mine"]


def test_a_directory_that_is_none_is_an_error_of_usage(tmp_path: Path) -> None:
    with program("receive", tmp_path / "missing") as (_, process):
        _, said = process.communicate(timeout=LIMIT)
    assert process.returncode == 2
    assert "is no directory" in said


def test_a_peer_that_hangs_up_is_told_apart_from_one_that_is_done() -> None:
    receiver = Receiver()
    receiver.receive_end()
    assert receiver.events() == [Failed(Reason.HUNG_UP)]


def test_a_sender_leaves_a_line_that_stays_open_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "_FAREWELL", 3 * LIMIT)  # what it would wait for words that nobody says
    (tmp_path / "a.bin").write_bytes(b"hello")
    ours, its = socket.socketpair()
    ours.settimeout(0.05)
    with ours, its, opened(its.fileno(), its.fileno()) as pipe:
        given = (Sender(), [tmp_path / "a.bin"], pipe, Progress(bar=False, quiet=True))
        running = Thread(target=send, args=given, daemon=True)
        running.start()
        receiver = Receiver()
        converse(receiver, ours)
        receiver.skip()
        converse(receiver, ours)
        running.join(LIMIT)
        assert not running.is_alive()


def test_a_receiver_that_hears_no_goodbye_leaves_a_line_that_stays_open(tmp_path: Path) -> None:
    with program("receive", tmp_path) as (connection, process):
        assert b"B08" in sent_by_hand(connection, hex_header(Frame.FIN), b"B08")
        assert process.wait(LIMIT) == 0


def test_nobody_there_is_invited_in_time_and_told_at_the_end(tmp_path: Path) -> None:
    ours, its = socket.socketpair()
    receiver = Receiver(ReceiveOptions(opening=2.0, repeat=0.5))
    with ours, its, opened(its.fileno(), its.fileno()) as pipe:
        running = Thread(target=receive, args=(receiver, tmp_path, pipe, Progress(bar=False, quiet=True)), daemon=True)
        running.start()
        running.join(LIMIT)
        assert not running.is_alive()
        assert ours.recv(65536) == 4 * RINIT + ABORT
