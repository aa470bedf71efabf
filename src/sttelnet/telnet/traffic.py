"""How much the channels of a daemon have received and sent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Traffic:
    """Bytes, as they stood on the wire; one of these may serve every channel of a listener."""

    received: int = 0
    sent: int = 0
