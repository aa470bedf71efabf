"""Script files nobody wrote: the shipped ones mutated, and others made of the language's own pieces."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

_PIECES: Final = (
    *(
        "{%",
        "%}",
        "{#",
        "#}",
        ";",
        ":",
        "(",
        ")",
        ",",
        '"',
        "'",
        "\\",
        "=",
        "\n",
        "\r\n",
        "\r",
        "\t",
        " ",
        "-",
        "+",
        ".",
    ),
    *(
        "get",
        "set",
        "post",
        "ansi",
        "key",
        "page",
        "get:STHost",
        "set:STLoginID",
        "ansi:Color",
        "ansi:Move",
        "page:Title",
    ),
    *(
        "STList",
        "STBar",
        "width=",
        "align=",
        "prompt=",
        "1",
        "-1",
        "999999999999999999999",
        "1.5",
        "1e999",
        "0x10",
        "None",
    ),
    *(
        '"h"',
        '"\\n"',
        '"\\x1b"',
        '"\\u202e"',
        '"\\',
        "'\\N{DIGIT ONE}'",
        "True",
        "┌─┐",
        "日本",
        "\u202e",
        "\x1b[2J",
        "\0",
        "\ufeff",
    ),
    *(
        "página",
        "x" * 200,
        "{% {%",
        "%} %}",
        "{##}",
        "{%%}",
        "(" * 60,
        "))))",
        ";;;;",
        "\x85",
        "\u2028",
        "\ud800",
        "[",
        "{",
    ),
)
_KINDS: Final = ("get", "set", "post", "ansi", "key", "page", "", "nothing", "GET")
_NAMES: Final = (
    "STHost",
    "STHealth",
    "Color",
    "Move",
    "Title",
    "Prompt",
    "root",
    "admin/menu",
    "..",
    "",
    "x y",
    "STNothing",
)
_ARGUMENTS: Final = (
    *('"cpu"', "34", "width=34", 'align="right"', "-1", "1e9", '"', "=", "width=", "width=width=1", "*x", "None", "()"),
    *(
        '"\\q"',
        "'a' 'b'",
        "99999999999999999999999",
        "",
        "[1, 2]",
        "{}",
        "f'x'",
        "0b1",
        "1_000",
        "lambda: 0",
        '"\\ud800"',
    ),
)
_LONGEST: Final = 1500  # characters


def script_input(chance: random.Random, shipped: Sequence[str]) -> str:
    """Return one script's text."""
    match chance.randrange(4):
        case 0:
            return _made(chance)
        case 1:
            return "".join(chance.choice(_PIECES) for _ in range(chance.randint(1, 30)))
        case _:
            return _mutated(chance, shipped)


def _made(chance: random.Random) -> str:
    """Return words and blocks, the blocks nearly right."""
    parts: list[str] = []
    for _ in range(chance.randint(1, 4)):
        statements = "; ".join(_statement(chance) for _ in range(chance.randint(0, 3)))
        end = " %}" if chance.random() < 0.95 else ""
        parts += (chance.choice(("", "words ", "┌──┐\n", "}\n", "%")), "{% ", statements, end)
    return "".join(parts)


def _statement(chance: random.Random) -> str:
    arguments = ", ".join(chance.choice(_ARGUMENTS) for _ in range(chance.randint(0, 3)))
    brackets = chance.choice(("({})", "({})", "({})", "({}", "{})", "{}", "(({}))"))
    return f"{chance.choice(_KINDS)}:{chance.choice(_NAMES)}{brackets.format(arguments)}"


def _mutated(chance: random.Random, shipped: Sequence[str]) -> str:
    """Return a stretch of a script that ships, changed in a few places."""
    text = chance.choice(shipped)
    start = chance.randint(0, max(0, len(text) - _LONGEST))
    text = text[start : start + chance.randint(50, _LONGEST)]
    for _ in range(chance.randint(1, 6)):
        at = chance.randint(0, len(text))
        match chance.randrange(4):
            case 0:
                text = text[:at] + text[at + chance.randint(1, 20) :]
            case 1:
                text = text[:at] + chance.choice(_PIECES) + text[at:]
            case 2:
                text = text[:at] + text[max(0, at - 30) : at] + text[at:]
            case _:
                text = text[:at] + chr(chance.randrange(0x180)) + text[at + 1 :]
    return text
