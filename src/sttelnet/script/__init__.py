"""The script language: text with blocks, read into values. Pure: no asyncio, no sockets, no files.

text = decode(data, "scripts/health.txt")              # bytes -> str | Problem
parsed = parse(text, "health", "scripts/health.txt")   # str -> Script | None, and problems
problems = check(parsed.draft, handlers, keywords)     # against the handlers and scripts there are
"""

from __future__ import annotations

from sttelnet.script.check import called, check
from sttelnet.script.files import decode, keyword_problem
from sttelnet.script.parser import Parsed, parse
from sttelnet.script.source import in_order

__all__ = ["Parsed", "called", "check", "decode", "in_order", "keyword_problem", "parse"]
