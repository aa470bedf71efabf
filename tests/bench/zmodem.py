"""`python -m tests.bench.zmodem`: what a ZModem transfer costs, beside lrzsz on the same files.

Two programs talk over a socket pair. What counts is the CPU time of each side, as the kernel charges it to the
process from its first instruction to its last (our start of Python is in it), in medians of rounds that take turns.
Wall time is told where it is the figure: for many small files. `--quick` is small and proves only that it runs.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from sttelnet.zmodem import (
    CLEAN,
    FileEnd,
    FileInfo,
    Offer,
    Ready,
    Receiver,
    Sender,
    SendOptions,
)
from sttelnet.zmodem.encode import Encoder
from sttelnet.zmodem.frames import End, Frame
from sttelnet.zmodem.headers import Header
from sttelnet.zmodem.reader import Reader
from tests.bench.through import costs

MB: Final = 1_000_000
REGION: Final = 64 * 1024
OURS: Final = (sys.executable, "-m", "sttelnet.zmodem")


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured."""

    size: int
    rounds: int
    files: int


FULL: Final = Scale(256 * 1024 * 1024, 5, 1000)
QUICK: Final = Scale(8 * 1024 * 1024, 1, 50)


@dataclass(frozen=True, slots=True)
class Cost:
    """One transfer: CPU seconds of each side, and wall seconds."""

    sender: float
    receiver: float
    wall: float


@dataclass(frozen=True, slots=True)
class Row:
    """A figure beside lrzsz's."""

    name: str
    ours: float
    theirs: float
    unit: str
    ratio: float  # in our favour
    goal: float | None = None

    def __str__(self) -> str:
        verdict = "" if self.goal is None else f">= {self.goal:.1f} " + ("met" if self.ratio >= self.goal else "MISSED")
        return (
            f"{self.name:<52}{self.ours:>10.2f}{self.theirs:>10.2f} {self.unit:<6}{self.ratio:>7.2f}x  {verdict}"
        ).rstrip()


def transfer(sender: Sequence[str], receiver: Sequence[str], folder: Path) -> Cost:
    """Run one, and clear away what arrived."""
    one, other = socket.socketpair()
    began = time.monotonic()
    with one, other:
        processes = [
            subprocess.Popen(command, stdin=end.fileno(), stdout=end.fileno(), stderr=subprocess.DEVNULL, cwd=folder)
            for command, end in ((sender, one), (receiver, other))
        ]
    used = [_ended(process) for process in processes]
    cost = Cost(used[0], used[1], time.monotonic() - began)
    for path in folder.iterdir():
        path.unlink()
    return cost


def _ended(process: subprocess.Popen[bytes]) -> float:
    """Wait for a process; return its CPU seconds."""
    if sys.platform == "win32":
        raise NotImplementedError("lrzsz does not run on Windows")
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def whole_programs(kind: str, source: Path, scale: Scale, folder: Path) -> tuple[list[Row], dict[str, float]]:
    """Compare senders against one receiver and receivers against one sender; return lrzsz's MB/s too."""
    sz, rz = ("sz", "-q", "-b"), ("rz", "-q", "-b", "-y")
    pairs: dict[str, tuple[Sequence[str], Sequence[str]]] = {
        "sz rz 1K": ((*sz, str(source)), rz),
        "sz rz 8K": ((*sz, "-8", str(source)), rz),
        "us rz 1K": ((*OURS, "send", "-q", str(source)), rz),
        "us rz 8K": ((*OURS, "send", "-q", "-8", str(source)), rz),
        "sz us 1K": ((*sz, str(source)), (*OURS, "receive", "-q")),
        "sz us 8K": ((*sz, "-8", str(source)), (*OURS, "receive", "-q")),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in pairs}
    for _ in range(scale.rounds):
        for name, (sender, receiver) in pairs.items():
            costs[name].append(transfer(sender, receiver, folder))
    sending = {name: median(cost.sender for cost in found) for name, found in costs.items()}
    receiving = {name: median(cost.receiver for cost in found) for name, found in costs.items()}
    goals = {"random 1K": (1.2, 1.0), "random 8K": (1.6, 1.0), "text 1K": (1.2, 1.1), "text 8K": (1.6, 1.1)}
    rows: list[Row] = []
    speeds: dict[str, float] = {}
    for block in ("1K", "8K"):
        send_goal, receive_goal = goals[f"{kind} {block}"]
        theirs, rz_took = sending[f"sz rz {block}"], receiving[f"sz rz {block}"]
        ours, we_took = sending[f"us rz {block}"], receiving[f"sz us {block}"]
        rows += [
            Row(f"send {kind} {block}, CPU", ours, theirs, "s", theirs / ours, send_goal),
            Row(f"receive {kind} {block}, CPU", we_took, rz_took, "s", rz_took / we_took, receive_goal),
        ]
        speeds |= {f"send {block}": scale.size / theirs / MB, f"receive {block}": scale.size / rz_took / MB}
    return rows, speeds


