from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from sttelnet.cli import main
from tests.cli.host import OFFER, Host, listening
from tests.cli.running import PATIENCE, program


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
