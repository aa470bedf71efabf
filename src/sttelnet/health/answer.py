"""What `sttelnet health` and `/health` answer: the report of everything that is watched, or of one thing."""

from __future__ import annotations

import time

from sttelnet.charset import clean
from sttelnet.health.checks import Checks
from sttelnet.health.engine import Health
from sttelnet.health.report import Report, report, report_of, report_of_reading
from sttelnet.script.suggest import did_you_mean


def answer_of(name: str, health: Health, checks: Checks) -> Report | str:
    """Return the report of what is called `name`, of everything where that is "", or why there is none."""
    now = time.monotonic()
    if not name:
        return report(health.readings(), checks.all(), now)
    check = checks.find(name)
    if check is not None:
        return report_of(check)
    reading = next((one for one in health.readings() if one.name.casefold() == name.casefold()), None)
    if reading is not None:
        return report_of_reading(reading, now)
    cure = did_you_mean(name, [one.name for one in health.readings()] + [one.name for one in checks.all()])
    return f'nothing called "{clean(name)[:40]}" is watched here{f" ({cure})" if cure else ""}'


def only_the_word(found: Report) -> Report:
    """Return what of a report anybody may know: the state, without figures or names."""
    return Report(found.state, [f"HEALTH {found.state.word}"], {"state": found.state.word})
