"""Do a statement's arguments fit a function?"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sttelnet.script.model import Value


def signature(function: Callable[..., object]) -> inspect.Signature | None:
    """Return a function's signature; None where it has none to look at, as some built-in callables."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


def misfit(shape: inspect.Signature, positional: Sequence[Any], keywords: Mapping[str, Value]) -> str | None:
    """Return why the arguments do not bind, in Python's words, or None when they do."""
    try:
        shape.bind(*positional, **keywords)
    except TypeError as error:
        return str(error)
    return None


def takes(shape: inspect.Signature, given: Sequence[str]) -> bool:
    """Return whether a function takes so many positional arguments at all."""
    try:
        shape.bind_partial(*given)
    except TypeError:
        return False
    return True


def usage(head: str, shape: inspect.Signature, given: int = 0) -> str:
    """Return how a statement is written, `get:STHost(what, digits=1)`, without what the daemon gives."""
    empty = inspect.Parameter.empty
    parameters = [parameter.replace(annotation=empty) for parameter in shape.parameters.values()]
    rest = [parameter for parameter in parameters[:given] if parameter.kind is parameter.VAR_POSITIONAL]
    own = shape.replace(parameters=rest + parameters[given:], return_annotation=inspect.Signature.empty)
    return f"{head}{own}" if own.parameters else head
