"""The same transfers through the daemon's telnet port: the CPU time of the daemon, beside sz and rz alone.

The client is tests.bridge with lrzsz behind it; what the client costs is not in the figures. In the daemon's are the
telnet layer, the disk's thread, SHA-256, fsync and the rows in the database.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.bench.process import Running, Subject, python, running
from tests.bridge import Bridge, dialled, download, upload

_CONFIG: Final = """\
[server]
listen = ["127.0.0.1"]
port = 0

[files]
largest = 100_000
transfer_quota = 100_000
most_files = 10_000
disk_reserve = 0
"""
_ROOT: Final = '{% page:Prompt("> "); key:one("1"); key:eight("8"); key:up("u") %}\nbench\n'
_PAGES: Final = {
    "one": '{% post:BenchSend(1024); key:back("q") %}\n',
    "eight": '{% post:BenchSend(8192); key:back("q") %}\n',
    "up": '{% post:BenchReceive; key:back("q") %}\n',
}
_HANDLERS: Final = '''\
"""The bench's handlers."""

from pathlib import Path

HERE = Path(__file__).parent.parent


async def BenchSend(client, block):
    """Send what lies there."""
    await client.zmodem.send_files(sorted((HERE / "out").iterdir()), block=block)
    return "root"


async def BenchReceive(client):
    """Receive what comes."""
    await client.zmodem.receive_files(HERE / "in")
    return "root"
'''


def site(folder: Path) -> Subject:
    """Return a daemon that sends and receives files."""
    (scripts := folder / "scripts").mkdir(parents=True)
    (folder / "out").mkdir()
    (folder / "in").mkdir()
    (scripts / "root.txt").write_text(_ROOT, encoding="utf-8")
    for name, text in _PAGES.items():
        (scripts / f"{name}.txt").write_text(text, encoding="utf-8")
    (scripts / "bench.py").write_text(_HANDLERS, encoding="utf-8")
    (folder / "config.toml").write_text(_CONFIG, encoding="utf-8")
    return Subject("sttelnet", "asyncio", python("-m", "sttelnet", "serve", "--config", str(folder / "config.toml")))


async def cost(daemon: Running, key: str, folder: Path, sources: list[Path]) -> float:
    """Return the daemon's CPU seconds for one transfer: "1" and "8" send what lies in `out`, "u" receives."""
    async with dialled(daemon.port) as client:
        await client.until(b"> ")
        before = daemon.cpu()
        await client.say(key.encode())
        await _move(client, key, folder, sources)
        await client.until(b"> ")
        return daemon.cpu() - before


async def _move(client: Bridge, key: str, folder: Path, sources: list[Path]) -> None:
    if key == "u":
        outcome = await upload(client, sources)
    else:
        outcome = await download(client, folder, ("rz", "-q", "-b", "-y"))
    if outcome.status:
        raise RuntimeError(f"lrzsz ended with {outcome.status}: {outcome.said}")


async def costs(source: Path, work: Path, rounds: int) -> dict[str, list[float]]:
    """Return the daemon's CPU seconds of each round, by key."""
    found: dict[str, list[float]] = {"1": [], "8": [], "u": []}
    (folder := work / f"through-{source.stem}").mkdir()
    subject = site(folder)
    (folder / "out" / source.name).hardlink_to(source)
    async with running(subject) as daemon:
        for _ in range(rounds):
            for key, taken in found.items():
                taken.append(await cost(daemon, key, work / "to", [source]))
                for path in (*(work / "to").iterdir(), *(folder / "in").iterdir()):
                    path.unlink()
    return found
