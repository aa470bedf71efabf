"""What a console's output needs before a client sees it: its questions answered, and a limit to what waits."""

from __future__ import annotations

import re
from typing import Final

MOST: Final = 1024 * 1024  # bytes that wait for the client; a console cannot be held up
EARLY: Final = 4096  # characters in which the console's own questions come; later ones are a program's
_QUESTION: Final = re.compile(r"\x1b\[(?:6n|0?c)")
_BEGUN: Final = re.compile(r"\x1b(?:\[[06]?)?$")  # what may become one
_ANSWERS: Final = {"6n": "\x1b[1;1R", "c": "\x1b[?1;0c"}  # the cursor is at home; a VT101


class Questions:
    """ConPTY asks its terminal where the cursor stands (DSR) and what it is (DA1) when it starts, and waits.

    Each is answered once, here: a client may be slow to, or be no terminal at all. The same from a program later is
    the client's to answer.
    """

    def __init__(self) -> None:
        self._unasked = set(_ANSWERS)
        self._early = EARLY
        self._held = ""

    def take(self, text: str) -> tuple[str, str]:
        """Take output; return what of it is for the client, and the answers to type."""
        if not self._unasked or self._early <= 0:
            return text, ""
        text, self._held = self._held + text, ""
        self._early -= len(text)
        answers: list[str] = []
        text = _QUESTION.sub(lambda found: self._answer(found[0], answers), text)
        begun = _BEGUN.search(text)
        if begun and self._unasked and self._early > 0:
            text, self._held = text[: begun.start()], begun[0]
        return text, "".join(answers)

    def rest(self) -> str:
        """Return what was held back, at the end."""
        rest, self._held = self._held, ""
        return rest

    def _answer(self, question: str, answers: list[str]) -> str:
        kind = "6n" if question.endswith("6n") else "c"
        if kind not in self._unasked:
            return question
        self._unasked.discard(kind)
        answers.append(_ANSWERS[kind])
        return ""


class Backlog:
    """Output that waits for the client, MOST bytes of it; what comes on top is left out, and that is said."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._waiting = bytearray()
        self._left_out = 0

    def __len__(self) -> int:
        return len(self._waiting) + bool(self._left_out)

    def put(self, data: bytes) -> bool:
        """Add output; True where it is the first of what is left out."""
        if self._left_out or len(self._waiting) + len(data) > self._most:
            first = not self._left_out
            self._left_out += len(data)
            return first
        self._waiting += data
        return False

    def take(self, most: int) -> bytes:
        """Return the next of it, and in its place how much is missing."""
        data = bytes(self._waiting[:most])
        del self._waiting[:most]
        if not self._waiting and self._left_out:
            data += f"\r\n[{self._left_out} bytes left out: the line is slower than the program]\r\n".encode()
            self._left_out = 0
        return data
