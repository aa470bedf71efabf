"""The machines against lrzsz, both roles, over a socket pair: bytes, date, exit status and time."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.interop

if not (shutil.which("sz") and shutil.which("rz")):
    if os.environ.get("REQUIRE_PEERS") == "1":
        pytest.fail("REQUIRE_PEERS=1, but lrzsz is not installed", pytrace=False)
    pytest.skip("lrzsz is not installed", allow_module_level=True)

OURS = [sys.executable, "-m", "sttelnet.zmodem"]
STALL = 1.0  # seconds either side waited for nothing: the start of two processes is not in it
START = 3.0
LIMIT = 60.0
DATE = 1_234_567_890
SOURCE = random.Random(11)


@dataclass(frozen=True)
class Outcome:
    sender: int
    receiver: int
    seconds: float
    said: str


def started(command: Sequence[str | Path], connection: socket.socket, folder: Path) -> subprocess.Popen[bytes]:
    words, pipe = [str(word) for word in command], connection.fileno()
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.PIPE, cwd=folder)


def transfer(sender: Sequence[str | Path], receiver: Sequence[str | Path], folder: Path) -> Outcome:
    """Let two programs talk to each other; the receiver's folder is where it runs."""
    one, other = socket.socketpair()
    began = time.monotonic()
    with one, other:
        sending = started(sender, one, Path())
        receiving = started(receiver, other, folder)
    try:
        said = sending.communicate(timeout=LIMIT)[1] + receiving.communicate(timeout=LIMIT)[1]
    finally:
        for process in (sending, receiving):
            if process.poll() is None:
                process.kill()
                process.communicate()
    return Outcome(sending.returncode, receiving.returncode, time.monotonic() - began, said.decode(errors="replace"))


def contents() -> dict[str, bytes]:
    sizes = {f"size{n}.bin": SOURCE.randbytes(n) for n in (1, 1023, 1024, 1025, 8191, 8192, 8193)}
    return sizes | {
        "empty.bin": b"",
        "every.bin": bytes(range(256)) * 40,
        "zdle.bin": b"\x18" * 20_000,
        "rubout.bin": b"\xff" * 20_000,
        "returns.bin": b"@\r" * 5000 + b"\r" * 5000 + b"@\x8d" * 5000,
        "text.txt": b"The quick brown fox jumps over the lazy dog.\r\n" * 3000,
        "random.bin": SOURCE.randbytes(10_000_000),
    }


def written(folder: Path, files: dict[str, bytes]) -> list[Path]:
    folder.mkdir()
    paths = []
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content)
        os.utime(path, (DATE, DATE))
        paths.append(path)
    return paths


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return written(tmp_path_factory.mktemp("sources") / "all", contents())


def named(options: Sequence[str]) -> str:
    return " ".join(options) or "default"


def check(outcome: Outcome, sources: Sequence[Path], folder: Path, *, seconds: float = START + STALL) -> None:
    assert (outcome.sender, outcome.receiver) == (0, 0), outcome.said
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in sources)
    for source in sources:
        arrived = folder / source.name
        assert arrived.read_bytes() == source.read_bytes(), source.name
        assert int(arrived.stat().st_mtime) == DATE, source.name
    assert outcome.seconds < seconds


@pytest.mark.parametrize(
    "options",
    [[], ["-8"], ["-4"], ["-e"], ["-o"], ["-w", "8192"], ["-L", "256"], ["-r"], ["-k"], ["-b", "-8", "-e", "-o"]],
    ids=named,
)
def test_sz_sends_to_us(options: list[str], sources: list[Path], tmp_path: Path) -> None:
    outcome = transfer(["sz", "-q", *options, *sources], [*OURS, "receive"], tmp_path)
    check(outcome, sources, tmp_path)


@pytest.mark.parametrize("options", [["-e"], ["-o"], ["-e", "-o"]], ids=named)
def test_sz_sends_to_us_as_we_ask(options: list[str], sources: list[Path], tmp_path: Path) -> None:
    outcome = transfer(["sz", "-q", *sources], [*OURS, "receive", *options], tmp_path)
    check(outcome, sources, tmp_path)


@pytest.mark.parametrize(
    "options",
    [[], ["-8"], ["-e"], ["-o"], ["-8", "-o"], ["-w", "8192"], ["-w", "65536", "-8"], ["--rubout"], ["-e", "--rubout"]],
    ids=named,
)
def test_we_send_to_rz(options: list[str], sources: list[Path], tmp_path: Path) -> None:
    outcome = transfer([*OURS, "send", *options, *sources], ["rz", "-q"], tmp_path)
    check(outcome, sources, tmp_path)


