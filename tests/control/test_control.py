"""The control socket, asked for real."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.control import Request, Response, ask, asking, serving
from sttelnet.control.places import LONGEST_PATH, Gate, gate_file_of, read_gate, socket_of, write_gate
from sttelnet.control.serving import open_control
from sttelnet.control.wire import KNOCK, MOST_REQUEST, MOST_RESPONSE, pack, read_request, read_response
from sttelnet.errors import ControlUnavailable

STOPPING = "The daemon is stopping; it may still be done."
posix = pytest.mark.skipif(sys.platform == "win32", reason="a Unix socket")


async def echo(request: Request) -> Response:
    if request.verb == "fail":
        raise ValueError(request.verb)
    if request.verb == "long":
        return Response(True, ["x" * MOST_RESPONSE])
    if request.verb == "much":
        return Response(True, ["x" * (MOST_RESPONSE - 1000)])
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
        b'{"verb":"who","token":"\\ud800"}\n',
    ],
    ids=range(10),
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
        assert answer == Response(False, [STOPPING])
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
async def nonsense_at(folder: Path) -> AsyncIterator[None]:
    """Something that is no daemon, where the folder's daemon would be."""

    async def nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n")
        writer.write(b"hello\n")
        writer.close()

    path = socket_of(folder)
    if path is not None and sys.platform != "win32":
        async with await asyncio.start_unix_server(nonsense, str(path)):
            yield
        return
    async with await asyncio.start_server(nonsense, "127.0.0.1", 0) as server:
        write_gate(gate_file_of(folder), Gate(server.sockets[0].getsockname()[1], "x"))
        yield


async def test_a_daemon_that_runs_is_not_pushed_aside(folder: Path) -> None:
    async with open_control(folder, echo):
        with pytest.raises(ControlUnavailable, match="another daemon has its data in that folder"):
            async with open_control(folder, echo):
                raise AssertionError
        assert (await asked(folder, Request("who"))).ok


async def test_a_knock_is_answered_and_asks_for_nothing(folder: Path) -> None:
    async def never(request: Request) -> Response:
        raise AssertionError(request)

    async with open_control(folder, never):
        assert await asked(folder, Request(KNOCK)) == Response(True, [])


async def test_a_port_that_is_another_program_s_by_now_is_no_daemon_s(tmp_path: Path) -> None:
    deep = tmp_path / ("x" * LONGEST_PATH)
    deep.mkdir()
    async with nonsense_at(deep), open_control(deep, echo):
        assert (await asked(deep, Request("who"))).ok


@pytest.mark.parametrize("port", [-1, 0, 65536, 10**30])
async def test_a_port_there_cannot_be_is_nobody_s(tmp_path: Path, port: int) -> None:
    deep = tmp_path / ("x" * LONGEST_PATH)
    deep.mkdir()
    gate_file_of(deep).write_text(f'{{"port": {port}, "token": "x"}}', encoding="utf-8")
    with pytest.raises(ControlUnavailable, match="no daemon runs"):
        await asked(deep, Request("who"))


async def test_an_end_by_an_error_leaves_nothing_behind(folder: Path) -> None:
    with pytest.raises(ExceptionGroup, match="unhandled") as caught:
        async with open_control(folder, echo):
            raise KeyError
    assert caught.group_contains(KeyError)
    assert list(folder.iterdir()) == []


async def test_what_is_too_much_or_no_text_is_refused_and_not_sent(folder: Path) -> None:
    async with open_control(folder, echo):
        much = await asked(folder, Request("who", {"text": "x" * MOST_REQUEST}))
        assert much == Response(False, ["That is too much to say at once."])
        odd = await asked(folder, Request("who", {"text": "\udcff"}))
        assert odd == Response(False, ["What is asked holds characters that cannot be sent."])
        assert (await asked(folder, Request("who"))).ok


async def test_an_answer_too_long_to_be_sent_is_told(folder: Path) -> None:
    async with open_control(folder, echo):
        response = await asked(folder, Request("long"))
        assert response == Response(False, ["The answer is too long to be sent; what was asked for may be done."])
        assert (await asked(folder, Request("much"))).ok


