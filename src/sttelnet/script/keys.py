"""`key` statements: strings that lead to a script."""

from __future__ import annotations

from sttelnet.script.arguments import Argument
from sttelnet.script.model import Key
from sttelnet.script.source import Source
from sttelnet.script.statements import Statement


class Keys:
    """The keys of one script; no string may lead two ways."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._keys: list[Key] = []
        self._taken: dict[str, tuple[str, int]] = {}  # a string's casefold() -> its target and line

    def read(self, statement: Statement) -> None:
        """Add a `key` statement."""
        source = self._source
        if not statement.arguments:
            cure = f'write {statement.head}("{statement.name[0]}")'
            source.note(statement.start, statement.end, f"{statement.head} names no key", cure, code="key")
        strings = tuple(self._string(argument, statement.name) for argument in statement.arguments)
        self._keys.append(Key(statement.name, strings, source.place(statement.start)))

    def all(self) -> tuple[Key, ...]:
        """Return every `key` statement, in reading order."""
        return tuple(self._keys)

    def _string(self, argument: Argument, target: str) -> str:
        string = str(argument.value)
        message, cure = _fault(argument) or self._claim(string, target, argument) or ("", "")
        if message:
            self._source.note(argument.start, argument.end, message, cure, code="key")
        return string

    def _claim(self, string: str, target: str, argument: Argument) -> tuple[str, str] | None:
        folded = string.casefold()
        if folded in self._taken:
            other, line = self._taken[folded]
            return f'key "{string}" already leads to "{other}"', f"see line {line}"
        self._taken[folded] = (target, self._source.place(argument.start).line)
        return None


def _fault(argument: Argument) -> tuple[str, str] | None:
    """Return what is wrong with one argument of a `key` statement, and the cure."""
    match argument.name, argument.value:
        case str(name), _:
            return f'a key statement takes no argument "{name}"', "only strings"
        case _, int(number):
            return "a key is a string", f'write "{number}"'
        case _, "":
            return "a key cannot be empty", ""
        case _, str(string) if string.startswith("/"):
            return 'a key cannot begin with "/"', "that opens the line for commands"
        case _, str(string) if "\n" in string:
            return "a key cannot hold a line end", ""
    return None
