"""Checks that run inside the daemon: `use = "http"` in a table of config.toml, instead of a program.

Each is given what the site asks (`Asked`) and what the daemon knows (`Sources`), and gives a `Result` as a monitoring
plugin would. None blocks the event loop, and none raises for what it meets.
"""

from __future__ import annotations

from sttelnet.health.probes.kinds import PROBES
from sttelnet.health.probes.model import Asked, Kind, Probe, Sources

__all__ = ["PROBES", "Asked", "Kind", "Probe", "Sources"]
