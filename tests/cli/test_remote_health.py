"""`sttelnet health --host`: another host's state by exit status, whatever that host does."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from threading import Thread

import msgspec
import pytest

from sttelnet.cli import main
from sttelnet.config import CheckConfig
from sttelnet.health.plugin import read_result
from sttelnet.members import Refusal
from sttelnet.role import Role
from sttelnet.server import Server
from tests.cli.running import environment
from tests.daemon import config_with, daemon
from tests.program import token_of

SITE = {"root": "hello {% set:Take %}", "h.py": "def Take(client, data):\n    pass\n"}
KEYS = {"root": 'menu\n{% key:root("a"); key:logoff("q") %}'}
ELSEWHERE = config_with(
    server={"trusted_loopback": False}, members={"throttle_first": 0.01, "throttle_most": 0.02, "tries": 50}
)


class Console:
    """`sttelnet health --host …`, and what it printed last."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.out = self.err = ""

    async def __call__(self, port: int, *arguments: str, host: str = "127.0.0.1") -> int:
        words = ["health", "--host", host, "--port", str(port), *arguments]
        status = await asyncio.to_thread(main, words)
        self.out, self.err = self._capsys.readouterr()
        return status


@pytest.fixture
def health(capsys: pytest.CaptureFixture[str]) -> Console:
    return Console(capsys)


def secret(folder: Path, text: str) -> str:
    path = folder / "secret"
    path.write_bytes(text.encode())
    return str(path)


# A real daemon


async def test_the_state_is_the_exit_status_and_the_lines_are_the_checks_own(tmp_path: Path, health: Console) -> None:
    script = 'print("queue is lóng | waiting=12;10;20")\nprint("oldest 3 min")\nraise SystemExit(2)\n'
    config = msgspec.structs.replace(config_with(), checks={"queue": CheckConfig(interval=1, retries=1)})
    async with daemon(tmp_path, {**SITE, "checks/queue.py": script}, config) as server:
        async with asyncio.timeout(15):
            while await health(server.ports[0], "queue") != 2:
                await asyncio.sleep(0.05)
        assert health.out == "queue is lóng | 'waiting'=12;10;20\noldest 3 min\n"
        assert await health(server.ports[0]) == 2
        line, *rows = health.out.splitlines()
        result = read_result(2, line.encode())
        assert result.broken == ()
        assert {"cpu", "queue::waiting"} <= {figure.label for figure in result.figures}
        assert any(row.startswith("CRITICAL queue: ") for row in rows)
        assert await health(server.ports[0], "--json") == 2
        assert json.loads(health.out)["state"] == "CRITICAL"
        assert await health(server.ports[0], "quue") == 3
        assert 'HEALTH UNKNOWN - nothing called "quue" is watched here (did you mean "queue"?)' in health.out


@pytest.mark.parametrize("site", [SITE, KEYS], ids=["lines", "keys"])
async def test_a_guest_from_elsewhere_gets_the_word_and_a_token_the_rest(
    tmp_path: Path, health: Console, site: dict[str, str]
) -> None:
    async with daemon(tmp_path, site, ELSEWHERE) as server:
        token = secret(tmp_path, await token_of(server, "kim") + "\r\nnotes\n")
        assert await health(server.ports[0]) in {0, 1, 2}
        assert health.out.split() in (["HEALTH", word] for word in ("OK", "WARNING", "CRITICAL"))
        assert await health(server.ports[0], "memory") == 3
        assert health.out == "HEALTH UNKNOWN - Log in to see that page.\n"
        assert await health(server.ports[0], "memory", "--token-file", token) in {0, 1, 2}
        assert "'used'=" in health.out
        assert health.err == ""


async def test_a_name_and_a_password_do_too(tmp_path: Path, health: Console) -> None:
    async with daemon(tmp_path, SITE, ELSEWHERE) as server:
        await server.members.register("Ada", " correct hörse ", "127.0.0.1")
        await server.members.set_locked("Ada", False)
        options = ("memory", "--user", "Ada", "--password-file")
        assert await health(server.ports[0], *options, secret(tmp_path, "\ufeff correct hörse \n")) in {0, 1, 2}
        assert "'used'=" in health.out
        assert await health(server.ports[0], *options, secret(tmp_path, "correct hörse")) == 3
        assert health.out == "HEALTH UNKNOWN - Name or password is wrong.\n"


async def test_who_is_not_let_in_is_told_why(tmp_path: Path, health: Console) -> None:
    async with daemon(tmp_path, SITE, ELSEWHERE) as server:
        made = await server.members.add("kim", Role.OPERATOR)
        assert not isinstance(made, Refusal)
        token = await token_of(server, "kim")
        one_time = ("--user", "kim", "--password-file", secret(tmp_path, made[1]))
        assert await health(server.ports[0], *one_time) == 3
        assert health.out == f"HEALTH UNKNOWN - {Refusal.ONE_TIME.value}\n"
        assert await health(server.ports[0], "--token-file", secret(tmp_path, "stt_wrong")) == 3
        assert health.out == "HEALTH UNKNOWN - That token is not valid here.\n"
        await server.members.set_locked("kim", True)
        assert await health(server.ports[0], "--token-file", secret(tmp_path, token)) == 3
        assert "locked" in health.out


