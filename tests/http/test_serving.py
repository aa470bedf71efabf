"""The connections: time limits, caps, and a client that does not behave."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from sttelnet.http import Desk, serving
from sttelnet.http.request import MOST_HEAD, Request
from sttelnet.http.response import Response
from tests.http.calls import PATIENCE, ask, open_desk, read_reply, say

PLAIN = b"GET /x HTTP/1.1\r\nHost: a\r\n\r\n"


class Answers:
    """Answers with the path, unless it says what else to do."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.near: list[bool] = []
        self.go_on = asyncio.Event()
        self.size = 0

    async def __call__(self, request: Request, *, near: bool) -> Response:
        self.asked.append(request)
        self.near.append(near)
        match request.path:
            case "/wait":
                await self.go_on.wait()
            case "/fail":
                raise ZeroDivisionError
            case "/big":
                return Response(HTTPStatus.OK, b"x" * 32 * 1024 * 1024)
        return Response(HTTPStatus.OK, request.path.encode())


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
async def port(answers: Answers) -> AsyncIterator[int]:
    async with open_desk(Desk(answers)) as port:
        yield port


async def test_one_request_has_one_response(port: int, answers: Answers) -> None:
    reply = await ask(port, "/hello")
    assert (reply.status, reply.body, reply.fields["Content-Length"]) == (200, b"/hello", "6")
    assert reply.fields["Date"].endswith(" GMT")
    assert answers.near == [True]


async def test_head_has_the_fields_and_no_content(port: int) -> None:
    reply = await ask(port, "/hello", method="HEAD")
    assert (reply.status, reply.body, reply.fields["Content-Length"]) == (200, b"", "6")


async def test_another_method_is_told_which_there_are(port: int) -> None:
    reply = await ask(port, "/hello", "Content-Length: 3", method="POST")
    assert (reply.status, reply.fields["Allow"]) == (405, "GET, HEAD")


async def test_a_request_may_come_in_pieces(port: int) -> None:
    assert read_reply(await say(port, *(bytes([one]) for one in PLAIN), pause=0.001)).body == b"/x"


async def test_a_client_that_has_said_all_it_has_to_say_is_answered(port: int) -> None:
    async with asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(PLAIN)
        writer.write_eof()
        assert read_reply(await reader.read()).body == b"/x"
        writer.close()


async def test_of_pipelined_requests_only_the_first_is_answered(port: int, answers: Answers) -> None:
    data = await say(port, PLAIN * 3)
    assert data.count(b"HTTP/1.1") == 1
    assert len(answers.asked) == 1


async def test_a_body_is_not_read_and_does_not_cost_the_response(port: int) -> None:
    body = b"\0\xff" * 100_000
    head = b"GET /x HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"
    assert read_reply(await say(port, head, body)).body == b"/x"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"GET /x\r\n\r\n", 400),
        (b"\0" * 100 + b"\r\n\r\n", 400),
        (b"\n" + bytes(range(256)) * 8 + b"\n\n", 400),
        (bytes(range(256)) * 64, 431),
        (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000, 431),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * 100_000, 431),
        (b"\r\n" * MOST_HEAD, 400),
    ],
)
async def test_what_is_no_request_is_told_so(port: int, answers: Answers, data: bytes, status: int) -> None:
    reply = read_reply(await say(port, data))
    assert reply.status == status
    assert reply.body
    assert not answers.asked


async def test_who_sends_a_byte_now_and_then_runs_out_of_time(
    port: int, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "ASK_WITHIN", 0.3)
    pieces = [b"GET / HTTP/1.1\r\n"] + [b"X: y\r\n"] * 8
    assert read_reply(await say(port, *pieces, pause=0.05)).status == 408
    assert not answers.asked


async def test_who_says_nothing_is_let_go_of(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "ASK_WITHIN", 0.05)
    assert read_reply(await say(port)).status == 408


async def test_who_does_not_close_is_closed_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "LINGER", 0.05)
    async with asyncio.timeout(PATIENCE):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError):
            while True:
                writer.write(PLAIN)
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.close()


async def test_who_takes_nothing_is_cut_off(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SEND_WITHIN", 0.2)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.settimeout(PATIENCE)
    with line:
        await asyncio.to_thread(line.connect, ("127.0.0.1", port))
        await asyncio.to_thread(line.sendall, b"GET /big HTTP/1.1\r\nHost: a\r\n\r\n")
        await asyncio.sleep(0.5)
        taken = await asyncio.to_thread(_drained, line)
    assert taken < 32 * 1024 * 1024


def _drained(line: socket.socket) -> int:
    count = 0
    try:
        while piece := line.recv(1 << 20):
            count += len(piece)
    except ConnectionResetError:
        pass
    return count


async def test_an_answer_that_takes_too_long_is_503(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "ANSWER_WITHIN", 0.05)
    reply = await ask(port, "/wait")
    assert (reply.status, reply.body, reply.fields["Retry-After"]) == (503, b"That took too long.\n", "5")


async def test_an_answer_that_fails_is_500_and_no_other_request_s_end(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    reply = await ask(port, "/fail")
    assert (reply.status, reply.body) == (500, b"That failed; the daemon's log says why.\n")
    assert "ZeroDivisionError" in caplog.text
    assert (await ask(port, "/x")).status == 200


async def test_one_too_many_is_told_so(port: int, answers: Answers) -> None:
    async with asyncio.TaskGroup() as tasks:
        waiting = [tasks.create_task(ask(port, "/wait")) for _ in range(serving.AT_ONCE)]
        async with asyncio.timeout(PATIENCE):
            while len(answers.asked) < serving.AT_ONCE:
                await asyncio.sleep(0.01)
        reply = await ask(port, "/x")
        assert (reply.status, reply.body) == (503, b"Too many are asking at the same time.\n")
        answers.go_on.set()
    assert {task.result().status for task in waiting} == {200}
    assert (await ask(port, "/x")).status == 200


async def test_of_a_flood_some_are_told_so_and_the_rest_are_dropped(answers: Answers) -> None:
    desk = Desk(answers)
    async with open_desk(desk) as port:
        lines = [await asyncio.open_connection("127.0.0.1", port) for _ in range(4 * serving.AT_ONCE)]
        await asyncio.sleep(0.1)
        assert len(desk._open) <= 2 * serving.AT_ONCE
        for _, writer in lines:
            writer.transport.abort()
        async with asyncio.timeout(PATIENCE):
            while desk._open:
                await asyncio.sleep(0.01)
        assert (await ask(port, "/x")).status == 200


async def test_at_the_end_who_is_still_there_is_cut_off(answers: Answers, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.ERROR)
    async with asyncio.timeout(PATIENCE):
        async with open_desk(Desk(answers)) as port:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"GET /wait HTTP/1.1\r\nHost: a\r\n\r\n")
            while not answers.asked:
                await asyncio.sleep(0.01)
        with contextlib.suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
    assert not caplog.records


async def test_who_only_holds_a_place_makes_room_for_who_asks(port: int) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(serving.AT_ONCE):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            stack.callback(writer.close)
        await asyncio.sleep(0.1)
        for _ in range(3):
            assert (await ask(port, "/hello")).status == 200
