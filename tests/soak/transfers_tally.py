"""What came of transfers, and what of that must not be."""

from __future__ import annotations

import enum
import hashlib
from collections import Counter
from dataclasses import dataclass
from typing import Final

from sttelnet.transfer.target import part_name
from tests.bench.table import Amount
from tests.file_pages import DATE
from tests.soak.finding import Finding, counted, none_of
from tests.soak.transfers_call import Call, Site, call
from tests.soak.transfers_plan import Case, Peer, Toxics, Way, second
from tests.transfer.caller import DATE as OUR_DATE

MEMBER_NUMBER: Final = 1  # whose halves they are
BESIDES: Final = 24 * 1024  # bytes a second call may send beyond what was missing: headers, the page behind it


class Told(enum.Enum):
    """What may come of a transfer."""

    FIRST = "finished at the first try"
    RESUMED = "broken off, and gone on with in a second call"
    ANEW = "broken off before anything was kept, and begun again"
    UNHEARD = "whole, but the line ended before its sender was told"


class Wrong(enum.Enum):
    """What may not."""

    DIFFERING = "files that differ"
    DISAGREED = "files one side calls finished and the other does not"
    ENDLESS = "transfers that never ended"
    NO_HALF = "halves that were not kept"
    FROM_0 = "second calls that began at 0 though a half was kept"
    ELSEWHERE = "second calls that began elsewhere than where the first ended"
    TOO_MUCH = "second calls that sent more than was missing"
    NEVER = "second calls that did not finish"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call leaves."""

    call: Call
    whole: bool  # the receiver has the file, byte for byte
    half: int  # bytes of it kept by the receiver, where it is not whole


class Tally:
    """All of them."""

    def __init__(self, site: Site) -> None:
        self.remarks: list[str] = []
        self._site = site
        self._counts: Counter[Told | Wrong] = Counter()
        self._tried = self._moved = 0

    async def tries(self, case: Case) -> None:
        """Move a file, in two calls if need be. Raises LoadError where it does not come to the transfer."""
        self._tried += 1
        first = await self._called(case, case.data, case.answers)
        if self._finished(first):
            self._counts[Told.FIRST] += 1
        elif first.whole:
            self._counts[Told.UNHEARD] += 1
        else:
            self._check_half(case, first)
            again = await self._called(case, *second(case.number))
            self._counts[Told.RESUMED if first.half else Told.ANEW] += 1
            self._check_second(case, first, again)

    def findings(self) -> list[Finding]:
        """Return all figures."""
        return [
            counted("transfers tried", self._tried),
            *(counted(what.value, self._counts[what]) for what in Told),
            *(none_of(what.value, self._counts[what]) for what in Wrong),
            Finding("bytes of files moved", Amount(self._moved / 1e6, "MB")),
        ]

    async def _called(self, case: Case, data: Toxics, answers: Toxics) -> Outcome:
        made = await call(self._site, case, data, answers)
        outcome = Outcome(made, self._is_whole(case), self._half(case))
        self._moved += made.told.moved if made.told else 0
        if not made.ended or (made.hung and not case.half_open):
            self._against(Wrong.ENDLESS, case, outcome)
        if (made.finished or _done(made)) and not self._is_sound(case, outcome):
            self._against(Wrong.DIFFERING, case, outcome)
        if made.finished != _done(made) and not (made.broken and outcome.whole):
            self._against(Wrong.DISAGREED, case, outcome)
        return outcome

    def _finished(self, outcome: Outcome) -> bool:
        return outcome.call.finished and _done(outcome.call)

    def _is_whole(self, case: Case) -> bool:
        path = self._site.arriving(case)
        return path.exists() and path.read_bytes() == case.content()

    def _is_sound(self, case: Case, outcome: Outcome) -> bool:
        told = outcome.call.told
        right = hashlib.sha256(case.content()).hexdigest()
        return outcome.whole and (told is None or not told.done or told.sha256 == right)

    def _half(self, case: Case) -> int:
        path = self._site.arriving(case)
        if case.way is Way.UP:
            date = DATE if case.peer is Peer.LRZSZ else OUR_DATE
            path = path.parent / part_name(f"member {MEMBER_NUMBER}", case.name, case.size, date)
        return path.stat().st_size if path.exists() else 0

    def _check_half(self, case: Case, first: Outcome) -> None:
        """Whether what the daemon says it has received before the end is there."""
        told = first.call.told
        if case.way is Way.UP and told is not None and told.moved != first.half:
            self._against(Wrong.NO_HALF, case, first)

    def _check_second(self, case: Case, first: Outcome, again: Outcome) -> None:
        made, offset = again.call, again.call.offset
        if not (self._finished(again) and again.whole):
            self._against(Wrong.NEVER, case, first, again)
            return
        if first.half and not offset:
            self._against(Wrong.FROM_0, case, first, again)
        elif not 0 <= first.half - (offset or 0) < case.block:
            self._against(Wrong.ELSEWHERE, case, first, again)
        missing = case.size - (offset or 0)
        moved = made.told.moved if made.told else 0
        if moved != missing or made.wire > missing * case.grown + BESIDES:
            self._against(Wrong.TOO_MUCH, case, first, again)

    def _against(self, what: Wrong, case: Case, *outcomes: Outcome) -> None:
        """Count what must not be, and say of which case."""
        self._counts[what] += 1
        self.remarks.append(f"{what.value}: {case} {outcomes}")


def _done(made: Call) -> bool:
    return made.told is not None and made.told.done
