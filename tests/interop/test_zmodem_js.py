"""The machines against zmodem.js, the ZModem of terminals in web pages, both roles, over a socket pair.

It mends no errors, and throws at each header it does not expect: what arrives at all arrived at the first try.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.bridge import dialled, download, upload
from tests.file_pages import OPEN, area_folder, go_to, mark, serving

pytestmark = pytest.mark.interop

HERE = Path(__file__).with_name("zmodem_js")


def lacking() -> str | None:
    """Say what there is not."""
    if os.name == "nt":
        return "no socket is standard input on Windows"
    if shutil.which("node") is None:
        return "node is not installed"
    if not (HERE / "node_modules" / "zmodem.js").is_dir():
        return "zmodem.js is not installed: `npm install --no-package-lock` in tests/interop/zmodem_js"
    return None


if (reason := lacking()) is not None:
    if os.environ.get("REQUIRE_PEERS") == "1":
        pytest.fail(f"REQUIRE_PEERS=1, but {reason}", pytrace=False)
    pytest.skip(reason, allow_module_level=True)

OURS = [sys.executable, "-m", "sttelnet.zmodem"]
THEIRS = ["node", str(HERE / "peer.mjs")]
SOON = 9.0  # seconds, the start of both in them: a lost answer costs 10, and a second for each file adds up
PAUSE = 0.3  # seconds: the shortest wait for a last word is half of one
LIMIT = 120.0  # a hang
TRIES = 5
DATE = 1_234_567_890
SOURCE = random.Random(12)


@dataclass(frozen=True)
class Outcome:
    theirs: int
    ours: int
    seconds: float
    apart: float  # seconds from their end to ours
    said: str


def started(command: Sequence[str | Path], connection: socket.socket) -> subprocess.Popen[bytes]:
    words, pipe = [str(word) for word in command], connection.fileno()
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=subprocess.PIPE)


def transfer(theirs: Sequence[str | Path], ours: Sequence[str | Path]) -> Outcome:
    """Let zmodem.js and us talk to each other. Our line stays open when they are done, as a terminal's does."""
    one, other = socket.socketpair()
    began = time.monotonic()
    with one:
        with other:
            host = started([*OURS, *ours], other)
        terminal = started([*THEIRS, *theirs], one)
        try:
            said = terminal.communicate(timeout=LIMIT)[1]
            between = time.monotonic()
            said += host.communicate(timeout=LIMIT)[1]
        finally:
            for process in (terminal, host):
                if process.poll() is None:
                    process.kill()
                    process.communicate()
    ended = time.monotonic()
    codes = terminal.returncode, host.returncode
    return Outcome(*codes, ended - began, ended - between, said.decode(errors="replace"))


def we_send(paths: Sequence[Path], folder: Path, *options: str) -> Outcome:
    return transfer(["receive", folder], ["send", *options, *paths])


def they_send(paths: Sequence[Path], folder: Path, *options: str) -> Outcome:
    return transfer(["send", *paths], ["receive", *options, folder])


Way = Callable[..., Outcome]
BOTH_WAYS = pytest.mark.parametrize("way", [we_send, they_send])


