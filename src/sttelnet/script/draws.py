"""`ansi` statements: screen functions, called once when the script is read."""

from __future__ import annotations

import inspect

from sttelnet.ansi import FUNCTIONS
from sttelnet.script import binding
from sttelnet.script.model import Draw
from sttelnet.script.source import Source
from sttelnet.script.statements import Statement
from sttelnet.script.suggest import did_you_mean


def read_draw(statement: Statement, source: Source) -> Draw | None:
    """Return the bytes of an `ansi` statement; None, and a note, where there are none."""
    function = FUNCTIONS.get(statement.name)
    if function is None:
        message, cure = f'unknown ansi function "{statement.name}"', did_you_mean(statement.name, FUNCTIONS)
        source.note(statement.start, statement.end, message, cure, code="unknown-ansi")
        return None
    shape = inspect.signature(function)
    misfit = binding.misfit(shape, statement.positional, statement.keywords)
    if misfit is not None:
        message, cure = f"{statement.head}: {misfit}", f"write {binding.usage(statement.head, shape)}"
        source.note(statement.start, statement.end, message, cure, code="arguments")
        return None
    try:
        _expect_kinds(shape, statement)
        return Draw(statement.name, function(*statement.positional, **statement.keywords))
    except (TypeError, ValueError) as error:
        # The functions say so when a value makes no sense to them, as Color("redd").
        start, end = _arguments(statement)
        source.note(start, end, f"{statement.head}: {error}", code="arguments")
        return None


def _expect_kinds(shape: inspect.Signature, statement: Statement) -> None:
    """Raise TypeError for a number where a string belongs, which a function might not notice by itself."""
    for name, value in shape.bind(*statement.positional, **statement.keywords).arguments.items():
        if shape.parameters[name].annotation in ("str", str) and not isinstance(value, str):
            message = f'{name} is a "string", not {value}'
            raise TypeError(message)


def _arguments(statement: Statement) -> tuple[int, int]:
    if not statement.arguments:
        return statement.start, statement.end
    return statement.arguments[0].start, statement.arguments[-1].end