@pytest.mark.parametrize("options", [["-e"], ["-r"], ["-b"], ["-y"]], ids=named)
def test_we_send_to_rz_with_options(options: list[str], sources: list[Path], tmp_path: Path) -> None:
    outcome = transfer([*OURS, "send", *sources], ["rz", "-q", *options], tmp_path)
    check(outcome, sources, tmp_path)


@pytest.mark.parametrize("ours", [[], ["-8", "-e", "-o"], ["-w", "4096", "--rubout"]], ids=named)
def test_we_send_to_ourselves(ours: list[str], sources: list[Path], tmp_path: Path) -> None:
    outcome = transfer([*OURS, "send", *ours, *sources], [*OURS, "receive"], tmp_path)
    check(outcome, sources, tmp_path)


@pytest.mark.parametrize("direction", ["sz to us", "us to rz"])
def test_a_thousand_small_files_arrive_without_a_stall(direction: str, tmp_path: Path) -> None:
    paths = written(tmp_path / "from", {f"{n:04}.bin": SOURCE.randbytes(1000) for n in range(1000)})
    (folder := tmp_path / "to").mkdir()
    if direction == "sz to us":
        outcome = transfer(["sz", "-q", *paths], [*OURS, "receive"], folder)
    else:
        outcome = transfer([*OURS, "send", *paths], ["rz", "-q"], folder)
    check(outcome, paths, folder, seconds=START + 3)


def test_a_line_with_errors_is_mended(tmp_path: Path) -> None:
    paths = written(tmp_path / "from", {"file.bin": SOURCE.randbytes(2_000_000)})
    (folder := tmp_path / "to").mkdir()
    outcome = transfer([*OURS, "send", *paths], ["rz", "-q", "--errors", "300000"], folder)
    check(outcome, paths, folder, seconds=LIMIT)


def test_rz_goes_on_where_it_stopped(sources: list[Path], tmp_path: Path) -> None:
    source = next(path for path in sources if path.name == "random.bin")
    (tmp_path / source.name).write_bytes(source.read_bytes()[:4_000_000])
    outcome = transfer([*OURS, "send", source], ["rz", "-q", "-r"], tmp_path)
    check(outcome, [source], tmp_path)


def test_a_file_rz_does_not_want_is_skipped_and_the_next_arrives(sources: list[Path], tmp_path: Path) -> None:
    first, second = sources[:2]
    (tmp_path / first.name).write_bytes(b"mine")
    outcome = transfer([*OURS, "send", first, second], ["rz", "-q"], tmp_path)
    assert outcome.sender == 1
    assert (tmp_path / first.name).read_bytes() == b"mine"
    assert (tmp_path / second.name).read_bytes() == second.read_bytes()
    assert outcome.seconds < START + STALL


def test_nothing_that_is_there_is_overwritten(sources: list[Path], tmp_path: Path) -> None:
    first, second = sources[:2]
    (tmp_path / first.name).write_bytes(b"mine")
    outcome = transfer(["sz", "-q", "-y", first, second], [*OURS, "receive"], tmp_path)
    assert outcome.receiver == 1
    assert (tmp_path / first.name).read_bytes() == b"mine"
    assert (tmp_path / second.name).read_bytes() == second.read_bytes()


def test_a_full_path_leads_nowhere_else(sources: list[Path], tmp_path: Path) -> None:
    (folder := tmp_path / "to").mkdir()
    outcome = transfer(["sz", "-q", "-f", sources[0]], [*OURS, "receive"], folder)
    check(outcome, sources[:1], folder)


def test_a_command_is_refused(tmp_path: Path) -> None:
    outcome = transfer(["sz", "-q", "-c", f"touch {tmp_path}/run"], [*OURS, "receive"], tmp_path)
    assert not list(tmp_path.iterdir())
    assert outcome.sender != 0
    assert outcome.receiver == 1
    assert "refused to run" in outcome.said
    assert outcome.seconds < START + 3


@pytest.mark.parametrize("role", ["sz", "rz"])
def test_a_peer_that_is_killed_leaves_nothing_half_done(role: str, tmp_path: Path) -> None:
    paths = written(tmp_path / "from", {"file.bin": bytes(64_000_000)})
    (folder := tmp_path / "to").mkdir()
    peer = ["timeout", "-s", "KILL", "0.15"]
    if role == "sz":
        outcome = transfer([*peer, "sz", "-q", "-e", *paths], [*OURS, "receive"], folder)
        assert outcome.receiver == 1
        assert not list(folder.iterdir())
    else:
        outcome = transfer([*OURS, "send", "-e", *paths], [*peer, "rz", "-q"], folder)
        assert outcome.sender == 1
    assert outcome.seconds < START + 5
