"""The second listener: telnet over TLS, called by real clients, by those that speak none, and by some that are nasty."""

from __future__ import annotations

import asyncio
import logging
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
import warnings
from asyncio import sslproto
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import msgspec
import pytest

from sttelnet import process
from sttelnet.administration import Ban
from sttelnet.config import Config, MembersConfig, ShellConfig
from sttelnet.errors import ConfigError, TlsUnavailable
from sttelnet.role import Role
from sttelnet.server import Plan, Server, door
from sttelnet.session import limits
from tests.certificates import Pair, issue, needs_openssl
from tests.daemon import PATIENCE, Peer, config_with, daemon, dial, free_port, write_site
from tests.daemon import call as call_port
from tests.file_pages import shipped

pytestmark = needs_openssl

SITE = {
    "root": 'hello {% get:STMe("name") %}, line: {% get:STLine %}.\n{% key:vault("v"); key:root("r") %}',
    "vault": "{% page:Secure %}the vault\n",
}
BUSY = {
    "root": 'hello\n{% key:busy("b") %}',
    "busy": "{% post:Busy %}",
    "b.py": """
import asyncio

async def Busy(client):
    client.send("working")
    await asyncio.sleep(3600)
""",
}
REFUSED = (ssl.SSLError, ConnectionError)  # asyncio sends no alert: some clients see a reset
BAN = Ban("127.0.0.1", time.time() + 3600, "a test", "")  # no operator can: loopback is never banned
PLAIN = "This port speaks TLS, and nothing else: use a client for telnet over TLS (telnets).\r\n"


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return issue(tmp_path, "localhost")


def tls_config(pair: Pair, *, server: dict[str, object] | None = None, **keys: object) -> Config:
    return config_with(server=server or {}, tls=pair.section(free_port()) | keys)


def call(config: Config, context: ssl.SSLContext) -> AbstractAsyncContextManager[Peer]:
    """Call the port of TLS, as an xterm."""
    return call_port(config.tls.port, "xterm", tls=context)


