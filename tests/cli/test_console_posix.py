from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sttelnet.iac import IAC, NAWS, SB, SE, TTYPE
from tests.cli.host import OFFER, Host, listening
from tests.cli.running import PATIENCE, command, environment

if sys.platform == "win32":
    pytest.skip("a pseudo-terminal takes POSIX", allow_module_level=True)

import termios

SEND_TYPE = bytes([IAC, SB, TTYPE, 1, IAC, SE])


@pytest.fixture
def host() -> Iterator[Host]:
    with listening() as host:
        yield host


class Screen:
    """The terminal `connect` runs on."""

    def __init__(self, leader: int) -> None:
        self.leader = leader
        self.text = b""

    def until(self, wanted: bytes) -> None:
        """Read until the screen has shown something."""
        limit = time.monotonic() + PATIENCE
        while wanted not in self.text:
            left = limit - time.monotonic()
            assert left > 0, f"no {wanted!r} in {self.text!r}"
            if select.select([self.leader], [], [], left)[0]:
                self.text += os.read(self.leader, 4096)

    def type(self, keys: bytes) -> None:
        os.write(self.leader, keys)


@contextmanager
def connected(host: Host, cwd: Path, *greetings: bytes) -> Iterator[tuple[Screen, subprocess.Popen[bytes]]]:
    leader, follower = os.openpty()
    termios.tcsetwinsize(follower, (30, 100))
    try:
        with subprocess.Popen(
            command("connect", "127.0.0.1", host.port),
            cwd=cwd,
            env=environment({"TERM": "xterm"}),
            stdin=follower,
            stdout=follower,
            stderr=follower,
            start_new_session=True,
        ) as running:
            host.accept(*greetings)
            try:
                yield Screen(leader), running
            finally:
                running.kill()
    finally:
        os.close(leader)
        os.close(follower)


def test_the_terminal_is_told_of_and_every_key_is_sent_at_once(tmp_path: Path, host: Host) -> None:
    with connected(host, tmp_path, OFFER + SEND_TYPE, b"\x1b[31mhello") as (screen, _):
        screen.until(b"\x1b[31mhello")
        assert bytes([IAC, SB, NAWS, 0, 100, 0, 30, IAC, SE]) in host.until(bytes([0, 100, 0, 30]))
        assert b"xterm" in host.until(b"xterm")
        screen.type(b"h")
        host.until(b"h")
        screen.type(b"\x03\r")
        host.until(b"\x03\r\0")
        assert not screen.text.endswith(b"h")


def test_a_resize_is_told_without_a_key(tmp_path: Path, host: Host) -> None:
    with connected(host, tmp_path, OFFER, b"hello") as (screen, _):
        screen.until(b"hello")
        host.until(bytes([0, 100, 0, 30]))
        termios.tcsetwinsize(screen.leader, (40, 132))
        host.until(bytes([0, 132, 0, 40]))


def test_where_the_host_does_not_echo_the_keys_are_shown_here(tmp_path: Path, host: Host) -> None:
    with connected(host, tmp_path, b"login: ") as (screen, _):
        screen.until(b"login: ")
        screen.type(b"kim\r")
        screen.until(b"kim\r\n")
        host.until(b"kim\r\0")


def test_the_escape_key_hangs_up_and_the_terminal_is_as_it_was(tmp_path: Path, host: Host) -> None:
    with connected(host, tmp_path, OFFER, b"hello") as (screen, running):
        screen.until(b"hello")
        assert termios.tcgetattr(screen.leader)[3] & (termios.ICANON | termios.ECHO) == 0
        screen.type(b"x\x1d")
        screen.until(b"Hung up.")
        assert running.wait(PATIENCE) == 0
        assert b"x" in host.until(b"")  # the answers to the offer may come behind it
        assert termios.tcgetattr(screen.leader)[3] & termios.ICANON


def test_a_host_that_hangs_up_ends_it(tmp_path: Path, host: Host) -> None:
    with connected(host, tmp_path, b"bye\r\n") as (screen, running):
        assert host.line is not None
        host.line.close()
        screen.until(b"Hung up.")
        assert running.wait(PATIENCE) == 0