def through_daemon(kind: str, source: Path, scale: Scale, work: Path) -> list[Row]:
    """Compare the daemon, telnet and disk and database and all, with sz and rz alone."""
    taken = asyncio.run(costs(source, work, scale.rounds))
    sz, rz = ("sz", "-q", "-b"), ("rz", "-q", "-b", "-y")
    alone = {
        key: [transfer((*sz, *option, str(source)), rz, work / "to") for _ in range(scale.rounds)]
        for key, option in (("1", ()), ("8", ("-8",)))
    }
    rows = []
    for what, key, theirs in (
        (f"daemon sends {kind} 1K, CPU", "1", median(cost.sender for cost in alone["1"])),
        (f"daemon sends {kind} 8K, CPU", "8", median(cost.sender for cost in alone["8"])),
        (f"daemon receives {kind} 1K, CPU", "u", median(cost.receiver for cost in alone["1"])),
    ):
        ours = median(taken[key])
        rows.append(Row(what, ours, theirs, "s", theirs / ours))
    return rows


def codec(kind: str, content: bytes, speeds: dict[str, float]) -> list[Row]:
    """Compare the codec alone, in memory, with lrzsz's whole programs."""
    rows = []
    for name, block in (("1K", 1024), ("8K", 8192)):
        encoder = Encoder(CLEAN)
        regions = [content[at : at + REGION] for at in range(0, len(content), REGION)]
        wire = [encoder.header(Frame.DATA), *(encoder.subpackets(region, block, End.MORE) for region in regions)]
        stream = b"".join(wire)
        pieces = [stream[at : at + REGION] for at in range(0, len(stream), REGION)]

        def encode(encoder: Encoder = encoder, regions: list[bytes] = regions, block: int = block) -> None:
            for region in regions:
                encoder.subpackets(region, block, End.MORE)

        def decode(pieces: list[bytes] = pieces) -> None:
            _read(pieces)

        for verb, goal, work in (("send", 1.6, encode), ("receive", 1.3, decode)):
            ours, theirs = len(content) / _fastest(work) / MB, speeds[f"{verb} {name}"]
            what = "encode" if verb == "send" else "decode"
            rows.append(Row(f"{what} {kind} {name}, codec alone", ours, theirs, "MB/s", ours / theirs, goal))
    return rows


def _read(pieces: Sequence[bytes]) -> None:
    reader = Reader()
    for piece in pieces:
        reader.feed(piece)
        while (item := reader.read()) is not None:
            if isinstance(item, Header):
                reader.enter(item.style)