async def hung_up_on(port: int, data: bytes = b"", *, end: bool = False) -> bytes:
    """Say something in plain, and return all that is answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(data)
        if end:
            writer.write_eof()
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    finally:
        writer.close()


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.01)


# What it is for


async def test_a_client_over_tls_is_served_and_is_secure(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair, server={"trusted_loopback": False})
    lines: list[str] = []
    async with daemon(tmp_path, SITE, config, lines.append) as server:
        assert f"listening telnets 127.0.0.1:{config.tls.port}" in lines
        async with call(config, pair.trusting()) as peer:
            await peer.until("line: encrypted (TLS 1.3).")
            assert [one.via for one in server.hub.presences()] == ["tls"]
            await peer.send("v")
            await peer.until("the vault")
        async with dial(server) as plain:
            await plain.until("line: NOT encrypted.")
            await plain.send("v")
            await plain.until("That page needs an encrypted line")


async def test_a_member_logs_in_through_the_shipped_pages_over_tls(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair, server={"trusted_loopback": False})
    async with daemon(tmp_path, shipped(), config) as server, call(config, pair.trusting()) as peer:
        added = await server.members.add("kim", Role.ADMIN)
        assert isinstance(added, tuple)
        await peer.until("Your choice: ")
        assert "Line    encrypted (TLS 1.3)" in peer.shown()
        await peer.send("l")
        await peer.until("Name: ")
        await peer.line("kim")
        await peer.until("Password: ")
        await peer.line(added[1])
        for _ in range(2):
            await peer.until(": ")
            await peer.line("a longer one, my own")
        await peer.until("Welcome, kim.")
        await peer.send("a")
        await peer.until("ADMINISTRATION")
    async with daemon(tmp_path, shipped(), config) as server, dial(server) as plain:
        await plain.until("Your choice: ")
        assert "Line    NOT encrypted" in plain.shown()


async def test_a_client_on_this_machine_is_told_so(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        await peer.until("line: this machine.")


async def test_what_comes_right_behind_the_handshake_is_not_lost(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)

    def program() -> bytes:
        with socket.create_connection(("127.0.0.1", config.tls.port), PATIENCE) as plain:
            with pair.trusting().wrap_socket(plain, server_hostname="localhost") as line:
                line.sendall(b"/machine\r\n/quit\r\n")
                heard = b""
                while data := line.recv(65536):
                    heard += data
                return heard

    async with daemon(tmp_path, SITE, config):
        for _ in range(5):
            assert b"+OK 0 0 sttelnet" in await asyncio.to_thread(program)


async def test_the_key_may_stand_in_the_certificate_s_file(tmp_path: Path, pair: Pair) -> None:
    both = tmp_path / "both"
    both.write_bytes(pair.key.read_bytes() + pair.certificate.read_bytes())
    both.chmod(0o600)
    config = tls_config(Pair(Path("both"), Path()), key="")
    async with daemon(tmp_path, SITE, config), call(config, pair.trusting()) as peer:
        await peer.until("encrypted")


async def test_the_first_page_is_there_within_a_moment_of_the_handshake(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config):
        async with call(config, pair.trusting()) as peer:
            async with asyncio.timeout(5):
                assert await peer.reader.read(1)


# What it does not speak


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
async def test_old_tls_is_not_spoken(tmp_path: Path, pair: Pair, version: ssl.TLSVersion) -> None:
    config = tls_config(pair)
    context = pair.trusting()
    with warnings.catch_warnings(action="ignore"):  # that these versions are old is the point
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    async with daemon(tmp_path, SITE, config):
        with pytest.raises(REFUSED):
            async with call(config, context):
                pass


async def test_tls_1_2_is_spoken_with_forward_secrecy_and_without_compression(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)
    context = pair.trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with daemon(tmp_path, SITE, config), call(config, context) as peer:
        await peer.until("encrypted (TLS 1.2)")
        found = peer.writer.get_extra_info("ssl_object")
        assert found.cipher()[0].startswith("ECDHE-")
        assert found.compression() is None


@pytest.mark.parametrize("ciphers", ["aNULL:@SECLEVEL=0", "AES128-SHA:@SECLEVEL=0"])
async def test_weak_ciphers_are_refused(tmp_path: Path, pair: Pair, ciphers: str) -> None:
    config = tls_config(pair)
    context = pair.trusting()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    async with daemon(tmp_path, SITE, config):
        with pytest.raises(REFUSED):
            async with call(config, context):
                pass


@pytest.mark.interop
@pytest.mark.skipif(sys.platform == "win32", reason="openssl s_client and its commands")
async def test_openssl_s_client_is_served_and_may_not_renegotiate(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config):
        client = await asyncio.create_subprocess_exec(
            *("openssl", "s_client", "-connect", f"127.0.0.1:{config.tls.port}", "-tls1_2"),
            *("-CAfile", str(pair.certificate)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        assert client.stdin is not None
        assert client.stdout is not None
        async with asyncio.timeout(PATIENCE):
            shown = await client.stdout.readuntil(b"line: encrypted")
            client.stdin.write(b"R\n")
            shown += await client.stdout.read()
            await client.wait()
    assert b"Verify return code: 0 (ok)" in shown
    assert b"Compression: NONE" in shown
    assert b"no renegotiation" in shown


# Clients on the wrong port


@pytest.mark.parametrize(
    "data",
    [b"\xff\xfb\x18\xff\xfb\x1f", b"hello\r\n", b"\r\n", b"GET / HTTP/1.0\r\n\r\n", b"SSH-2.0-x\r\n", b"\x80\x2e\x01"],
)
async def test_a_client_that_speaks_no_tls_is_told_so(tmp_path: Path, pair: Pair, data: bytes) -> None:
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config) as server:
        for end in (False, True):
            assert (await hung_up_on(config.tls.port, data, end=end)).decode() == PLAIN
        assert not server.clients.sessions


async def test_a_client_that_waits_to_be_spoken_to_is_told_so(
    tmp_path: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "SILENCE", 0.1)
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config):
        assert (await hung_up_on(config.tls.port)).decode() == PLAIN


async def test_tls_on_the_plain_port_is_told_where_to_go(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config) as server:
        assert (await hung_up_on(server.ports[0], client_hello())).endswith(
            f"This port speaks plain telnet; TLS is on port {config.tls.port}.\r\n".encode()
        )
        with pytest.raises(ssl.SSLError):
            await asyncio.open_connection(
                "127.0.0.1", server.ports[0], ssl=pair.trusting(), server_hostname="localhost"
            )
    async with daemon(tmp_path, SITE) as server:
        heard = await hung_up_on(server.ports[0], client_hello())
        assert heard.endswith(b"This port speaks plain telnet; there is no TLS here.\r\n")


async def test_control_characters_that_are_typed_are_no_tls(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server, dial(server) as peer:
        await peer.send(b"\x16\x03")
        await peer.until("hello")
        await peer.send("v")
        await peer.until("the vault")


def client_hello() -> bytes:
    """The first bytes of a real client."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = ssl.create_default_context().wrap_bio(incoming, outgoing, server_hostname="localhost")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read()


