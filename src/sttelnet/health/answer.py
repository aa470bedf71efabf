"""What `sttelnet health` and `/health` answer: the report of everything that is watched, or of one thing."""

from __future__ import annotations

import time

from sttelnet.charset import clean
from sttelnet.health.checks import Checks
from sttelnet.health.report import Report, report, report_of
from sttelnet.script.suggest import did_you_mean


def answer_of(name: str, checks: Checks) -> Report | str:
    """Return the report of the check called `name`, of everything where that is "", or why there is none."""
    now = time.time()
    if not name:
        return report(checks.seen(), now)
    check = checks.find(name)
    if check is not None:
        return report_of(check, now)
    cure = did_you_mean(name, [one.name for one in checks.all()])
    return f'nothing called "{clean(name)[:40]}" is watched here{f" ({cure})" if cure else ""}'


def only_the_word(found: Report) -> Report:
    """Return what of a report anybody may know: the state, without figures or names."""
    return Report(found.state, [f"HEALTH {found.state.word}"], {"state": found.state.word})
