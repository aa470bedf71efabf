"""What systemd is told, over a real datagram socket."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sttelnet.config import Config
from sttelnet.errors import ConfigError
from sttelnet.server.notify import Notifier
from tests.daemon import PATIENCE, config_with, daemon, dial

if sys.platform == "win32":
    pytest.skip("Windows has no such sockets", allow_module_level=True)


@contextmanager
def manager(address: str) -> Iterator[socket.socket]:
    """Listen as systemd does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + address[1:] if address.startswith("@") else address)
        listening.setblocking(False)
        yield listening


def told(listening: socket.socket) -> list[str]:
    """Return what has come, a message each."""
    messages: list[str] = []
    try:
        while True:
            messages.append(listening.recv(4096).decode())
    except BlockingIOError:
        return messages


async def told_until(listening: socket.socket, word: str) -> list[str]:
    messages: list[str] = []
    async with asyncio.timeout(PATIENCE):
        while not any(word in message for message in messages):
            await asyncio.sleep(0.02)
            messages += told(listening)
    return messages


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_assignments_arrive_in_one_message(tmp_path: Path, kind: str) -> None:
    if kind == "abstract" and sys.platform != "linux":
        pytest.skip("only Linux has abstract sockets")
    address = str(tmp_path / "notify") if kind == "path" else f"@sttelnet-test-{os.getpid()}"
    with manager(address) as listening:
        notifier = Notifier({"NOTIFY_SOCKET": address})
        notifier.send(READY=1, STATUS="3 clients")
        notifier.close()
        assert told(listening) == ["READY=1\nSTATUS=3 clients"]


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1234"}])
def test_nobody_is_told_where_nobody_listens(environ: dict[str, str]) -> None:
    notifier = Notifier(environ)
    assert not notifier.heard
    notifier.send(READY=1)
    notifier.status("on")
    notifier.close()


def test_a_socket_that_is_gone_is_told_nothing_more(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    notifier = Notifier({"NOTIFY_SOCKET": str(tmp_path / "nobody")})
    notifier.send(READY=1)
    notifier.send(STOPPING=1)
    assert not notifier.heard
    assert caplog.text.count("cannot be told") == 1


def test_a_manager_that_reads_nothing_holds_up_nobody_and_misses_nothing_that_counts(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with manager(address) as listening:
        notifier = Notifier({"NOTIFY_SOCKET": address})
        for number in range(10_000):
            notifier.send(STATUS=number)
        notifier.send(READY=1)
        assert notifier.heard
        messages = told(listening)
        assert len(messages) < 10_000
        notifier.send(STATUS="later")
        assert told(listening)[-2:] == ["READY=1", "STATUS=later"]
        notifier.close()


def test_a_status_is_one_line_and_told_when_it_changes(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with manager(address) as listening:
        notifier = Notifier({"NOTIFY_SOCKET": address})
        notifier.status("one\nREADY=1")
        notifier.status("one\nREADY=1")
        notifier.status("two")
        notifier.close()
        first, second = told(listening)
        assert "\n" not in first
        assert second == "STATUS=two"


def test_the_watchdog_is_fed_twice_in_its_time_and_only_by_the_process_it_watches() -> None:
    pid = str(os.getpid())
    assert Notifier({"WATCHDOG_USEC": "30000000"}).beat == 15
    assert Notifier({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": pid}).beat == 15
    assert Notifier({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}).beat == 0
    for odd in ("", "x", "-5", "³"):
        assert Notifier({"WATCHDOG_USEC": odd}).beat == 0


async def test_a_daemon_tells_its_start_its_clients_a_reload_and_its_stop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    with manager(address) as listening:
        async with daemon(tmp_path, {"root": "hello\n"}) as server:
            assert "READY=1" in await told_until(listening, "READY=1")
            await told_until(listening, "WATCHDOG=1")
            async with dial(server) as peer:
                await peer.until("hello")
                await told_until(listening, "STATUS=1 client, health OK")
            before = time.monotonic_ns() // 1000
            assert await server.reload() == []
            messages = told(listening)
            [began] = [message for message in messages if message.startswith("RELOADING=1\n")]
            assert before <= int(began.partition("MONOTONIC_USEC=")[2]) <= time.monotonic_ns() // 1000
            assert "READY=1" in messages[messages.index(began) :]
        assert any(message.startswith("STOPPING=1\n") for message in told(listening))


async def test_a_reload_that_is_refused_ends_for_systemd_too_and_the_status_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "200000")
    with manager(address) as listening:
        async with daemon(tmp_path, {"root": "hello\n"}) as server:
            await told_until(listening, "READY=1")

            def broken() -> Config:
                raise ConfigError(["config.toml:3: server.prot: unknown key"])

            server._plan = server._reload._plan = replace(server._plan, config_reload=broken)
            assert await server.reload()
            await told_until(listening, "READY=1")
            await told_until(listening, "not reloaded: config.toml:3: server.prot")


async def test_a_loop_that_stands_still_feeds_no_watchdog(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = str(tmp_path / "notify")
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    monkeypatch.setenv("WATCHDOG_USEC", "100000")
    with manager(address) as listening:
        async with daemon(tmp_path, {"root": "hello\n"}, config_with()):
            await told_until(listening, "WATCHDOG=1")
            told(listening)
            time.sleep(0.5)
            assert told(listening) == []
            await told_until(listening, "WATCHDOG=1")
