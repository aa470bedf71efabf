"""The versions of what sttelnet stands on, for bug reports."""

from __future__ import annotations

import importlib
import platform
from importlib import metadata


def versions() -> list[tuple[str, str]]:
    """Return names and versions."""
    return [
        ("Python", f"{platform.python_version()} ({platform.python_implementation()})"),
        ("telnetlib3", metadata.version("telnetlib3")),
        ("SQLite", _attribute("sttelnet.store", "SQLITE_VERSION")),
        ("OpenSSL", _attribute("ssl", "OPENSSL_VERSION")),
        ("OS", platform.platform()),
    ]


def _attribute(module: str, name: str) -> str:
    try:
        return str(getattr(importlib.import_module(module), name))
    except ImportError:
        return "not in this Python"
