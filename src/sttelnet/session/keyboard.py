"""What a key press means: on a page of single keys, and at a line prompt. Nothing here waits."""

from __future__ import annotations

from typing import TypeAlias

from sttelnet.client import Client
from sttelnet.editor import Event, Interrupt
from sttelnet.keys import Key, Name, Press, Text
from sttelnet.outcome import BACK, LOGOFF, REFRESH, Goto, Outcome
from sttelnet.session.view import View
from sttelnet.session.visit import Turn

KEY_TAIL = 0.05  # seconds within which a line end behind a one-key press belongs to that press

_OUTCOMES = {"back": BACK, "refresh": REFRESH, "logoff": LOGOFF}

Pressed: TypeAlias = Event | Turn | Outcome


class Keyboard:
    """One client's keys, on the page they see."""

    def __init__(self, view: View, client: Client) -> None:
        self._view, self._client = view, client
        self._acted_at = 0.0

    def press_hot(self, key: Key, now: float) -> Pressed | None:
        """One key press on a page of one-key choices."""
        view, screen = self._view, self._view.screen
        match key:
            case Text(text) if text.casefold() in view.visit.targets:
                self._acted_at = now
                return self.target(text)
            case Text(text) if text.startswith("/"):
                screen.open_command()
                return screen.press(key)
            case Text(text) if view.visit.page_turn(text):
                return Turn(view.visit.page_turn(text))
            case Text():
                screen.ring()
                return None
            case Press(Name.INTERRUPT):
                return BACK
            case Press(Name.END_OF_INPUT):
                return LOGOFF
            case _:
                return _page_key(key)

    def press(self, key: Key, now: float, *, asking: bool) -> Event | Turn | None:
        """One key press at a line prompt."""
        screen = self._view.screen
        if not screen.typed and self._is_tail(key, now):
            return None
        if not screen.typed and not screen.masked:
            turn = _page_key(key)
            if turn is not None:
                return turn
            at_own_prompt = screen.positioned and not (asking or screen.commanding)
            if at_own_prompt and isinstance(key, Text) and key.text.startswith("/"):
                screen.open_command()
        event = screen.press(key)
        if screen.commanding and not screen.typed and event is None:
            return Interrupt(had_text=True)  # the "/" itself was erased: so is the command line
        return event

    def target(self, text: str) -> Outcome:
        """Return where a key string of the page leads."""
        target = self._view.visit.targets[text.casefold()]
        self._client.key = text.casefold()
        return _OUTCOMES.get(target) or Goto(target)

    def _is_tail(self, key: Key, now: float) -> bool:
        """Whether this is the line end that some clients send behind a single key."""
        acted_at, self._acted_at = self._acted_at, 0.0
        return key == Press(Name.ENTER) and now - acted_at < KEY_TAIL


def _page_key(key: Key) -> Turn | None:
    match key:
        case Press(Name.PAGE_DOWN):
            return Turn(1)
        case Press(Name.PAGE_UP):
            return Turn(-1)
        case _:
            return None
