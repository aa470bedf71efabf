"""Who tries passwords is slowed, refused, logged and kept out, and a member from elsewhere notices nothing of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sttelnet.config import MembersConfig
from sttelnet.members import Member, Members
from sttelnet.passwords import Passwords
from sttelnet.store import Store
from tests.bench.load import LoadError
from tests.bench.process import Subject, python, running
from tests.bench.table import Amount, Goal
from tests.fail2ban import filter_in, found_by_fail2ban
from tests.soak.delay import least_excess
from tests.soak.finding import Finding, counted, none_of
from tests.soak.firewall import banned, set_up
from tests.soak.guesser import Kind
from tests.soak.netns import HOST, OTHERS, Namespace, joined, run
from tests.soak.scale import Scale
from tests.soak.site import faults_in, shipped
from tests.soak.visits import PASSWORD

PORT: Final = "6023"
MEMBER: Final = "kim"
FROM: Final = OTHERS[-1]  # the member's address
LONGEST_EXCESS: Final = Goal(1, "s")
MOST_A_MINUTE: Final = Goal(12, "")  # a guess costs 5 s, and they pass at a second each second
QUIET: Final = 2.0  # seconds the member visits undisturbed
HANDED_OVER: Final = 10.0  # seconds until a ban has reached the firewall, at most
AFTER: Final = 2.5  # seconds of guessing against a ban
SPARE: Final = 60.0  # seconds a process may take beyond the time it was given


Try = tuple[float, float, str]  # when, when its connection was made, what came of it


@dataclass(slots=True)
class Seen:
    """What came of the guesses, each run from an address of its own."""

    seconds: float  # of each run
    tries: list[list[Try]] = field(default_factory=list)

    @property
    def kinds(self) -> Counter[str]:
        """How often which."""
        return Counter(kind for tries in self.tries for _, _, kind in tries)

    @property
    def sources(self) -> tuple[str, ...]:
        """The addresses they came from."""
        return OTHERS[: len(self.tries)]

    def a_minute(self) -> tuple[float, float]:
        """Return how many guesses were let through a minute: by connections from before the penalty, and by later ones.

        The first come to their end: what is there already stays.
        """
        before = after = 0
        until = 0.0
        for tries in self.tries:
            begins = next((at for at, _, kind in tries if kind == Kind.PENALISED), self.seconds)
            guesses = [(at, called) for at, called, kind in tries if kind == Kind.GUESS]
            early = [at for at, called in guesses if called <= begins]
            before += len(early)
            after += len(guesses) - len(early)
            until += max([begins, *early])
        return before / until * 60, after / (self.seconds * len(self.tries)) * 60


async def brute(scale: Scale, folder: Path) -> list[Finding]:
    """Guess at a member's password from one address while they visit from another; then ban the address."""
    log = folder / "log"
    seen = Seen(scale.guessing)
    times: list[list[float]] = []
    async with joined() as (host, other):
        nft = shutil.which("nft") is not None
        subject = await _site(folder, host, nft=nft)
        async with running(host.holding(subject), log):

            async def beside() -> tuple[list[float], list[float]]:
                source = OTHERS[len(seen.tries)]
                quiet = await _visits(other, QUIET)
                async with asyncio.TaskGroup() as tasks:
                    guesses = tasks.create_task(_guesses(other, source, scale.guessing))
                    under = tasks.create_task(_visits(other, scale.guessing))
                seen.tries.append(guesses.result())
                times[:] = [quiet, under.result()]
                return under.result(), quiet

            excess = await least_excess(LONGEST_EXCESS.limit, beside)
            kept_out = await _ban(folder, host, other, seen.sources[-1], nft=nft)
    before, after = seen.a_minute()
    quiet, under = times
    rows = _rows(folder / "sttelnet.db", seen.sources)
    refusals = log.read_text(encoding="utf-8").count("refused: penalty")
    return [
        counted("guesses let through", seen.kinds[Kind.GUESS], Goal(1, "", at_least=True)),
        Finding("… a minute, by connections from before the penalty", Amount(before, "")),
        Finding("… a minute, by later ones", Amount(after, ""), MOST_A_MINUTE),
        counted("connections refused by penalty", seen.kinds[Kind.PENALISED], Goal(1, "", at_least=True)),
        counted("rows `log-in failed` in the audit", rows["log-in failed"]),
        none_of("… guesses without one", max(0, seen.kinds[Kind.GUESS] - rows["log-in failed"])),
        counted("rows `penalty`", rows["penalty"], Goal(1, "", at_least=True)),
        counted("refusals in the log", refusals, Goal(1, "", at_least=True)),
        none_of("… that fail2ban's filter does not find", refusals - await _found_by_fail2ban(folder, log)),
        *kept_out,
        counted("log-ins of a member meanwhile, from elsewhere", len(under), Goal(1, "", at_least=True)),
        Finding("… the longest", Amount(max(under), "s")),
        Finding("… the longest undisturbed", Amount(max(quiet), "s")),
        Finding("… longer by", Amount(excess, "s"), LONGEST_EXCESS),
        none_of("faults in the log", len(faults_in(log))),
    ]


