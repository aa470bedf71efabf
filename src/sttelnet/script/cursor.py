"""A place in a script that moves forward: what blocks, statements and arguments are read with."""

from __future__ import annotations

import re

from sttelnet.script.model import Problem
from sttelnet.script.source import Source

BLOCK_OPENS = "{%"
BLOCK_CLOSES = "%}"
COMMENT_OPENS = "{#"
COMMENT_CLOSES = "#}"

STRING = re.compile(r'"((?:[^"\\\n]++|\\[^\n])*+)"')
_BLANKS = re.compile(r"[ \t\r\n]+")
_WORD = re.compile(r"[A-Za-z0-9_.]+|%\}|\{%|\{#")
_STOP = re.compile(r';|%\}|\{%|\{#|"')


class Cursor:
    """Reads forward through a source and notes there what is wrong."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.text = source.text
        self.offset = 0
        self.lost = False  # inside a comment that is not closed: nothing behind it can be judged

    @property
    def ended(self) -> bool:
        """True at the end of the file."""
        return self.offset >= len(self.text)

    def at(self, token: str) -> bool:
        """Return whether the token stands here."""
        return self.text.startswith(token, self.offset)

    def take(self, token: str) -> bool:
        """Step over the token if it stands here."""
        if not self.at(token):
            return False
        self.offset += len(token)
        return True

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Step over what the pattern matches here."""
        found = pattern.match(self.text, self.offset)
        if found:
            self.offset = found.end()
        return found

    def skip(self) -> None:
        """Step over the blanks, line ends and comments that may stand between the parts of a block."""
        while self.match(_BLANKS) or self.comment():
            pass

    def comment(self) -> bool:
        """Step over a comment; one that is not closed reaches to the end of the file."""
        opens = self.offset
        if not self.take(COMMENT_OPENS):
            return False
        closes = self.text.find(COMMENT_CLOSES, self.offset)
        if closes < 0:
            self.unclosed(opens, "comment", COMMENT_CLOSES)
            self.lost = True
        self.offset = len(self.text) if closes < 0 else closes + len(COMMENT_CLOSES)
        return True

    def unclosed(self, opens: int, what: str, closer: str) -> None:
        """Note a block or a comment without its end."""
        cure = f'write "{closer}" where it ends'
        self.source.note(opens, opens + 2, f"{what} is not closed", cure, code="unclosed")

    def recover(self) -> None:
        """Go to the ";" or "%}" that ends a faulty statement, or to where its block proves to lack one."""
        strings = True
        while stop := _STOP.search(self.text, self.offset):
            self.offset = stop.start()
            match stop.group():
                case '"':
                    # A quote without its partner is no string: from there on only raw characters count.
                    strings = strings and self.match(STRING) is not None
                    self.offset += 0 if strings else 1
                case "{#":
                    self.comment()
                case _:
                    return
        self.offset = len(self.text)

    def found(self) -> str:
        """Return the word or character that stands here, for an error."""
        if self.ended:
            return "the end of the file"
        word = _WORD.match(self.text, self.offset)
        char = self.text[self.offset]
        if word:
            return f'"{word.group()}"'
        if char == "\n":
            return "the end of the line"
        return f'"{char}"' if char.isprintable() else f"U+{ord(char):04X}"

    def problem_here(self, message: str, cure: str = "", *, code: str = "syntax") -> Problem:
        """Return a problem with the word or character that stands here."""
        word = _WORD.match(self.text, self.offset)
        end = word.end() if word else self.offset + 1
        return self.source.problem(self.offset, end, message, cure, code=code)
