from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sttelnet.cli import main
from tests.certificates import issue, needs_openssl
from tests.cli.host import OFFER, Host, listening
from tests.cli.running import PATIENCE, environment, program
from tests.daemon import daemon
from tests.server.test_tls import SITE, tls_config


@pytest.fixture
def host() -> Iterator[Host]:
    with listening() as host:
        yield host


def test_a_host_that_cannot_be_reached_is_status_69(capsys: pytest.CaptureFixture[str], host: Host) -> None:
    host.close()
    assert main(["connect", "127.0.0.1", host.port]) == 69
    assert "cannot connect" in capsys.readouterr().err


def test_lines_from_a_file_are_sent_and_the_host_is_heard_out(tmp_path: Path, host: Host) -> None:
    def answer() -> None:
        host.accept(OFFER, b"hello\r\n")
        host.until(b"")
        assert host.line is not None
        host.line.sendall(b"good\r\0bye\r\n")
        host.line.close()

    answering = threading.Thread(target=answer)
    answering.start()
    done = program("connect", "127.0.0.1", host.port, cwd=tmp_path, stdin="one\ntwo\n")
    answering.join(PATIENCE)
    assert done.returncode == 0
    assert b"one\r\0two\r\0" in host.received
    assert "hello" in done.stdout
    assert "bye" in done.stdout


# TLS


async def _piped(folder: Path, *words: str) -> tuple[int, str, str]:
    """Call with lines from a pipe, while this loop serves."""
    done = await asyncio.to_thread(program, "connect", *words, cwd=folder, stdin="v\n")
    return done.returncode, done.stdout, done.stderr


@needs_openssl
async def test_over_tls_lines_are_sent_and_the_host_is_heard_out(tmp_path: Path) -> None:
    pair = issue(tmp_path, "localhost")
    config = tls_config(pair, server={"trusted_loopback": False})
    port = str(config.tls.port)
    async with daemon(tmp_path, SITE, config):
        trusted = ("--tls", "--cafile", str(pair.certificate))
        status, out, _ = await _piped(tmp_path, "localhost", port, *trusted)
        assert status == 0
        assert f"Connected to localhost port {port}, TLS 1.3." in out
        assert "line: encrypted (TLS 1.3)" in out
        assert "the vault" in out
        status, _, error = await _piped(tmp_path, "localhost", port, "--tls")
        assert status == 69
        assert "its certificate is not valid: " in error
        status, out, _ = await _piped(tmp_path, "localhost", port, "--tls", "--insecure")
        assert status == 0
        assert "the vault" in out


@needs_openssl
async def test_tls_to_a_host_that_has_none_is_a_sentence(tmp_path: Path) -> None:
    async with daemon(tmp_path, SITE) as server:
        status, _, error = await _piped(tmp_path, "localhost", str(server.ports[0]), "--tls")
        assert status == 69
        assert "no TLS there" in error


@pytest.mark.parametrize("words", [["--insecure"], ["--cafile", "x"]])
def test_options_of_tls_need_tls(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["connect", *words]) == 2
    assert "need --tls" in capsys.readouterr().err


def test_authorities_that_are_not_there_are_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], host: Host
) -> None:
    assert main(["connect", "127.0.0.1", host.port, "--tls", "--cafile", str(tmp_path / "none")]) == 69
    assert "none: No such file" in capsys.readouterr().err


def test_a_plain_call_loads_no_tls(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(
        "import sys; from sttelnet.cli import main; main(['connect', '127.0.0.1', '1']); print('ssl' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "False", done.stderr
