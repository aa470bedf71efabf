"""Changes as an e-mail. RFC 5322, RFC 3834 (automatic messages). Pure but for the host's time zone."""

from __future__ import annotations

import time
from collections import Counter
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Final

from sttelnet.charset import clean, one_line
from sttelnet.config import MailConfig
from sttelnet.health import Alert
from sttelnet.health.states import WORST_FIRST
from sttelnet.server.outgoing.batch import Batch

LONGEST_SUBJECT: Final = 200  # characters
LONGEST_LINE: Final = 300  # of one change among several


def letter_of(batch: Batch, config: MailConfig, host: str) -> EmailMessage:
    """Return the mail about a batch; the same in each try but for what config.toml says meanwhile."""
    sender = config.sender or config.to[0]
    letter = EmailMessage(SMTP)
    letter["Subject"] = one_line(f"[{host}] {_subject(batch.alerts)}")[:LONGEST_SUBJECT]
    letter["From"] = sender
    letter["To"] = ", ".join(config.to)
    letter["Date"] = formatdate(batch.at, localtime=True)
    letter["Message-ID"] = f"<{batch.id}@{sender.rpartition('@')[2]}>"
    letter["Auto-Submitted"] = "auto-generated"  # so that absence notes are not sent back
    letter.set_content(_one(batch.alerts[0]) if len(batch.alerts) == 1 else _several(batch.alerts))
    return letter


def _subject(alerts: tuple[Alert, ...]) -> str:
    if len(alerts) == 1:
        return alerts[0].headline
    counts = Counter(alert.change.after for alert in alerts)
    words = ", ".join(f"{state.word} {counts[state]}" for state in WORST_FIRST if counts[state])
    return f"{len(alerts)} changes: {words}"


def _one(alert: Alert) -> str:
    rows = [
        ("Since", _when(alert.change.at)),
        ("Check", one_line(alert.name)),
        ("Figures", ", ".join(f"{one_line(figure.label)} {one_line(str(figure))}" for figure in alert.figures)),
        ("Known to", one_line(alert.known_by)),
        ("Runbook", alert.runbook),
    ]
    facts = "\n".join(f"{name:<10}{value}" for name, value in rows if value)
    further = clean(alert.further)
    return f"{one_line(alert.headline)}\n\n{one_line(alert.text)}\n\n{facts}\n" + (f"\n{further}\n" if further else "")


def _several(alerts: tuple[Alert, ...]) -> str:
    lines = (f"{_when(alert.change.at)}  {one_line(f'{alert.headline}: {alert.text}')}" for alert in alerts)
    return "".join(f"{line[:LONGEST_LINE]}\n" for line in lines)


def _when(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
