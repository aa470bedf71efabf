"""What the parts of a desk share: one client's terminal and page, and what has happened to them meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from sttelnet.channel import Channel
from sttelnet.client import Client, Services
from sttelnet.outcome import Outcome
from sttelnet.session.access import Refusals
from sttelnet.session.call import Caller
from sttelnet.session.limits import TimeLimits
from sttelnet.session.loan import Loan
from sttelnet.session.screen import Screen
from sttelnet.session.view import View
from sttelnet.session.visit import Attention, Move, Notice
from sttelnet.terminal import Terminal

MOST_NOTICES = 50  # waiting for a client who cannot be shown them now; further ones are dropped
MOST_AT_ONCE = 500  # come before a client who can had a turn
BELL_EVERY = 1.0  # seconds: messages ring no oftener


class Seat:
    """One client's place. It behaves little: the desk's parts do, on this."""

    def __init__(self, channel: Channel, client: Client, caller: Caller, services: Services) -> None:
        self.channel, self.client, self.caller, self.services = channel, client, caller, services
        self.loop = asyncio.get_running_loop()
        self.terminal = Terminal(channel)
        self.view = View(client, caller, self.terminal, self.refresh_due)
        self.attention = Attention()
        self.limits = TimeLimits(self.loop.time())
        self.in_a_row = 0  # scripts sent since the client's last input
        self.decided: Move | Outcome | None = None  # what came up inside a handler's question
        self.reading = False  # input is waited for
        self.commanded = False  # the last line was a command that asks for a move
        self.program = False  # the machine dialect is spoken: nothing is sent but answers
        self.refusals = Refusals()
        self.loan: Loan | None = None  # a transfer has the line: nothing else is sent
        self.unconfirmed: list[int] = []  # messages of the mailbox that were shown and may not have left yet
        self.rang_at = -BELL_EVERY  # when the last message rang
        caller.before_waiting = self.terminal.flush

    @property
    def screen(self) -> Screen:
        """What stands on the client's screen."""
        return self.view.screen

    @property
    def free(self) -> bool:
        """Whether a message would be seen at once."""
        return self.reading and not self.screen.masked and self.loan is None and not self.channel.congested

    def notice(self, notice: Notice | str) -> bool:
        """Keep a message until it disturbs nothing; False where too many are kept already, or a program is there."""
        if self.program or len(self.attention.notices) >= (MOST_AT_ONCE if self.free else MOST_NOTICES):
            return False
        self.attention.notices.append(Notice(notice) if isinstance(notice, str) else notice)
        if self.reading:
            self.channel.wake()
        return True

    def seen(self, notices: Iterable[Notice]) -> None:
        """Messages are on their way to the screen; those of the mailbox need not be shown again once they are sent."""
        self.unconfirmed += (notice.stored for notice in notices if notice.stored is not None)
        self.terminal.flush()
        self.confirm()

    def confirm(self) -> None:
        """Note as seen what has left for the client, as far as can be told from here."""
        if self.unconfirmed and not self.channel.unsent:
            seen, self.unconfirmed = self.unconfirmed, []
            self.services.mail.seen(seen)

    def refresh_due(self) -> None:
        """The page is to be drawn again."""
        self.attention.refresh = True
        self.channel.wake()