async def test_a_daemon_that_lets_nobody_in_is_quoted(tmp_path: Path, health: Console) -> None:
    async with daemon(tmp_path, SITE, config_with(server={"max_sessions": 1})) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.ports[0])
        await until_one_is_on(server)
        assert await health(server.ports[0]) == 3
        assert "saying: The host has as many clients as it takes. Try again later." in health.out
        writer.close()


async def until_one_is_on(server: Server) -> None:
    async with asyncio.timeout(10):
        while not server.hub.presences():
            await asyncio.sleep(0.01)


# Something else


@contextmanager
def peer(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A host that does something else than it should, once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)

        def serve() -> None:
            line, _ = listener.accept()
            line.settimeout(20)
            with line:
                try:
                    behave(line)
                except OSError:
                    pass  # it has hung up

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(20)


def saying(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Say something at once and wait for the other side to hang up."""

    def behave(line: socket.socket) -> None:
        for piece in pieces:
            line.sendall(piece)
        while line.recv(65536):
            pass

    return behave


def ready(*answers: bytes) -> Callable[[socket.socket], None]:
    """Answer /machine as sttelnet does, then each command with one of these."""

    def behave(line: socket.socket) -> None:
        received = b""
        for answer in (b"\r\n+OK 0 0 sttelnet\r\n", *answers):
            while b"\n" not in received:
                data = line.recv(65536)
                if not data:
                    return
                received += data
            received = received.partition(b"\n")[2]
            line.sendall(answer)
        while line.recv(65536):
            pass

    return behave


def flooding(line: socket.socket) -> None:
    while True:
        line.sendall(b"+OK 0 \xff\xf1" * 1000)


def dripping(line: socket.socket) -> None:
    while True:
        line.sendall(b"x")
        time.sleep(0.05)


def echoing(line: socket.socket) -> None:
    while data := line.recv(65536):
        line.sendall(data)


LATE = ("--timeout", "0.5")


@pytest.mark.parametrize(
    ("behave", "words"),
    [
        (lambda line: None, "hung up"),
        (saying(), "no answer within 0.5 s"),
        (saying(b"SSH-2.0-OpenSSH_9.2p1\r\n"), "no answer within 0.5 s"),
        (saying(b"\xff" * 5000), "no answer within 0.5 s"),
        (saying(bytes(range(256)) * 100), "no answer within 0.5 s"),
        (saying(b"+OK 0 99999999999 sttelnet\r\n"), "no answer within 0.5 s"),
        (saying(b"+OK 0 4 sttelnet\r\nab"), "no answer within 0.5 s"),
        (saying(b"+OK POP3 server ready\r\n-ERR 20 0 unknown\r\n"), "is no sttelnet that speaks to programs"),
        (saying(b"+OK 0 0 something else\r\n"), "is no sttelnet that speaks to programs"),
        (dripping, "no answer within 0.5 s"),
        (echoing, "no answer within 0.5 s"),
        (ready(b"-ERR 7 3 odd\r\nodd"), "odd"),
        (ready(b"+OK 0 0\r\n"), "answers 0 and nothing else"),
        (ready(b"-ERR 30 0 going | down\x1b[2J\r\n"), "HEALTH UNKNOWN - going / down[2J"),
    ],
)
async def test_whatever_a_host_does_the_state_is_unknown_and_one_line_says_why(
    behave: Callable[[socket.socket], None], words: str, health: Console
) -> None:
    with peer(behave) as port:
        assert await health(port, *LATE) == 3
    assert health.out.startswith("HEALTH UNKNOWN - ")
    assert words in health.out
    assert health.out.count("\n") == 1
    assert health.out.strip().isprintable()


async def test_a_host_that_never_stops_is_not_listened_to_for_ever(health: Console) -> None:
    with peer(flooding) as port:
        assert await health(port, "--timeout", "20") == 3
    assert "talks too much" in health.out


async def test_what_a_host_says_acts_on_no_terminal(health: Console) -> None:
    body = "OK \x1b[2J\x9b31m\u202e fine\x07 | x=1\r\nmore\r\n".encode()
    with peer(ready(b"+OK 0 %d OK\r\n" % len(body) + body)) as port:
        assert await health(port) == 0
    assert health.out == "OK [2J31m fine | x=1\nmore\n"


async def test_json_that_is_none_is_unknown(health: Console) -> None:
    for body in (b"{", b"[" * 100_000, b"\xff\xff"):
        with peer(ready(b"+OK 0 %d OK\r\n" % len(body) + body.replace(b"\xff", b"\xff\xff"))) as port:
            assert await health(port, "--json") == 3
        assert "something else than JSON" in health.out or "no answer" in health.out


async def test_a_secret_is_told_to_nobody_who_is_no_sttelnet(tmp_path: Path, health: Console) -> None:
    heard: list[bytes] = []

    def listen(line: socket.socket) -> None:
        line.sendall(b"login: ")
        while data := line.recv(65536):
            heard.append(data)
            line.sendall(b"Password: \r\n+OK 0 0 Welcome\r\n")

    with peer(listen) as port:
        assert await health(port, *LATE, "--token-file", secret(tmp_path, "stt_secret")) == 3
    assert b"stt_" not in b"".join(heard)


async def test_no_host_and_no_such_host_are_unknown(health: Console) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert await health(port) == 3
    assert health.out == f"HEALTH UNKNOWN - 127.0.0.1 port {port}: Connection refused\n" or sys.platform == "win32"
    for host in ("nobody.invalid", "x" * 300, "..", "a b", ""):
        assert await health(port, *LATE, host=host) == 3
        assert health.out.startswith("HEALTH UNKNOWN - ")
        assert health.out.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("--host", "h", "--port", "99999"),
        ("--host", "h", "--timeout", "0"),
        ("--host", "h", "--timeout", "nan"),
        ("--host", "h", "--user", "kim"),
        ("--host", "h", "--password-file", "f"),
        ("--host", "h", "--token-file", "f", "--user", "kim", "--password-file", "f"),
        ("--host", "h", "--insecure"),
        ("--host", "h", "--cafile", "f"),
        ("--token-file", "f"),
        ("--tls",),
        ("--host", "127.0.0.1", "--port", "1", "--token-file", "there is none"),
        ("--host", "127.0.0.1", "--port", "1", "one\ntwo"),
        ("--host", "127.0.0.1", "--port", "1", "--tls", "--cafile", "there is none"),
    ],
)
def test_wrong_usage_is_unknown_too(arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", *arguments]) == 3


@pytest.mark.parametrize("text", ["", "\n", "two words", "é", "x" * 2000, "\x00\x01"])
def test_a_file_that_holds_no_token_is_unknown(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["health", "--host", "127.0.0.1", "--port", "1", "--token-file", secret(tmp_path, text)]) == 3
    out = capsys.readouterr().out
    assert "secret" in out
    assert "Connection refused" not in out


# TLS


@pytest.fixture
def certificate(tmp_path: Path, openssl: str) -> tuple[str, str]:
    """A certificate of localhost that signs itself, and its key."""
    paths = str(tmp_path / "cert.pem"), str(tmp_path / "key.pem")
    options = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
        "-subj",
        "/CN=localhost",
    ]
    names = ["-addext", "subjectAltName=DNS:localhost"]
    command = [openssl, *options, *names, "-out", paths[0], "-keyout", paths[1]]
    subprocess.run(command, check=True, capture_output=True, timeout=30)
    return paths


@asynccontextmanager
async def encrypted(server: Server, certificate: tuple[str, str]) -> AsyncIterator[int]:
    """A relay that takes TLS and hands what it carries to the daemon."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", server.ports[0])

        async def pump(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            try:
                while data := await source.read(65536):
                    target.write(data)
                    await target.drain()
            except OSError:
                pass
            target.close()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pump(reader, inner_writer))
            tasks.create_task(pump(inner_reader, writer))

    relay = await asyncio.start_server(carry, "127.0.0.1", 0, ssl=context)
    async with relay:
        yield relay.sockets[0].getsockname()[1]