# Handshakes that come to nothing


async def test_garbage_ends_the_handshake_and_hurts_nobody(
    tmp_path: Path, pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    config = tls_config(pair)
    caplog.set_level(logging.INFO)
    hello = client_hello()
    pieces = [
        b"\x16\x03\x01" + b"\xff" * 5000,
        b"\x16" * 200,
        hello[:5] + b"\0" * 100 + hello,
        hello + b"\xff\xfa\x18" * 50,
        hello[:100] + bytes(reversed(hello[100:])),
        hello * 20,
    ]
    async with daemon(tmp_path, SITE, config) as server:
        for data in pieces:
            heard = await hung_up_on(config.tls.port, data, end=True)
            assert b"hello" not in heard
        await eventually(lambda: not server.clients._doors)
        async with call(config, pair.trusting()) as peer:
            await peer.until("encrypted")
    assert "Traceback" not in caplog.text
    assert not [record for record in caplog.records if record.levelno > logging.WARNING]


async def test_a_client_hello_in_single_bytes_is_a_handshake_too(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config):
        reader, writer = await asyncio.open_connection("127.0.0.1", config.tls.port)
        for byte in client_hello():
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        async with asyncio.timeout(PATIENCE):
            assert (await reader.read(1)) == b"\x16"
        writer.close()


@pytest.mark.parametrize("share", [1, 6, 200, None], ids=["a byte", "a record", "half", "all"])
async def test_a_handshake_that_does_not_go_on_is_cut_off(
    tmp_path: Path, pair: Pair, share: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "HANDSHAKE", 0.3)
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config) as server:
        await hung_up_on(config.tls.port, client_hello()[:share])
        await eventually(lambda: not server.clients._doors)


async def test_clients_that_leave_in_the_middle_leave_nothing(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config) as server:
        for data in (b"", client_hello(), client_hello()[:50]):
            for reset in (True, False):
                line = socket.create_connection(("127.0.0.1", config.tls.port))
                line.sendall(data)
                await asyncio.sleep(0.02)
                if reset:
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                line.close()
        await eventually(lambda: not server.clients._doors)
        assert not server.clients.sessions


