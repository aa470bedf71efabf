"""Which path gives what, and to whom."""

from __future__ import annotations

import json
import socket
import sys
from http import HTTPStatus

import msgspec
import pytest

from sttelnet.config import HttpConfig
from sttelnet.health import State
from sttelnet.http import METRICS_MISSING, Pages, can_measure
from sttelnet.http.request import Request
from sttelnet.http.response import Response
from tests.http.things import Host, thing, words

HOST = Host(thing("disk /", State.CRITICAL, title="Disk space", text="full"), thing("clock"), state=State.CRITICAL)


async def ask(request: Request, config: HttpConfig | None = None, *, near: bool = True) -> Response:
    return await Pages(HOST, lambda: config or HttpConfig()).answer(request, near=near)


async def test_healthz_is_everything() -> None:
    for path in ("/healthz", "/healthz/"):
        response = await ask(Request(path))
        assert response.status is HTTPStatus.SERVICE_UNAVAILABLE
        assert set(json.loads(response.body)["checks"]) == {"disk /", "clock"}


@pytest.mark.parametrize(
    "request_",
    [
        Request("/healthz/disk /"),
        Request("/healthz/DISK SPACE"),
        Request("/healthz", name="Disk /"),
        Request("/healthz/", name="disk /"),
    ],
)
async def test_one_thing_is_found_by_name_or_title_without_case(request_: Request) -> None:
    document = json.loads((await ask(request_)).body)
    assert (document["status"], list(document["checks"])) == ("fail", ["disk /"])


async def test_one_thing_has_its_own_state() -> None:
    response = await ask(Request("/healthz/clock"))
    assert (response.status, json.loads(response.body)["status"]) == (HTTPStatus.OK, "pass")


async def test_a_name_that_is_not_watched_is_told_the_nearest() -> None:
    response = await ask(Request("/healthz/clokc"))
    assert response.status is HTTPStatus.NOT_FOUND
    assert words(response) == 'Nothing called "clokc" is watched here (did you mean "clock"?).\n'
    hostile = await ask(Request("/healthz/\x1b[2J\r\nX: y" + "\u202e" * 5000))
    assert words(hostile) == 'Nothing called "[2J X: y" is watched here.\n'


@pytest.mark.parametrize("path", ["/", "/health", "/metrics/", "/metrics/x", "//healthz", "/..", "/healthz.json"])
async def test_there_is_nothing_else(path: str) -> None:
    response = await ask(Request(path))
    assert response.status is HTTPStatus.NOT_FOUND
    assert words(response) == "There is /healthz, /healthz/NAME and /metrics.\n"


# -- to whom


async def test_other_machines_are_told_the_state_and_nothing_else() -> None:
    response = await ask(Request("/healthz"), near=False)
    assert (response.status, words(response)) == (HTTPStatus.SERVICE_UNAVAILABLE, '{"status":"fail"}\n')
    for request in (Request("/metrics"), Request("/healthz/clock"), Request("/healthz/nothing")):
        assert (await ask(request, near=False)).status is HTTPStatus.FORBIDDEN


async def test_other_machines_are_told_everything_where_it_is_public() -> None:
    public = HttpConfig(public=True)
    assert b"clock" in (await ask(Request("/healthz"), public, near=False)).body
    assert b'check="clock"' in (await ask(Request("/metrics"), public, near=False)).body


async def test_a_request_for_another_host_is_misdirected() -> None:
    for near in (True, False):
        response = await ask(Request("/healthz", host="evil.example:9623"), HttpConfig(public=True), near=near)
        assert response.status is HTTPStatus.MISDIRECTED_REQUEST
        assert b"fail" not in response.body


async def test_our_own_names_are_the_host_s_the_listeners_and_those_of_the_config() -> None:
    config = HttpConfig(listen=("web-01.lan",), names=("web-01.example.org",))
    for host in (socket.gethostname(), "web-01.lan", "WEB-01.example.org:9623", "localhost", "192.0.2.1", ""):
        assert (await ask(Request("/healthz/clock", host=host), config)).status is HTTPStatus.OK, host


async def test_the_config_counts_as_it_is_now() -> None:
    config = HttpConfig()
    pages = Pages(HOST, lambda: config)
    assert (await pages.answer(Request("/metrics"), near=False)).status is HTTPStatus.FORBIDDEN
    config = msgspec.structs.replace(config, public=True)
    assert (await pages.answer(Request("/metrics"), near=False)).status is HTTPStatus.OK


# -- without its library


async def test_metrics_without_their_library_say_how_to_have_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert can_measure()
    monkeypatch.delitem(sys.modules, "sttelnet.http.metrics", raising=False)
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    assert not can_measure()
    response = await ask(Request("/metrics"))
    assert (response.status, words(response)) == (HTTPStatus.NOT_IMPLEMENTED, METRICS_MISSING + "\n")
    assert (await ask(Request("/healthz/clock"))).status is HTTPStatus.OK
