"""Do a statement's arguments fit a function?"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sttelnet.script.model import Value

# Scripts have whole numbers and strings. Of any other annotation it is the handler's affair what it makes of them.
_KINDS: Final[Mapping[object, type]] = {int: int, float: int, str: str}
_UNIONS: Final = (typing.Union, types.UnionType)


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a parameter takes."""

    words: tuple[object, ...] = ()  # these alone; () is anything of the kinds
    kinds: frozenset[type] = frozenset({int, str})

    def takes(self, value: Value) -> bool:
        """Return whether a value is of a kind it takes; whether it is one of the words is another question."""
        return type(value) in self.kinds


def wanted(function: Callable[..., object]) -> dict[str, Wanted]:
    """Return what the parameters take, as their annotations say; those are left out that say nothing of it."""
    try:
        hints = typing.get_type_hints(function)
    except Exception:  # noqa: BLE001 - annotations are a site's own code, evaluated here; they may raise anything
        return {}
    return {name: want for name, hint in hints.items() if (want := _wanted(hint))}


def _wanted(hint: object) -> Wanted | None:
    if words := _words(hint):
        return Wanted(words)
    kinds = frozenset(_KINDS.get(part) for part in _parts(hint))
    return None if None in kinds else Wanted(kinds=frozenset(kind for kind in kinds if kind))


def _parts(hint: object) -> tuple[object, ...]:
    """Return what a union is of, without None; anything else is one part."""
    if typing.get_origin(hint) not in _UNIONS:
        return (hint,)
    return tuple(part for part in typing.get_args(hint) if part is not type(None))


def _words(hint: object) -> tuple[object, ...]:
    """Return what a hint names; () where it lets in more than that."""
    if typing.get_origin(hint) is typing.Literal:
        return typing.get_args(hint)
    if typing.get_origin(hint) not in _UNIONS:
        return ()
    parts = [_words(part) for part in _parts(hint)]
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
