"""sttelnet turns a folder of text scripts into a telnet service for a host."""

from __future__ import annotations

__version__ = "0.1.0"