async def test_handshakes_count_as_clients(tmp_path: Path, pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    config = tls_config(pair, server={"max_sessions": 3})
    async with daemon(tmp_path, SITE, config) as server:
        waiting = [await asyncio.open_connection("127.0.0.1", config.tls.port) for _ in range(3)]
        await eventually(lambda: len(server.clients._doors) == 3)
        assert await hung_up_on(config.tls.port, client_hello()) == b""
        async with dial(server) as peer:
            await peer.until("as many clients as it takes")
        assert "refused: full" in caplog.text
        for _, writer in waiting:
            writer.close()
        await eventually(lambda: not server.clients._doors)
        async with call(config, pair.trusting()) as peer:
            await peer.until("encrypted")


async def test_who_is_banned_is_not_spoken_to(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config) as server:
        server.bans._bans["127.0.0.1"] = BAN
        assert await hung_up_on(config.tls.port, client_hello()) == b""


async def test_a_stop_does_not_wait_for_handshakes(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)
    async with asyncio.timeout(door.HANDSHAKE - 1):
        async with daemon(tmp_path, SITE, config) as server:
            ends = [await asyncio.open_connection("127.0.0.1", config.tls.port) for _ in range(2)]
            ends[1][1].write(client_hello())
            await eventually(lambda: len(server.clients._doors) == 2)
            await asyncio.sleep(0.1)
    for _, writer in ends:
        writer.close()


@pytest.mark.parametrize("stops", [False, True], ids=["countdown", "stop"])
async def test_who_calls_over_tls_when_the_daemon_goes_down_is_told_so(
    stops: bool, tmp_path: Path, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OBEY_WITHIN", 3600)
    config = tls_config(pair, server={"drain_timeout": 3600})
    async with daemon(tmp_path, BUSY, config) as server, call(config, pair.trusting()) as busy:
        await busy.until("hello")
        await busy.send("b")
        await busy.until("working")
        server.countdown.set(3600, "")
        if stops:
            server.stop()
        await eventually(lambda: server.clients._leaving or not stops)
        silent, writer = await asyncio.open_connection("127.0.0.1", config.tls.port)
        for _ in range(2):
            async with call(config, pair.trusting()) as late:
                assert await late.rest() == "sttelnet\r\nThe service is going down. Try again later.\r\n"
        assert server.hub.calls == len(server.clients.sessions) == 1
    async with asyncio.timeout(PATIENCE):
        assert await hung_up(silent)  # who said nothing is not waited for
    writer.close()


async def hung_up(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read() == b""
    except ConnectionError:
        return True


async def test_a_client_that_does_not_answer_the_end_is_cut_off(tmp_path: Path, pair: Pair) -> None:
    """Nothing waits for a close_notify that never comes."""
    config = tls_config(pair)
    async with daemon(tmp_path, SITE, config) as server:
        async with call(config, pair.trusting()) as peer:
            await peer.until("encrypted")
            peer.writer.transport.pause_reading()  # type: ignore[attr-defined]  # a ReadTransport
            (session,) = server.clients.sessions.values()
            session.desk.hang_up("Goodbye.")
            await eventually(lambda: not server.clients.sessions)
            peer.writer.transport.abort()


# The certificate


async def test_a_new_certificate_counts_from_the_next_call_on_and_nobody_is_dropped(
    tmp_path: Path, pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    config = tls_config(pair)
    old, new = pair.trusting(), issue(tmp_path, "localhost")
    async with daemon(tmp_path, SITE, config) as server, call(config, old) as before:
        await before.until("encrypted")
        shutil.copy(new.certificate, pair.certificate)
        assert await server.reload() == [f"tls.key: {pair.key}: this is not the key of {pair.certificate}"]
        assert "not reloaded: tls.key" in caplog.text
        async with call(config, old) as peer:
            await peer.until("encrypted")
        shutil.copy(new.key, pair.key)
        assert await server.reload() == []
        async with call(config, new.trusting()) as peer:
            await peer.until("encrypted")
        with pytest.raises(ssl.SSLCertVerificationError):
            async with call(config, old):
                pass
        await before.send("v")
        await before.until("the vault")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda pair: pair.certificate.unlink(), "tls.certificate: {cert}: it is not there"),
        (lambda pair: pair.key.unlink(), "tls.key: {key}: it is not there"),
        (lambda pair: pair.certificate.write_text("hello"), "tls.certificate: {cert}: there is no certificate in it"),
        (lambda pair: pair.key.write_bytes(pair.certificate.read_bytes()), "tls.key: {key}: there is no private key"),
        (lambda pair: shutil.copy(issue(pair.key.parent, "x").key, pair.key), "tls.key: {key}: this is not the key of"),
        (lambda pair: (pair.key.unlink(), pair.key.mkdir()), "tls.key: {key}: it is a directory"),
        (
            lambda pair: pair.certificate.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
            "tls.certificate: {cert}: TLS cannot use it: ",
        ),
        (
            lambda pair: pair.key.write_text(
                "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n"
            ),
            "tls.key: {key}: it has a passphrase",
        ),
    ],
    ids=["no certificate", "no key", "no PEM", "no key in it", "another key", "a folder", "broken", "passphrase"],
)
async def test_a_pair_that_cannot_be_used_stops_the_start_with_a_sentence(
    tmp_path: Path, pair: Pair, spoil: Callable[[Pair], object], sentence: str
) -> None:
    spoil(pair)
    with pytest.raises(ConfigError) as raised:
        await Server(plan(tmp_path, tls_config(pair))).run()
    assert str(raised.value).startswith(sentence.format(cert=pair.certificate, key=pair.key))


def plan(folder: Path, config: Config) -> Plan:
    return Plan(
        config=config,
        scripts=write_site(folder, SITE),
        files=folder,
        data=folder,
        home=folder,
        config_path=None,
        announce=lambda line: None,
        config_reload=lambda: config,
    )


async def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair)
    with socket.create_server(("127.0.0.1", config.tls.port)):
        with pytest.raises(TlsUnavailable, match=r"is taken \(tls.port in config.toml chooses another, 0 is none\)"):
            await Server(plan(tmp_path, config)).run()


