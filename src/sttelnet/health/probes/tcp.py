"""A TCP port: whether somebody answers there, how fast, and what they say first."""

from __future__ import annotations

import contextlib
import time
from typing import Final

from sttelnet.charset import one_line
from sttelnet.health.plugin import Figure, Result
from sttelnet.health.probes.dialing import Line, dial, read_place
from sttelnet.health.probes.judging import failed, judged, unknown
from sttelnet.health.probes.matching import TOO_SLOW, matches
from sttelnet.health.probes.model import Asked

MOST_BYTES: Final = 4096  # of what the other side says
LONGEST_SHOWN: Final = 80  # characters of it in the text
QUIET_SECONDS: Final = 0.5  # nothing more is waited for once it has been silent for so long
READ_SHARE: Final = 0.6  # of the time that is left: so long the right words are waited for, the rest is for matching


def look_at_port(asked: Asked, deadline: float) -> Result:
    """Connect, and read where words are expected. Blocks; raises OSError."""
    place = read_place(asked.target)
    if place is None:
        return unknown(port_fault(asked))
    began = time.monotonic()
    with dial(*place, deadline) as line:
        took = time.monotonic() - began
        said = _greeting(line, asked.match, deadline) if asked.match else ""
    time_figure = Figure("time", round(took, 6), "s", asked.warning, asked.critical, 0)
    shown = f": {one_line(said)[:LONGEST_SHOWN]}" if said else ""
    text = f"answers in {1000 * took:.0f} ms{shown}"
    if asked.match:
        match matches(asked.match, [said], deadline):
            case None:
                return unknown(TOO_SLOW)
            case [False]:
                return failed(f"{text}: not what is expected" if said else "connects and says nothing")
    return judged(text, time_figure)


def _greeting(line: Line, wanted: str, deadline: float) -> str:
    """Return the first words, until the wanted ones are among them as they stand, or nothing more comes."""
    now = time.monotonic()
    until, said = now + READ_SHARE * (deadline - now), b""
    quiet = until
    # What has come when a wait ends is all there is.
    with contextlib.suppress(TimeoutError):
        while len(said) < MOST_BYTES and wanted.encode("utf-8", "replace") not in said:
            piece = line.receive(MOST_BYTES - len(said), min(until, quiet))
            if not piece:
                break
            said += piece
            quiet = time.monotonic() + QUIET_SECONDS
    return said.decode("utf-8", "replace")


def port_fault(asked: Asked) -> str:
    """Return what is wrong with the target."""
    return "" if read_place(asked.target) else 'tcp needs a target "host:port", an IPv6 address as "[::1]:port"'