async def _site(folder: Path, host: Namespace, *, nft: bool) -> Subject:
    """Write a site that listens on the host's address, with the member and where there is nft a firewall."""
    command = f'[bans]\ncommand = ["{await set_up(folder, host)}"]\n' if nft else ""
    subject = shipped(folder, f"allow_plaintext = true\n{command}")
    passwords = Passwords()
    async with Store.open(folder / "sttelnet.db") as store:
        members = Members(store, passwords, MembersConfig(), all_loopback=True)
        if not isinstance(await members.register(MEMBER, PASSWORD, ""), Member):
            message = "the member was not made"
            raise LoadError(message)
    passwords.close()
    listen = ("--listen", "127.0.0.1", "--listen", HOST[0], "--port", PORT)
    return Subject(subject.name, subject.loop, (*subject.command, *listen))


async def _ban(folder: Path, host: Namespace, other: Namespace, address: str, *, nft: bool) -> list[Finding]:
    """Have an operator ban the address, and lift it; return what the guesser and the member saw."""
    ctl, site = python("-m", "sttelnet", "ctl"), ("--config", str(folder / "config.toml"))
    await run(*ctl, "ban", address, "--for", "1h", *site)
    if nft:
        async with asyncio.timeout(HANDED_OVER):
            while address not in await banned(host):
                await asyncio.sleep(0.2)
    kinds = Counter(kind for _, _, kind in await _guesses(other, address, AFTER))
    inside = await _visits(other, 0)
    await run(*ctl, "unban", address, *site)
    if nft:
        async with asyncio.timeout(HANDED_OVER):
            while address in await banned(host):
                await asyncio.sleep(0.2)
    again = Counter(kind for _, _, kind in await _guesses(other, address, AFTER))
    kept = Kind.SILENT if nft else Kind.BANNED
    return [
        counted(f"calls of the banned address: {kept}", kinds[kept], Goal(1, "", at_least=True)),
        none_of("… anything else", kinds.total() - kinds[kept]),
        counted("… the member's log-ins meanwhile", len(inside), Goal(1, "", at_least=True)),
        counted("calls answered once the ban is lifted", again.total() - again[kept], Goal(1, "", at_least=True)),
    ]


async def _guesses(other: Namespace, source: str, seconds: float) -> list[Try]:
    words = python("-m", "tests.soak.guesser", HOST[0], PORT, source, MEMBER, str(seconds))
    found: list[Try] = json.loads(await other.run(*words, limit=seconds + SPARE))
    return found


async def _visits(other: Namespace, seconds: float) -> list[float]:
    words = python("-m", "tests.soak.regular", HOST[0], PORT, FROM, MEMBER, str(seconds))
    found: list[float] = json.loads(await other.run(*words, limit=seconds + SPARE))
    return found


def _rows(database: Path, sources: tuple[str, ...]) -> Counter[str]:
    """Return how many rows the audit has of these addresses, by event."""
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT event, peer FROM audit").fetchall()
    return Counter(event for event, peer in rows if peer in sources)


async def _found_by_fail2ban(folder: Path, log: Path) -> int:
    """Return how many lines the filter of the docs finds."""
    if shutil.which("fail2ban-regex") is None:
        return sum(found_by_fail2ban(line) is not None for line in log.read_text(encoding="utf-8").splitlines())
    return len((await run("fail2ban-regex", "--out", "ip", str(log), str(filter_in(folder)))).split())