def _fastest(work: Callable[[], None]) -> float:
    """Return the CPU seconds of the best of five."""
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def small_files(scale: Scale, work: Path, folder: Path) -> list[Row]:
    """Compare the wall time of many files of 1 KB."""
    (source := work / "small").mkdir()
    paths = []
    for number in range(scale.files):
        (path := source / f"{number:04}.bin").write_bytes(random.Random(number).randbytes(1000))
        paths.append(str(path))
    sz, rz = ("sz", "-q", "-b", *paths), ("rz", "-q", "-b", "-y")
    pairs = {"sz rz": (sz, rz), "us rz": ((*OURS, "send", "-q", *paths), rz), "sz us": (sz, (*OURS, "receive", "-q"))}
    walls: dict[str, list[float]] = {name: [] for name in pairs}
    for _ in range(scale.rounds):
        for name, (sender, receiver) in pairs.items():
            walls[name].append(transfer(sender, receiver, folder).wall)
    wall = {name: median(found) for name, found in walls.items()}
    start = median(_start() for _ in range(max(3, scale.rounds)))
    rows = []
    for what, name in (("send", "us rz"), ("receive", "sz us")):
        title, theirs = f"{what} {scale.files} files of 1 KB, wall", wall["sz rz"]
        rows += [
            Row(title, wall[name], theirs, "s", theirs / wall[name]),
            Row(f"{title} less Python's start", wall[name] - start, theirs, "s", theirs / (wall[name] - start), 1.0),
        ]
    return rows


def _start() -> float:
    """Return the wall seconds our program needs to begin: a daemon has begun long before."""
    began = time.monotonic()
    subprocess.run([*OURS, "receive", "-h"], stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - began


def memory() -> float:
    """Return the MiB a sender and a receiver together hold at most while they move 32 MiB."""
    size, region = 32 * 1024 * 1024, random.Random(2).randbytes(REGION)
    sender, receiver, offered = Sender(SendOptions(block=8192)), Receiver(), False
    tracemalloc.start()
    while not (sender.over and receiver.over):
        if span := sender.wanted(REGION):
            sender.supply(span, region[: span.size])
        receiver.receive_data(sender.data_to_send())
        for event in receiver.events():
            match event:
                case Offer():
                    receiver.accept()
                case FileEnd():
                    receiver.complete()
                case _:
                    pass
        sender.receive_data(receiver.data_to_send())
        for told in sender.events():
            match told:
                case Ready() if offered:
                    sender.finish()
                case Ready():
                    offered = True
                    sender.offer(FileInfo(b"x", size))
                case _:
                    pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small files, one round")
    run(quick=parser.parse_args().quick)


def run(*, quick: bool) -> None:
    """Measure, and print a table."""
    if not (shutil.which("sz") and shutil.which("rz")):
        print("lrzsz is not installed: nothing to compare with")
        return
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None) as directory:
        _measure(QUICK if quick else FULL, Path(directory))


def _measure(scale: Scale, work: Path) -> None:
    (folder := work / "to").mkdir()
    _keep_compiled_code(work)
    print(f"{'':<52}{'ours':>10}{'lrzsz':>10} {'':<6}{'ratio':>8}  goal")
    for kind in ("random", "text"):
        content = _content(kind, scale.size)
        (source := work / f"{kind}.bin").write_bytes(content)
        rows, speeds = whole_programs(kind, source, scale, folder)
        for row in rows + codec(kind, content[: 32 * 1024 * 1024], speeds) + through_daemon(kind, source, scale, work):
            print(row, flush=True)
        source.unlink()
    for row in small_files(scale, work, folder):
        print(row, flush=True)
    print(f"{'memory of both machines, 32 MiB moved':<52}{memory():>10.2f}{'':>10} {'MiB':<6}{'':>8}  <= 2")


def _keep_compiled_code(work: Path) -> None:
    """Let our program find what its first start has compiled, as it would anywhere, whatever is set here."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(work / "compiled")
    _start()


def _content(kind: str, size: int) -> bytes:
    if kind == "random":
        return os.urandom(size)
    lines = b"".join(b"%d little boys went out to dine; one choked his little self.\r\n" % n for n in range(1000))
    return (lines * (size // len(lines) + 1))[:size]


if __name__ == "__main__":
    main()
