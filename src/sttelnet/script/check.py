"""Does a script fit the handlers and the other scripts? Known only once the whole tree is read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from inspect import Signature
from typing import Final

from sttelnet.outcome import KEY_WORDS
from sttelnet.script import binding
from sttelnet.script.model import Call, Get, Key, Kind, Place, Problem, Script, Value
from sttelnet.script.source import in_order
from sttelnet.script.suggest import did_you_mean

Handlers = Mapping[str, Callable[..., object]]

# What the daemon gives a handler of each kind before the script's own arguments.
_GIVEN = {Kind.GET: ("client",), Kind.SET: ("client", "data"), Kind.POST: ("client",)}


def check(script: Script, handlers: Handlers, keywords: Collection[str], absent: Collection[str] = ()) -> list[Problem]:
    """Return what is wrong with a script's handler calls and key targets, in the order of their places.

    `absent` are handlers that exist but could not be loaded: their calls are not judged.
    """
    names = {*handlers, *absent}
    faults = (_call_fault(script, kind, call, handlers, names) for kind, call in _calls(script))
    problems = [fault for fault in faults if fault]
    targets = {*keywords, *KEY_WORDS, "root"}
    problems += [_unknown_target(script, key, targets) for key in script.keys if key.target not in targets]
    return list(in_order(problems))


def called(script: Script) -> set[str]:
    """Return the names of the handlers a script calls."""
    return {call.name for _, call in _calls(script)}


def _calls(script: Script) -> Iterator[tuple[Kind, Call]]:
    for piece in script.body:
        if isinstance(piece, Get):
            yield Kind.GET, piece.call
    for setter in script.sets:
        yield Kind.SET, setter.call
    for post in script.posts:
        yield Kind.POST, post.call


def _call_fault(script: Script, kind: Kind, call: Call, handlers: Handlers, names: Collection[str]) -> Problem | None:
    handler = handlers.get(call.name)
    if handler is not None:
        getter = getattr(handler, "getter", None) if kind is Kind.GET else None
        return _binding_fault(script, kind, call, getter or handler)
    if call.name in names:
        return None  # why it could not be loaded is a problem of its own
    message, cure = f'unknown handler "{call.name}"', did_you_mean(call.name, names)
    return _problem(script, call.place, call.name, message, cure, "unknown-handler")


def _binding_fault(script: Script, kind: Kind, call: Call, handler: Callable[..., object]) -> Problem | None:
    shape = binding.signature(handler)
    if shape is None:
        return None
    given = _GIVEN[kind]
    if not binding.takes(shape, given):
        message, cure = f'"{call.name}" is no {kind.value} handler', f"it must take ({', '.join(given)})"
        return _problem(script, call.place, call.name, message, cure, "arguments")
    misfit = binding.misfit(shape, (*given, *call.positional), call.keywords)
    if misfit is None:
        return _value_fault(script, call, binding.wanted(handler), shape, len(given))
    cure = f"write {binding.usage(f'{kind.value}:{call.name}', shape, len(given))}"
    return _problem(script, call.place, call.name, f'"{call.name}": {misfit}', cure, "arguments")


def _value_fault(
    script: Script, call: Call, wanted: Mapping[str, binding.Wanted], shape: Signature, given: int
) -> Problem | None:
    for name, value in binding.arguments(shape, given, call.positional, call.keywords):
        want = wanted.get(name)
        if want is None or value in want.words:
            continue
        if want.words:
            words = [str(word) for word in want.words if word != ""]
            cure = did_you_mean(str(value), words) or f"it has {', '.join(words)}"
            return _problem(script, call.place, call.name, f"{call.name} has no {_shown(value)}", cure, "arguments")
        if not want.takes(value):
            message, cure = f"{name} of {call.name} is {_KIND[type(value)]} here", _cure(name, value)
            return _problem(script, call.place, call.name, message, cure, "arguments")
    return None


_KIND: Final = {int: "a number", str: "a string"}


def _cure(name: str, value: Value) -> str:
    """Return how a value of the wrong kind is put right."""
    if isinstance(value, int):
        return f'write "{value}"'
    digits = value.strip().removeprefix("-").isdecimal() and value.isascii()
    return f"write {value.strip()}" if digits else f"{name} must be a number, not {_shown(value)}"


def _shown(value: Value) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _unknown_target(script: Script, key: Key, targets: Collection[str]) -> Problem:
    message, cure = f'unknown key target "{key.target}"', did_you_mean(key.target, targets)
    return _problem(script, key.place, key.target, message, cure, "unknown-target")


def _problem(script: Script, place: Place, name: str, message: str, cure: str, code: str) -> Problem:
    lines = script.source_lines
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    return Problem(place, message, cure, line, len(name), code)