def contents() -> dict[str, bytes]:
    sizes = {f"size{n}.bin": SOURCE.randbytes(n) for n in (1, 1023, 1024, 1025, 8191, 8192, 8193, 1_000_000)}
    return sizes | {
        "empty.bin": b"",
        "every.bin": bytes(range(256)) * 40,
        "zdle.bin": b"\x18" * 20_000,
        "rubout.bin": b"\xff" * 20_000,
        "returns.bin": b"@\r" * 5000 + b"\r" * 5000 + b"@\x8d" * 5000,
        "Käse und Brötchen.txt": b"The quick brown fox jumps over the lazy dog.\r\n" * 3000,
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


def check(outcome: Outcome, sources: Sequence[Path], folder: Path) -> None:
    assert (outcome.theirs, outcome.ours) == (0, 0), outcome.said
    assert sorted(path.name for path in folder.iterdir()) == sorted(path.name for path in sources)
    for source in sources:
        arrived = folder / source.name
        assert arrived.read_bytes() == source.read_bytes(), source.name
        assert int(arrived.stat().st_mtime) == DATE, source.name


def soon(outcome: Outcome) -> bool:
    return outcome.seconds < SOON


def together(outcome: Outcome) -> bool:
    return outcome.apart < PAUSE


def carry(
    way: Way, sources: Sequence[Path], folder: Path, *options: str, swift: Callable[[Outcome], bool] = soon
) -> None:
    """Let files arrive. A stall is there every time, a busy machine is not: what was slow is tried again."""
    slow = []
    for attempt in range(TRIES):
        (to := folder / f"to{attempt}").mkdir()
        outcome = way(sources, to, *options)
        check(outcome, sources, to)
        if swift(outcome):
            return
        slow.append(outcome)
    pytest.fail(f"slow each time: {slow}")


@pytest.mark.parametrize(
    "options", [[], ["-8"], ["-w", "8192"], ["-e"], ["-o"], ["-8", "-w", "65536", "-e", "-o"]], ids=named
)
def test_we_send_to_zmodem_js(options: list[str], sources: list[Path], tmp_path: Path) -> None:
    carry(we_send, sources, tmp_path, *options)


@pytest.mark.parametrize("options", [[], ["-e"], ["-o"]], ids=named)
def test_zmodem_js_sends_to_us(options: list[str], sources: list[Path], tmp_path: Path) -> None:
    carry(they_send, sources, tmp_path, *options)


@BOTH_WAYS
def test_ten_megabytes_arrive(way: Way, tmp_path: Path) -> None:
    paths = written(tmp_path / "from", {"random.bin": SOURCE.randbytes(10_000_000)})
    (folder := tmp_path / "to").mkdir()
    check(way(paths, folder), paths, folder)


@BOTH_WAYS
def test_twenty_files_arrive_without_a_stall(way: Way, tmp_path: Path) -> None:
    paths = written(tmp_path / "from", {f"{n:02}.bin": SOURCE.randbytes(1000 * n) for n in range(20)})
    carry(way, paths, tmp_path)


@BOTH_WAYS
def test_after_the_last_word_we_wait_for_nothing(way: Way, sources: list[Path], tmp_path: Path) -> None:
    carry(way, sources[:1], tmp_path, swift=together)


@BOTH_WAYS
def test_a_file_that_is_there_is_not_wanted_and_the_next_arrives(way: Way, sources: list[Path], tmp_path: Path) -> None:
    first, second = sources[:2]
    (tmp_path / first.name).write_bytes(b"mine")
    outcome = way([first, second], tmp_path)
    assert (outcome.theirs, outcome.ours) == (1, 1), outcome.said
    assert (tmp_path / first.name).read_bytes() == b"mine"
    assert (tmp_path / second.name).read_bytes() == second.read_bytes()
    assert soon(outcome)


def test_a_file_that_is_left_in_its_middle_does_not_take_the_next_along(sources: list[Path], tmp_path: Path) -> None:
    """Ctrl-C in Tabby skips so. zmodem.js reads on until the frame ends."""
    (long,) = written(tmp_path / "from", {"long.bin": bytes(5_000_000)})
    (folder := tmp_path / "to").mkdir()
    outcome = transfer(["receive", folder, "100000"], ["send", long, sources[0]])
    assert (outcome.theirs, outcome.ours) == (1, 1), outcome.said
    assert outcome.said.count("not wanted") == 2
    assert [path.name for path in folder.iterdir()] == [sources[0].name]
    assert soon(outcome)


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "no binary"])
async def test_the_daemon_gives_and_takes_every_kind_of_file(binary: bool, sources: list[Path], tmp_path: Path) -> None:
    (mine := tmp_path / "mine").mkdir()
    async with (
        serving(tmp_path, {"public": OPEN}, escape_ff=False) as server,
        dialled(server.ports[0], binary=binary) as bridge,
    ):
        await go_to(bridge, "public")
        await bridge.say(b"u")
        outcome = await upload(bridge, sources, [*THEIRS, "send"])
        assert outcome.status == 0, outcome.said
        same(sources, area_folder(server))
        await bridge.until(f"Received {len(sources)} of {len(sources)} files".encode())
        await bridge.say(b"\x03")
        await bridge.until(b"\r\n> ")
        await mark(bridge, "all")
        await bridge.say(b"d")
        outcome = await download(bridge, mine, [*THEIRS, "receive", str(mine)])
        assert outcome.status == 0, outcome.said
        same(sources, mine)


def same(sources: Sequence[Path], folder: Path) -> None:
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        path.name: path.read_bytes() for path in sources
    }


def test_zmodem_js_cannot_read_the_byte_255_as_it_is_escaped_for_telnet(tmp_path: Path) -> None:
    paths = written(tmp_path / "from", {"rubout.bin": b"\xff" * 100})
    carry(we_send, paths, tmp_path)
    (folder := tmp_path / "to").mkdir()
    outcome = we_send(paths, folder, "--rubout")
    assert (outcome.theirs, outcome.ours) == (1, 1), outcome.said
    assert "CRC check failed" in outcome.said
    assert not list(folder.iterdir())
    assert soon(outcome)