async def test_tls_believes_a_valid_certificate_of_that_host_alone(
    tmp_path: Path, health: Console, certificate: tuple[str, str]
) -> None:
    trusted = ("--tls", "--cafile", certificate[0])
    async with daemon(tmp_path, SITE) as server, encrypted(server, certificate) as port:
        token = ("memory", "--token-file", secret(tmp_path, await token_of(server, "kim")))
        assert await health(port, *token, *trusted, host="localhost") in {0, 1, 2}
        assert "'used'=" in health.out
        assert await health(port, *token, *trusted) == 3
        assert "its certificate is not valid: " in health.out
        assert await health(port, *token, "--tls", host="localhost") == 3
        assert "its certificate is not valid: " in health.out
        assert await health(port, *token, "--tls", "--insecure") in {0, 1, 2}
        assert await health(server.ports[0], "--tls", *LATE) == 3
        assert "no TLS there" in health.out


# Its weight


def test_it_loads_nothing_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from sttelnet.cli import main; main(['health', '--host', '127.0.0.1', '--port', '1']);"
        " print(sorted({'asyncio', 'ssl', 'psutil', 'telnetlib3', 'aiosqlite', 'argon2'} & set(sys.modules)))"
    )
    (tmp_path / "run.py").write_text(code)
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "[]", done.stderr
