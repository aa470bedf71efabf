"""The control socket, asked for real."""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.control import Request, Response, ask
from sttelnet.control.places import LONGEST_PATH, gate_file_of, read_gate, socket_of
from sttelnet.control.serving import open_control
from sttelnet.control.wire import MOST_REQUEST, pack, read_request, read_response
from sttelnet.errors import ControlUnavailable

posix = pytest.mark.skipif(sys.platform == "win32", reason="a Unix socket")


async def echo(request: Request) -> Response:
    if request.verb == "fail":
        raise ValueError(request.verb)
    return Response(True, [request.verb], request.arguments)


@pytest.fixture(params=["socket", "port"])
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder whose socket's name is short enough, and one whose name is too long."""
    base = tmp_path_factory.mktemp("d")
    if request.param == "socket":
        if sys.platform == "win32" or socket_of(base) is None:
            pytest.skip("no Unix sockets, or none with such a long name")
        return base
    deep = base / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    assert socket_of(deep) is None
    return deep


async def asked(folder: Path, request: Request) -> Response:
    return await asyncio.to_thread(ask, folder, request)


async def raw(folder: Path, data: bytes, *, end: bool = True) -> bytes:
    """Send bytes as they are, return what comes back."""
    reader, writer = await connect(folder)
    writer.write(data)
    if end and writer.can_write_eof():
        writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer


async def connect(folder: Path) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    gate = read_gate(gate_file_of(folder))
    if gate is not None:
        return await asyncio.open_connection("127.0.0.1", gate.port)
    if sys.platform == "win32":
        raise AssertionError("there are no Unix sockets")
    return await asyncio.open_unix_connection(str(folder / "sttelnet.sock"))


async def test_a_request_is_answered(folder: Path) -> None:
    async with open_control(folder, echo):
        for _ in range(3):
            response = await asked(folder, Request("who", {"a": "é\x1b"}))
            assert response == Response(True, ["who"], {"a": "é\x1b"})


async def test_where_no_daemon_runs_none_is_asked(folder: Path) -> None:
    with pytest.raises(ControlUnavailable, match="no daemon runs with its data in"):
        await asked(folder, Request("who"))
    async with open_control(folder, echo):
        pass
    assert list(folder.iterdir()) == []
    with pytest.raises(ControlUnavailable, match="sttelnet serve"):
        await asked(folder, Request("who"))


async def test_a_request_that_fails_ends_nothing(folder: Path) -> None:
    async with open_control(folder, echo):
        response = await asked(folder, Request("fail"))
        assert response == Response(False, ["That failed; the daemon's log says why."])
        assert (await asked(folder, Request("who"))).ok


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[1]\n",
        b'{"verb":1}\n',
        b'{"verb":"who","more":1}\n',
        b"\xff\xfe\n",
        b"no end",
        b"[" * 9000 + b"\n",
    ],
    ids=range(9),
)
async def test_what_is_no_request_is_answered_and_ends_nothing(folder: Path, data: bytes) -> None:
    async with open_control(folder, echo):
        response = read_response(await raw(folder, data))
        assert response == Response(False, ["The request is not understood."])
        assert (await asked(folder, Request("who"))).ok


async def test_a_request_has_an_end(folder: Path) -> None:
    async with open_control(folder, echo):
        try:
            answer = await raw(folder, b"x" * (2 * MOST_REQUEST))
        except ConnectionError:  # it had not read all when it hung up
            answer = b""
        assert answer == b"" or read_response(answer) == Response(False, ["The request is not understood."])
        assert (await asked(folder, Request("who"))).ok


async def test_only_so_many_ask_at_once(folder: Path) -> None:
    async with open_control(folder, echo):
        silent = [await connect(folder) for _ in range(12)]
        closed = [reader for reader, _ in silent[8:]]
        for reader in closed:
            try:
                assert await reader.read() == b""
            except ConnectionError:
                pass
        for _, writer in silent:
            writer.close()


async def test_who_has_gone_before_the_answer_ends_nothing(folder: Path) -> None:
    async with open_control(folder, echo):
        _, writer = await connect(folder)
        writer.write(pack(Request("who")))
        writer.transport.abort()
        assert (await asked(folder, Request("who"))).ok


async def test_the_end_does_not_wait_for_who_says_nothing(folder: Path) -> None:
    async with asyncio.timeout(4):  # a request may take five seconds to arrive
        async with open_control(folder, echo):
            reader, writer = await connect(folder)
            await asyncio.sleep(0.05)
        answer = read_response(await reader.read())
        assert answer == Response(False, ["The daemon is stopping; it may still be done."])
        writer.close()


async def test_a_port_is_opened_by_its_token_only(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * LONGEST_PATH)
    deep.mkdir()
    async with open_control(deep, echo):
        gate = read_gate(gate_file_of(deep))
        assert gate is not None
        assert len(gate.token) == 64
        for token in ("", "x" * 64, gate.token[:-1], "é"):
            answer = read_response(await raw(deep, pack(Request("who", {}, token))))
            assert answer == Response(False, ["The token is wrong."])


@posix
async def test_nobody_but_the_owner_may_use_it(folder: Path) -> None:
    old = os.umask(0)
    try:
        async with open_control(folder, echo):
            (path,) = folder.iterdir()
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        os.umask(old)


@posix
async def test_what_a_killed_daemon_left_is_replaced(folder: Path) -> None:
    path = socket_of(folder) or gate_file_of(folder)
    if sys.platform != "win32" and path.suffix == ".sock":
        dead = socket.socket(socket.AF_UNIX)
        dead.bind(str(path))
        dead.close()
    else:
        path.write_text('{"port": 1, "token": "x"}', encoding="utf-8")
        path.chmod(0o666)
    with pytest.raises(ControlUnavailable):
        await asked(folder, Request("who"))
    async with open_control(folder, echo):
        assert (await asked(folder, Request("who"))).ok
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@asynccontextmanager
async def first(folder: Path) -> AsyncIterator[None]:
    async with open_control(folder, echo):
        yield


@posix
async def test_a_daemon_that_runs_is_not_pushed_aside(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("d")
    async with first(folder):
        with pytest.raises(ControlUnavailable, match="another daemon has its data in that folder"):
            async with open_control(folder, echo):
                raise AssertionError
        assert (await asked(folder, Request("who"))).ok


async def test_what_answers_and_is_no_daemon_is_told(folder: Path) -> None:
    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n")
        writer.write(b"hello\n")
        writer.close()

    gate_file_of(folder).write_text('{"port": 1, "token": "x"}', encoding="utf-8")
    async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        gate_file_of(folder).write_text(f'{{"port": {port}, "token": "x"}}', encoding="utf-8")
        path = socket_of(folder)
        if path is not None and sys.platform != "win32":
            async with await asyncio.start_unix_server(nonsense, str(path)):
                with pytest.raises(ControlUnavailable, match="no sttelnet daemon"):
                    await asked(folder, Request("who"))
        else:
            with pytest.raises(ControlUnavailable, match="no sttelnet daemon"):
                await asked(folder, Request("who"))


@given(st.binary(max_size=200))
def test_no_bytes_make_the_readers_raise(data: bytes) -> None:
    read_request(data)
    read_response(data)


@given(st.text(max_size=30), st.dictionaries(st.text(max_size=10), st.text(max_size=30), max_size=4))
def test_what_is_packed_is_read_again(verb: str, arguments: dict[str, str]) -> None:
    request = Request(verb, arguments, "t")
    line = pack(request)
    assert line.count(b"\n") == 1
    assert read_request(line) == request
