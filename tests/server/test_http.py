"""/healthz and /metrics of a real daemon, asked by the clients Python ships, and by some that do not behave."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import socket
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import msgspec
import pytest
from prometheus_client.parser import text_string_to_metric_families

from sttelnet.cli import main
from sttelnet.config import CheckConfig, Config
from tests.cli.running import write_site
from tests.daemon import config_with, daemon, dial, free_port
from tests.http.calls import read_reply, say

ROOT = {"root": "hello"}


def config_on(port: int, **keys: object) -> Config:
    return config_with(http={"port": port, **keys})


def _get(address: str) -> tuple[int, str, str]:
    try:
        with urllib.request.urlopen(address, timeout=10) as reply:
            return reply.status, reply.headers["Content-Type"], reply.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read().decode()


async def get(port: int, path: str) -> tuple[int, str, str]:
    """Status, media type and body, as urllib gets them."""
    return await asyncio.to_thread(_get, f"http://127.0.0.1:{port}{path}")


def samples(text: str) -> dict[tuple[str, str], float]:
    """The values, by name and check."""
    return {
        (one.name, one.labels.get("check", "")): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


async def test_without_a_port_nothing_is_said_of_http(tmp_path: Path) -> None:
    lines: list[str] = []
    async with daemon(tmp_path, ROOT, announce=lines.append):
        assert not [line for line in lines if "http" in line]


async def test_the_start_says_where_it_listens(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    lines: list[str] = []
    port = free_port()
    async with daemon(tmp_path, ROOT, config_on(port), announce=lines.append):
        assert f"listening http  127.0.0.1:{port}   /healthz /metrics" in lines
    assert "http" not in caplog.text


async def test_beyond_this_machine_the_start_warns(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with daemon(tmp_path, ROOT, config_on(free_port(), listen=("0.0.0.0",))):
        assert "http.listen: whoever reaches 0.0.0.0 can read the state of this host" in caplog.text
    async with daemon(tmp_path, ROOT, config_on(free_port(), listen=("0.0.0.0",), public=True)):
        assert "can read every check, all figures and metrics" in caplog.text


async def test_a_check_that_breaks_and_is_well_again_is_the_same_everywhere(tmp_path: Path) -> None:
    port = free_port()
    state = tmp_path / "state"
    state.write_text("0")
    script = f"""\
import pathlib
status = ""
while not status:  # it may be being written
    status = pathlib.Path({str(state)!r}).read_text()
