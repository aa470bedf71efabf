"""Sessions as the hub knows them, which keep what they are given."""

from __future__ import annotations

from sttelnet.channel import Size
from sttelnet.hub import Message, Presence, Said, Taken
from sttelnet.role import Role


class Kept:
    """A session that keeps what it is given, up to `room` things."""

    def __init__(self, number: int, name: str = "GUEST", user_id: int | None = None, room: int = 1000) -> None:
        self.number, self.name, self._user_id, self.room = number, name, user_id, room
        self.role = Role.GUEST if user_id is None else Role.MEMBER
        self.idle = 1.0
        self.invisible = False
        self.waits = False
        self.got: list[str] = []
        self.messages: list[Message] = []
        self.changed = 0

    @property
    def user_id(self) -> int | None:
        return self._user_id

    def presence(self) -> Presence:
        return Presence(
            self.number,
            self.name,
            self.role,
            "192.0.2.1",
            "telnet",
            "xterm",
            Size(80, 24),
            self.idle,
            10.0,
            "Welcome",
            self._user_id,
            self.invisible,
        )

    def notice(self, text: str) -> None:
        self.got.append(text)

    def message(self, message: Message) -> Taken:
        if len(self.got) >= self.room:
            return Taken.FULL
        self.messages.append(message)
        self.got.append(message.line.plain())
        return Taken.WAITS if self.waits else Taken.SHOWN

    def said(self, said: Said) -> bool:
        if len(self.got) >= self.room:
            return False
        self.got.append(said.line.plain())
        return True

    def account_changed(self) -> None:
        self.changed += 1
