"""What a client may cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Limits:
    """The caps of one client. One of these may serve every channel of a listener."""

    send_timeout: float = 60.0  # seconds a client may read nothing while its queue is long
    send_most: int = 1024 * 1024  # bytes queued for a client before it is cut off
    receive_high: int = 256 * 1024  # bytes queued for the session before reading pauses
    receive_low: int = 64 * 1024  # … and at which it goes on
    command_rate: float = 50.0  # telnet commands a second
    command_burst: float = 400.0  # … and at once
    close_grace: float = 5.0  # seconds to take what is queued at close


DEFAULT_LIMITS: Final = Limits()
