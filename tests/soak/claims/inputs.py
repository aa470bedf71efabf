"""No malformed input hangs the daemon or makes it grow."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from pathlib import Path
from typing import Final

import msgspec

from sttelnet import iac
from tests.bench.load import LoadError
from tests.bench.process import CHECKOUT, python, running
from tests.bench.table import Amount, Goal
from tests.soak.corpus import ALL_ASKED, AYT, AYTS, CORPUS, NOP, Entry, answer_to, commands_in, is_served
from tests.soak.finding import Finding, counted, none_of
from tests.soak.fuzz import Outcome
from tests.soak.scale import Scale
from tests.soak.site import faults_in, shipped

SEED: Final = 854
STARTED_WITHIN: Final = 60.0  # seconds, and besides for each input:
PER_INPUT: Final = 0.002
MOST_NAMED: Final = 10  # faults that are told in words
MOST_GROWTH: Final = Goal(5, "MiB")
MOST_TO_ONE_AYT: Final = Goal(16, "bytes")  # CR LF [yes] CR LF are 9, and the page's clock may be longer or shorter
SETTLE: Final = "settle_timeout = 0.02\n"  # none of these clients answers the opening offer
_AGREED: Final = frozenset({iac.BINARY, iac.ECHO, iac.SGA, iac.TTYPE, iac.NAWS})
_SAID_YES: Final = frozenset({iac.WILL, iac.DO})


async def inputs(scale: Scale, folder: Path) -> list[Finding]:
    """A great many inputs made by grammars, sent without a kernel; and those that are known, over a socket."""
    outcome = await _fuzzed(scale.inputs)
    for fault, times in Counter(outcome.faults).most_common(MOST_NAMED):
        print(f"inputs: {times} times: {fault}", file=sys.stderr)
    return [
        *(counted(f"inputs tried: {kind}", tried) for kind, tried in outcome.tried.items()),
        none_of("inputs that hold the loop for over 100 ms", outcome.held),
        counted("… that did once, and not again", outcome.suspected - outcome.held),
        Finding("… longest turn of the loop", Amount(1e3 * outcome.longest, "ms")),
        Finding("… in CPU time of its thread", Amount(1e3 * outcome.longest_cpu, "ms")),
        none_of("exceptions nobody expects, and errors logged", sum(outcome.faults.values())),
        Finding("growth of resident memory (RSS) since the first twentieth", Amount(outcome.grown, "MiB"), MOST_GROWTH),
        none_of("sessions left", outcome.sessions),
        none_of("tasks more", outcome.tasks),
        *await _known(folder),
    ]


async def _fuzzed(count: int) -> Outcome:
    command = python("-m", "tests.soak.fuzz", str(SEED), str(count))
    process = await asyncio.create_subprocess_exec(*command, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(STARTED_WITHIN + PER_INPUT * count):
            said, _ = await process.communicate()
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        message = f"trying inputs ended with {process.returncode}"
        raise LoadError(message)
    return msgspec.json.decode(said, type=Outcome)


async def _known(folder: Path) -> list[Finding]:
    """Send what is known, and look at what is answered and how the daemon does."""
    log = folder / "log"
    async with running(shipped(folder, SETTLE), log) as ours:
        answers = {entry.name: await _answered(ours.port, entry) for entry in (*CORPUS, *ALL_ASKED, AYT, NOP)}
        alone = [name for name, (_, served) in answers.items() if not served]
    said = {name: commands_in(answer) for name, (answer, _) in answers.items()}
    wrong = sum(
        command in _SAID_YES and not _may(command, option) for every in said.values() for command, option in every
    )
    unasked = sum(
        _unrefused(said[asked.name], refusal) for asked, refusal in zip(ALL_ASKED, (iac.DONT, iac.WONT), strict=True)
    )
    for name in alone:
        print(f"inputs: nobody was served after {name}", file=sys.stderr)
    longer = len(answers[AYT.name][0]) - len(answers[NOP.name][0])
    return [
        counted("known attacks sent over a socket", len(answers)),
        none_of("… after which a bystander was not served", len(alone)),
        none_of("options agreed to that must be refused", wrong),
        none_of("options asked for and not refused", unasked),
        Finding("longest answer to one AYT", Amount(longer / AYTS, "bytes"), MOST_TO_ONE_AYT),
        none_of("escapes of clients in the log", log.read_bytes().count(b"\x1b")),
        none_of("faults in the daemon's log", len(faults_in(log))),
    ]


async def _answered(port: int, entry: Entry) -> tuple[bytes, bool]:
    """Return what an entry is answered, and whether somebody else is served then."""
    answer = await asyncio.to_thread(answer_to, port, entry)
    return answer, await asyncio.to_thread(is_served, port)


def _may(command: int, option: int) -> bool:
    """Whether we may say WILL or DO: TIMING-MARK's WILL is the mark itself (RFC 860)."""
    return option in _AGREED or (command, option) == (iac.WILL, iac.TM)


def _unrefused(said: list[tuple[int, int]], refusal: int) -> int:
    """Return how many options were neither refused nor are any that may be agreed to."""
    refused = {option for command, option in said if command == refusal}
    return len(set(range(256)) - refused - _AGREED - {iac.TM})
