"""`get`, `set` and `post` statements: calls of handlers, and the arguments the language keeps for itself."""

from __future__ import annotations

from sttelnet.script.arguments import Argument
from sttelnet.script.model import Call, Get, Post, Set
from sttelnet.script.source import Source
from sttelnet.script.statements import Statement
from sttelnet.script.suggest import did_you_mean

ALIGNS = ("left", "right", "center")
WIDEST = 500


def read_get(statement: Statement, source: Source) -> Get:
    """Return a `get` statement; its `width` and `align` are the language's own."""
    own = _own(statement)
    return Get(
        _call(statement, source, {"width", "align"}),
        _width(own.get("width"), source),
        _align(own.get("align"), source),
    )


def read_set(statement: Statement, source: Source) -> Set:
    """Return a `set` statement; its `prompt` is the language's own."""
    prompt = _own(statement).get("prompt")
    if prompt and not isinstance(prompt.value, str):
        source.note(prompt.start, prompt.end, "prompt takes a string", f'write "{prompt.value}"', code="arguments")
    return Set(_call(statement, source, {"prompt"}), str(prompt.value) if prompt else None)


def read_post(statement: Statement, source: Source) -> Post:
    """Return a `post` statement."""
    return Post(_call(statement, source, set()))


def _own(statement: Statement) -> dict[str, Argument]:
    return {argument.name: argument for argument in statement.arguments if argument.name}


def _call(statement: Statement, source: Source, own: set[str]) -> Call:
    keywords = {name: value for name, value in statement.keywords.items() if name not in own}
    return Call(statement.name, statement.positional, keywords, source.place(statement.start))


def _width(width: Argument | None, source: Source) -> int | None:
    if width is None:
        return None
    if isinstance(width.value, int) and 1 <= width.value <= WIDEST:
        return width.value
    source.note(width.start, width.end, f"width takes a whole number from 1 to {WIDEST}", code="arguments")
    return None


def _align(align: Argument | None, source: Source) -> str:
    if align is None:
        return "left"
    word = str(align.value)
    if word not in ALIGNS:
        cure = did_you_mean(word, ALIGNS) or '"left", "right" or "center"'
        source.note(align.start, align.end, f'unknown align "{word}"', cure, code="arguments")
    return word
