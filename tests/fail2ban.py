"""The filter for fail2ban that docs/security.md shows, and what it finds without fail2ban."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def filter_in(folder: Path) -> Path:
    """Write the filter that the docs show."""
    blocks = re.findall(r"^```ini\n(.*?)^```$", _text(), re.MULTILINE | re.DOTALL)
    (text,) = [block for block in blocks if "failregex" in block]
    path = folder / "sttelnet.conf"
    path.write_text(text)
    return path


def found_by_fail2ban(line: str) -> str | None:
    """Return the address the filter in the docs finds in a line of the log.

    fail2ban cuts the time out of a file's lines first; of the journal it has the host, the program and the message.
    """
    message = re.sub(r"^\d{4}-\S+", "", line) if not line.startswith("<") else f"mybox sttelnet[71]: {line[3:]}"
    found = [re.search(one.replace("<HOST>", r"(?P<host>[0-9A-Fa-f:.]+)"), message) for one in _expressions()]
    return next((one["host"] for one in found if one), None)


def _expressions() -> list[str]:
    block = re.search(r"failregex = (.*(?:\n +.*)*)", _text())
    assert block is not None
    return [line.strip() for line in block[1].splitlines()]


def _text() -> str:
    return (DOCS / "security.md").read_text(encoding="utf-8")
