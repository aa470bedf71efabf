"""The daemon: what `python -m sttelnet` runs."""

from __future__ import annotations

from sttelnet.server.plan import Plan
from sttelnet.server.server import Server

__all__ = ["Plan", "Server"]
