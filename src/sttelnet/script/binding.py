"""Do a statement's arguments fit a function?"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
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


def choices(function: Callable[..., object]) -> dict[str, tuple[object, ...]]:
    """Return the parameters that take only what a `Literal` names, and what that is."""
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - annotations are a site's own code, evaluated here; they may raise anything
        return {}
    return {name: words for name, hint in hints.items() if (words := _words(hint))}


def _words(hint: object) -> tuple[object, ...]:
    """Return what a hint names; () where it lets in more than that."""
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)
    if typing.get_origin(hint) not in (typing.Union, types.UnionType):
        return ()
    parts = [_words(part) for part in typing.get_args(hint) if part is not type(None)]
    return tuple(word for part in parts for word in part) if all(parts) else ()


def arguments(
    shape: inspect.Signature, given: int, positional: Sequence[Value], keywords: Mapping[str, Value]
) -> Iterator[tuple[str, Value]]:
    """Yield a script's own arguments, which must bind, with the names of the parameters they go to."""
    for name, value in shape.bind(*[None] * given, *positional, **keywords).arguments.items():
        match shape.parameters[name].kind:
            case inspect.Parameter.VAR_POSITIONAL:
                yield from ((name, one) for one in value if one is not None)
            case inspect.Parameter.VAR_KEYWORD:
                yield from ((name, one) for one in value.values())
            case _ if value is not None:  # None stands for what the daemon gives
                yield name, value


def usage(head: str, shape: inspect.Signature, given: int = 0) -> str:
    """Return how a statement is written, `get:STHost(what, digits=1)`, without what the daemon gives."""
    empty = inspect.Parameter.empty
    parameters = [parameter.replace(annotation=empty) for parameter in shape.parameters.values()]
    rest = [parameter for parameter in parameters[:given] if parameter.kind is parameter.VAR_POSITIONAL]
    own = shape.replace(parameters=rest + parameters[given:], return_annotation=inspect.Signature.empty)
    return f"{head}{own}" if own.parameters else head
