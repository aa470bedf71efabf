"""Short ways to read a script in a test."""

from __future__ import annotations

from sttelnet.script import parse
from sttelnet.script.model import Draw, Get, Script, Text

PATH = "scripts/page.txt"


def script(source: str, keyword: str = "page") -> Script:
    """Return what a script without an error says."""
    parsed = parse(source, keyword, PATH)
    assert [problem.picture() for problem in parsed.problems if not problem.warning] == []
    assert parsed.script is not None
    return parsed.script


def errors(source: str) -> list[str]:
    """Return everything wrong with a script that is refused, `line:column: what (cure)`."""
    parsed = parse(source, "page", PATH)
    assert parsed.script is None
    return [str(problem).removeprefix(f"{PATH}:") for problem in parsed.problems]


def warnings(source: str) -> list[str]:
    """Return everything worth saying about a script that serves nevertheless."""
    parsed = parse(source, "page", PATH)
    assert parsed.script is not None
    assert all(problem.warning for problem in parsed.problems)
    return [str(problem).removeprefix(f"{PATH}:") for problem in parsed.problems]


def sent(source: str) -> str:
    """Return what a script sends, line ends as LF, `ansi` as <Name>, `get` as [Name]."""
    shown = []
    for piece in script(source).body:
        match piece:
            case Text(text):
                shown.append(text.replace("\r\n", "\n"))
            case Draw(name):
                shown.append(f"<{name}>")
            case Get(call):
                shown.append(f"[{call.name}]")
    return "".join(shown)
