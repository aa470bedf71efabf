"""A change as JSON, for programs. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from sttelnet.charset import clean, one_line
from sttelnet.health import Alert
from sttelnet.health.plugin import Figure

VERSION: Final = 1  # of this form; keys may join it without another one
MOST_FURTHER: Final = 4000  # characters of the further lines

# What chat services take for more than itself: without this a check's output could call everybody in a room.
_MARKS: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def body_of(alert: Alert, number: str, host: str) -> bytes:
    """Return the body of a POST. `text` is for chat services, every other value is as the check gave it."""
    change = alert.change
    return msgspec.json.encode(
        {
            "version": VERSION,
            "id": number,
            "text": one_line(f"[{host}] {alert.headline}: {alert.text}").translate(_MARKS),
            "host": one_line(host),
            "check": one_line(alert.name),
            "title": one_line(alert.title),
            "before": change.before.word,
            "after": change.after.word,
            "at": datetime.fromtimestamp(change.at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "output": one_line(alert.text),
            "further": clean(alert.further)[:MOST_FURTHER],
            "figures": [_figure(figure) for figure in alert.figures],
            "acknowledged_by": one_line(alert.known_by),
            "note": one_line(alert.note),
            "runbook": alert.runbook,
        }
    )


def _figure(figure: Figure) -> dict[str, Any]:
    """Return a performance value; what is no number (NaN) becomes null."""
    return {
        "label": figure.label,
        "value": figure.value,
        "unit": figure.unit,
        "warning": str(figure.warning or ""),
        "critical": str(figure.critical or ""),
        "least": figure.least,
        "most": figure.most,
    }