print(f"it is {{status}} | waiting={{status}};1;2")
raise SystemExit(int(status))
"""
    checks = {"queue": CheckConfig(interval=1, retries=1)}
    config = msgspec.structs.replace(config_on(port), checks=checks)

    async def until(value: int, status: int, word: str) -> None:
        async with asyncio.timeout(20):
            while samples((await get(port, "/metrics"))[2]).get(("sttelnet_check_state", "queue")) != value:
                await asyncio.sleep(0.05)
        found, media_type, body = await get(port, "/healthz/queue")
        document: dict[str, Any] = json.loads(body)
        assert (found, media_type, document["status"]) == (status, "application/health+json", word)
        [entry] = document["checks"]["queue:waiting"]
        assert entry["observedValue"] == value

    async with daemon(tmp_path, {**ROOT, "checks/queue.py": script}, config):
        await until(0, 200, "pass")
        state.write_text("2")
        await until(2, 503, "fail")
        assert (await get(port, "/healthz"))[0] == 503
        values = samples((await get(port, "/metrics"))[2])
        assert values["sttelnet_health_state", ""] == 2
        assert values["sttelnet_check_critical_bound", "queue"] == 2
        state.write_text("0")
        await until(0, 200, "pass")


async def test_the_host_s_own_figures_and_the_daemon_s_are_told(tmp_path: Path) -> None:
    port = free_port()
    async with daemon(tmp_path, ROOT, config_on(port)) as server:
        async with dial(server) as peer:
            await peer.until("hello")
            values = samples((await get(port, "/metrics"))[2])
        assert values["sttelnet_sessions", ""] == 1
        assert values["sttelnet_connections_total", ""] == 1
        assert values["sttelnet_members_on", ""] == 0
        assert values["sttelnet_check_state", "memory"] in {0, 1, 2}
        assert 0 <= values["sttelnet_check_value", "cpu"] <= 100
        document = json.loads((await get(port, "/healthz"))[2])
        assert {"cpu", "memory"} <= document["checks"].keys()
        assert document["serviceId"] == socket.gethostname()


async def test_what_is_shown_follows_a_reload(tmp_path: Path) -> None:
    port = free_port()
    async with daemon(tmp_path, ROOT, config_on(port)) as server:
        request = b"GET /healthz/memory HTTP/1.1\r\nHost: web-01.example.org\r\n\r\n"
        assert read_reply(await say(port, request)).status == 421
        server.services.config = config_on(port, names=("web-01.example.org",))
        assert read_reply(await say(port, request)).status in {200, 503}


async def test_hostile_requests_leave_the_daemon_as_it_was(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    hostile = [
        (b"GET /healthz\r\n\r\n", 400),
        (b"\xff\xfb\x01" * 1000 + b"\r\n\r\n", 400),
        (b"GET /healthz HTTP/1.1\r\nHost: a\0b\r\n\r\n", 400),
        (b"GET /" + b"%00" * 20_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000, 431),
        (b"GET http://evil.example/metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421),
        (b"GET /metrics HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        (b"GET /healthz/%1b%5b2J%0d%0aX:%20y HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404),
        (b"DELETE /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 405),
        (b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 100, 200),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 404),
        (b"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/plain;version=x\r\n\r\n", 200),
    ]
    caplog.set_level(logging.WARNING)
    async with daemon(tmp_path, ROOT, config_on(port)) as server:
        for data, status in hostile:
            reply = read_reply(await say(port, data))
            assert reply.status == status, data[:80]
            assert "X" not in reply.fields
        async with dial(server) as peer:
            await peer.until("hello")
    assert "Traceback" not in caplog.text


async def test_a_client_that_only_wants_the_head_has_it(tmp_path: Path) -> None:
    port = free_port()

    def head() -> tuple[int, int, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.request("HEAD", "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
            reply = line.getresponse()
            assert reply.getheader("Content-Type", "").startswith("application/openmetrics-text")
            return reply.status, int(reply.getheader("Content-Length", "0")), reply.read()
        finally:
            line.close()

    async with daemon(tmp_path, ROOT, config_on(port)):
        status, length, body = await asyncio.to_thread(head)
    assert status == 200
    assert length > 1000
    assert body == b""


async def test_without_the_library_the_start_says_so_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "sttelnet.http.metrics", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    port, lines = free_port(), list[str]()
    async with daemon(tmp_path, ROOT, config_on(port), announce=lines.append):
        assert f"listening http  127.0.0.1:{port}   /healthz" in lines
        for _ in range(2):
            status, _, body = await get(port, "/metrics")
            assert (status, "pip install 'sttelnet[metrics]'" in body) == (501, True)
    assert caplog.text.count("pip install 'sttelnet[metrics]'") == 1


@pytest.mark.parametrize("far", ["192.0.2.1", "nobody.invalid"])
def test_an_address_that_is_not_ours_is_status_69(tmp_path: Path, capfd: pytest.CaptureFixture[str], far: str) -> None:
    port = free_port()
    write_site(
        tmp_path, ROOT, f'[server]\nlisten = ["127.0.0.1"]\nport = 0\n[http]\nport = {port}\nlisten = ["{far}"]\n'
    )
    assert main(["--config", str(tmp_path)]) == 69
    assert "http.listen" in capfd.readouterr().err


def test_a_port_that_is_taken_is_status_69_and_one_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        write_site(tmp_path, ROOT, f'[server]\nlisten = ["127.0.0.1"]\nport = 0\n[http]\nport = {port}\n')
        assert main(["--config", str(tmp_path)]) == 69
    out, error = capfd.readouterr()
    assert (
        error == f"sttelnet: port {port} of 127.0.0.1 is taken (http.port in config.toml chooses another, 0 is none)\n"
    )
    assert "one-time password" not in out