@pytest.mark.parametrize(
    ("days", "words"), [(100, ""), (13.5, " ends in 13 days, on "), (0.5, " ends in 0 days, on "), (-3, " ended on ")]
)
async def test_the_log_warns_of_a_certificate_that_ends(
    tmp_path: Path, days: float, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    pair = issue(tmp_path, "localhost", days=days)
    async with daemon(tmp_path, SITE, tls_config(pair)) as server:
        assert ("tls.certificate: " in caplog.text) == bool(words)
        assert f"{pair.certificate}{words}" in caplog.text or not words
        caplog.clear()
        await server.reload()
        assert ("tls.certificate: " in caplog.text) == bool(words)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
async def test_the_log_warns_of_a_key_that_everybody_may_read(
    tmp_path: Path, pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    async with daemon(tmp_path, SITE, tls_config(pair)):
        assert "everybody" not in caplog.text
    pair.key.chmod(0o644)
    async with daemon(tmp_path, SITE, tls_config(pair)):
        assert f"tls.key: everybody on this host may use {pair.key}" in caplog.text


# Certificates of clients


@pytest.fixture
def authority(tmp_path: Path) -> Pair:
    return issue(tmp_path, "our authority", "authority")


def presenting(pair: Pair, own: Pair) -> ssl.SSLContext:
    context = pair.trusting()
    context.load_cert_chain(own.certificate, own.key)
    return context


async def with_kim(server: Server, role: Role = Role.OPERATOR) -> None:
    assert isinstance(await server.members.add("kim", role), tuple)


async def test_a_member_s_certificate_logs_in_and_a_client_without_one_is_a_guest(
    tmp_path: Path, pair: Pair, authority: Pair
) -> None:
    config = tls_config(pair, clients=str(authority.certificate))
    kims = issue(tmp_path, "Kim", "client", by=authority)
    async with daemon(tmp_path, SITE, config) as server:
        await with_kim(server)
        async with call(config, presenting(pair, kims)) as peer:
            assert "hello kim, line: encrypted" in await peer.until("Welcome, kim. This is your first log-in.")
            assert [(one.name, one.role) for one in server.hub.presences()] == [("kim", Role.OPERATOR)]
        async with call(config, pair.trusting()) as peer:
            await peer.until("hello GUEST, line: encrypted")
        newest = next(entry for entry in await server.members.trail() if entry.event == "log-in")
        assert (newest.who, newest.peer, newest.detail) == ("kim", "127.0.0.1", "by certificate")


@pytest.mark.skipif(sys.platform == "win32", reason="a pty is POSIX's")
async def test_a_member_s_certificate_stands_in_for_the_second_factor_the_shell_demands(
    tmp_path: Path, pair: Pair, authority: Pair
) -> None:
    tls = tls_config(pair, clients=str(authority.certificate))
    shell = ShellConfig(enabled=True, role="operator", command=("/bin/sh",), environment=("PS1=$> ",))
    config = msgspec.structs.replace(tls, shell=shell, members=MembersConfig(second_factor="operator"))
    kims = issue(tmp_path, "kim", "client", by=authority)
    site = {"root": '{% get:STMe("name") %}? {% key:shell("x") %}', "shell": "{% post:STShell %}"}
    async with daemon(tmp_path, site, config) as server:
        await with_kim(server)
        async with call(config, presenting(pair, kims)) as peer:
            await peer.until("kim? ")
            await peer.send("x")
            await peer.until("$> ")


async def test_the_lines_of_the_docs_make_a_certificate_that_logs_in(tmp_path: Path, pair: Pair) -> None:
    text = (Path(__file__).parents[2] / "docs" / "deploying.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```\n(openssl req -x509.*?)^openssl s_client.*?^```$", text, re.MULTILINE | re.DOTALL)
    subprocess.run(["sh", "-ec", block], cwd=tmp_path, check=True, capture_output=True, timeout=60)
    config = tls_config(pair, clients=str(tmp_path / "authority.pem"))
    async with daemon(tmp_path, SITE, config) as server:
        await with_kim(server)
        async with call(config, presenting(pair, Pair(tmp_path / "kim.pem", tmp_path / "kim.key"))) as peer:
            assert "hello kim, line: encrypted" in await peer.until("Welcome, kim.")


async def test_a_locked_member_s_certificate_logs_nobody_in(tmp_path: Path, pair: Pair, authority: Pair) -> None:
    config = tls_config(pair, clients=str(authority.certificate))
    kims = issue(tmp_path, "kim", "client", by=authority)
    async with daemon(tmp_path, SITE, config) as server:
        await with_kim(server)
        await server.members.set_locked("kim", True)
        async with call(config, presenting(pair, kims)) as peer:
            assert "hello GUEST" in await peer.until("Your certificate logs nobody in: ")
            assert [one.role for one in server.hub.presences()] == [Role.GUEST]
        details = [entry.detail for entry in await server.members.trail() if entry.event == "log-in failed"]
        assert details == ["certificate, but locked"]


@pytest.mark.parametrize("name", ["nobody", "GUEST", "\x1b[2Jkim", "kim\nadmin", "k" * 60])
async def test_a_name_that_no_member_has_is_a_guest_s(tmp_path: Path, pair: Pair, authority: Pair, name: str) -> None:
    config = tls_config(pair, clients=str(authority.certificate))
    own = issue(tmp_path, name, "client", by=authority)
    async with daemon(tmp_path, SITE, config) as server:
        await with_kim(server)
        async with call(config, presenting(pair, own)) as peer:
            assert "hello GUEST" in await peer.until("Your certificate logs nobody in: ")


@pytest.mark.parametrize("kind", ["foreign", "ended", "for hosts alone", "self-signed"])
async def test_a_certificate_that_is_not_valid_is_turned_away(
    tmp_path: Path, pair: Pair, authority: Pair, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    config = tls_config(pair, clients=str(authority.certificate))
    match kind:
        case "foreign":
            own = issue(tmp_path, "kim", "client", by=issue(tmp_path, "our authority", "authority"))
        case "ended":
            own = issue(tmp_path, "kim", "client", by=authority, days=-1)
        case "for hosts alone":
            own = issue(tmp_path, "kim", "server_only", by=authority)
        case _:
            own = issue(tmp_path, "kim", "client")
    async with daemon(tmp_path, SITE, config) as server:
        await with_kim(server)
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = presenting(pair, own)
            context.maximum_version = version
            with pytest.raises((ssl.SSLError, OSError, AssertionError)):
                async with call(config, context) as peer:
                    await peer.until("hello")
        assert not [entry for entry in await server.members.trail() if entry.event == "log-in"]
    assert caplog.text.count("no TLS handshake") == 2


async def test_without_authorities_nobody_is_asked_for_a_certificate(
    tmp_path: Path, pair: Pair, authority: Pair
) -> None:
    config = tls_config(pair)
    kims = issue(tmp_path, "kim", "client", by=authority)
    async with daemon(tmp_path, SITE, config) as server:
        await with_kim(server)
        async with call(config, presenting(pair, kims)) as peer:
            await peer.until("hello GUEST")


async def test_authorities_that_cannot_be_read_stop_the_start(tmp_path: Path, pair: Pair) -> None:
    with pytest.raises(ConfigError, match=r"tls\.clients: .*: it is not there"):
        await Server(plan(tmp_path, tls_config(pair, clients="nothing.pem"))).run()


# What it costs


def test_asyncio_still_has_the_size_that_is_set_here() -> None:
    assert isinstance(sslproto.SSLProtocol.max_size, int)


def test_a_python_without_that_size_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(sslproto.SSLProtocol, "max_size")
    door.spare_memory()
    assert not hasattr(sslproto.SSLProtocol, "max_size")


CROWD = """
import asyncio, ssl, sys

async def main(port, certificate, count):
    context = ssl.create_default_context(cafile=certificate)
    ends = [await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost") for _ in range(count)]
    for reader, _ in ends:
        await reader.readuntil(b"encrypted")
    print("all are in", flush=True)
    await asyncio.to_thread(sys.stdin.read)

asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="resident memory as Linux counts it")
async def test_an_idle_session_costs_less_than_100_kib(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair, server={"settle_timeout": 0})
    count = 150
    async with daemon(tmp_path, SITE, config) as server:
        async with call(config, pair.trusting()) as peer:
            await peer.until("encrypted")
        before = process.resident()
        crowd = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CROWD, str(config.tls.port), str(pair.certificate), str(count)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        assert crowd.stdout is not None
        async with asyncio.timeout(3 * PATIENCE):
            assert await crowd.stdout.readline() == b"all are in\n"
        after = process.resident()
        assert len(server.clients.sessions) == count
        assert crowd.stdin is not None
        crowd.stdin.close()
        await crowd.wait()
    assert before is not None
    assert after is not None
    assert (after - before) / count < 100 * 1024


# Plaintext beyond this machine


async def test_plaintext_for_other_machines_is_warned_of_and_written_down(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_with(server={"listen": ("0.0.0.0",), "allow_plaintext": True})
    async with daemon(tmp_path, SITE, config) as server:
        assert "server.allow_plaintext: whoever is on the way to 0.0.0.0 can read everything there" in caplog.text
        rows = [(entry.event, entry.detail) for entry in await server.members.trail()]
        assert ("plaintext", "telnet without TLS on 0.0.0.0") in rows
        assert server.members.registration() == "closed"


async def test_loopback_alone_is_no_matter_for_the_audit(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with daemon(tmp_path, SITE) as server:
        assert "allow_plaintext" not in caplog.text
        assert "plaintext" not in [entry.event for entry in await server.members.trail()]
        assert server.members.registration() == "open"


async def test_registration_is_closed_where_others_reach_the_port_of_tls(tmp_path: Path, pair: Pair) -> None:
    config = tls_config(pair, listen=("0.0.0.0",))
    async with daemon(tmp_path, SITE, config) as server:
        assert server.members.registration() == "closed"


async def test_clients_over_tls_have_places_by_address_as_others_have_handshakes_too(
    tmp_path: Path, pair: Pair
) -> None:
    config = tls_config(pair)
    penalties = msgspec.structs.replace(config.admission.penalties, flood=0)
    admission = msgspec.structs.replace(config.admission, per_address=2, exempt_loopback=False, penalties=penalties)
    config = msgspec.structs.replace(config, admission=admission)
    async with daemon(tmp_path, SITE, config) as server:
        for _ in range(3):  # every place comes back, whether somebody had it or only shook hands
            async with call(config, pair.trusting()) as first:
                await first.until("hello")
                reader, writer = await asyncio.open_connection("127.0.0.1", config.tls.port)  # says nothing
                await asyncio.sleep(0.05)
                assert await hung_up_on(server.ports[0]) != b""  # told why, in plain
                with pytest.raises(REFUSED):
                    async with call(config, pair.trusting()):
                        pass
                writer.close()
                del reader
            await eventually(lambda: not server.clients.sessions and not server.admission._crowd.counted())