async def test_an_answer_that_comes_byte_by_byte_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            writer.close()
            gone.set()

    monkeypatch.setattr(asking, "ANSWER_WITHIN", 0.1)
    monkeypatch.setattr(asking, "SEND_WITHIN", 0.2)
    deep = tmp_path / ("x" * LONGEST_PATH)
    deep.mkdir()
    async with asyncio.timeout(20):
        async with await asyncio.start_server(drip, "127.0.0.1", 0) as server:
            write_gate(gate_file_of(deep), Gate(server.sockets[0].getsockname()[1], "x"))
            with pytest.raises(ControlUnavailable, match="has not answered: timed out"):
                await asked(deep, Request("who"))
            await gone.wait()


@posix
async def test_who_does_not_read_the_answer_is_let_go(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(serving, "ANSWER_WITHIN", 0.1)
    monkeypatch.setattr(serving, "SEND_WITHIN", 0.1)
    caplog.set_level(logging.INFO)
    folder = tmp_path_factory.mktemp("d")
    async with open_control(folder, echo):
        reader, writer = await connect(folder)
        writer.write(pack(Request("much")))
        async with asyncio.timeout(20):
            while "its answer was not read" not in caplog.text:
                await asyncio.sleep(0.02)
        assert read_response(await reader.read()) is None  # a part of it
        writer.close()
        assert (await asked(folder, Request("who"))).ok


@pytest.mark.parametrize("turns", range(8))
async def test_who_comes_just_as_it_ends_is_let_go(folder: Path, turns: int) -> None:
    async with asyncio.timeout(4):  # a request may take five seconds to arrive
        async with open_control(folder, echo):
            reader, writer = await connect(folder)
            for _ in range(turns):
                await asyncio.sleep(0)
        try:
            assert read_response(await reader.read()) in (None, Response(False, [STOPPING]))
        except ConnectionError:
            pass
        writer.close()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A data folder that every account can write to, as a careless host has it."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


if sys.platform != "win32":

    @contextmanager
    def as_another_account(path: Path) -> Iterator[None]:
        """Act as an account that may not use a file; who is not root takes their own rights to it away."""
        if os.geteuid() != 0:
            path.chmod(0)
            yield
            return
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    def test_a_socket_of_another_account_is_not_pushed_aside(open_folder: Path) -> None:
        path = open_folder / "sttelnet.sock"
        with socket.socket(socket.AF_UNIX) as theirs:
            theirs.bind(str(path))
            path.chmod(0o600)
            theirs.listen()
            inode = path.stat().st_ino
            with as_another_account(path):
                with pytest.raises(ControlUnavailable, match="another daemon has its data in that folder"):
                    asyncio.run(_open_once(open_folder))
                with pytest.raises(ControlUnavailable, match="only who runs the daemon may use it"):
                    ask(open_folder, Request("who"))
            assert path.stat().st_ino == inode

    def test_a_port_of_another_account_is_not_pushed_aside(open_folder: Path) -> None:
        deep = open_folder / ("x" * LONGEST_PATH)
        deep.mkdir()
        deep.chmod(0o777)
        path = gate_file_of(deep)
        write_gate(path, Gate(1, "x"))
        with as_another_account(path):
            with pytest.raises(PermissionError):
                asyncio.run(_open_once(deep))
            with pytest.raises(ControlUnavailable, match=r"sttelnet\.ctl: .* \(only who runs the daemon may use it\)"):
                ask(deep, Request("who"))
        assert path.exists()

    @pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a full queue and a dead daemon look alike")
    def test_a_daemon_too_busy_to_answer_is_not_pushed_aside(open_folder: Path) -> None:
        with socket.socket(socket.AF_UNIX) as busy:
            busy.bind(str(open_folder / "sttelnet.sock"))
            busy.listen(0)
            waiting = [socket.socket(socket.AF_UNIX) for _ in range(3)]
            for one in waiting:
                one.setblocking(False)
            assert [one.connect_ex(busy.getsockname()) for one in waiting][-1] == errno.EAGAIN
            with pytest.raises(ControlUnavailable, match="another daemon has its data in that folder"):
                asyncio.run(_open_once(open_folder))
            for one in waiting:
                one.close()

    def test_a_file_that_is_no_socket_is_left_alone(open_folder: Path) -> None:
        path = open_folder / "sttelnet.sock"
        path.write_text("mine", encoding="utf-8")
        with pytest.raises(ControlUnavailable, match="is no socket"):
            asyncio.run(_open_once(open_folder))
        assert path.read_text(encoding="utf-8") == "mine"


async def _open_once(folder: Path) -> None:
    async with open_control(folder, echo):
        raise AssertionError


async def test_what_answers_and_is_no_daemon_is_told(folder: Path) -> None:
    async with nonsense_at(folder):
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
