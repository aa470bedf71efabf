"""What reaches a client while they sit at their page: another size, a new script, messages, a lock, a hang-up."""

from __future__ import annotations

from collections.abc import Callable

from sttelnet.ansi import Ansi
from sttelnet.errors import StoreError
from sttelnet.script.model import Script
from sttelnet.session.access import LOG_IN_PAGES, Verdict
from sttelnet.session.seat import BELL_EVERY, Seat
from sttelnet.session.visit import Enter, HangUp, Move, Notice

LOCKED = "Your account is locked: goodbye."
DEMOTED = "Your role has changed."


class Interruptions:
    """Deals with what has happened to one client; `find` returns a script by its keyword."""

    def __init__(self, seat: Seat, find: Callable[[str], Script | None]) -> None:
        self._seat = seat
        self._find = find

    async def attend(self, *, asking: bool) -> Move | None:
        """Deal with what has happened; what would disturb a line being typed waits."""
        seat, attention, screen = self._seat, self._seat.attention, self._seat.screen
        if attention.hang_up is not None:
            return HangUp(attention.hang_up)
        move, attention.move = attention.move, None
        if move is None and attention.account:
            move = await self._read_account()
        if move is not None:
            return move
        if attention.redraw:
            await self.redraw()
        if attention.terminal or attention.charset:
            await self.take_up_terminal(asking=asking)
        if not (asking or screen.typed or screen.commanding) and (renewed := await self._renew()):
            return renewed
        seat.confirm()
        if attention.notices and not screen.masked and not seat.channel.congested:
            if screen.positioned and not (asking or screen.commanding):
                await seat.view.redraw(in_place=True)
            self.show_notices()
        return None

    async def read_account(self) -> None:
        """Note what has become of the account while a transfer has the line: a lock ends it, a demotion waits."""
        move = await self._read_account()
        if isinstance(move, HangUp):
            attention = self._seat.attention
            attention.hang_up, attention.may_finish = attention.hang_up or move.words, False
        elif move is not None:
            self._seat.attention.move = move

    async def redraw(self) -> None:
        """Draw the page over what a transfer has left on the screen."""
        self._seat.attention.redraw = False
        await self._seat.view.redraw()
        self._seat.view.arm_refresh()

    async def take_up_terminal(self, *, asking: bool) -> None:
        """Draw again what looks different now: another size, type, charset, or another who echoes."""
        seat, attention, screen = self._seat, self._seat.attention, self._seat.screen
        changed = seat.terminal.update() or attention.charset
        attention.terminal = attention.charset = False
        screen.resize()
        if asking or screen.commanding:
            screen.show_again()
        elif changed:
            await seat.view.redraw()
            seat.view.arm_refresh()
        else:
            seat.view.adapt_prompt()

    def show_notices(self) -> None:
        """Show the messages that wait: the caller knows that nothing is being typed that must not be seen."""
        attention, screen = self._seat.attention, self._seat.screen
        notices, attention.notices = attention.notices, []
        if not notices:
            return
        screen.message(Ansi(" · " if screen.positioned else "\n").join(notice.text for notice in notices))
        self._seat.seen(notices)
        self._seat.view.hold_refresh()
        self._ring(notices)

    def _ring(self, notices: list[Notice]) -> None:
        seat, now = self._seat, self._seat.loop.time()
        if now - seat.rang_at >= BELL_EVERY and any(notice.urgent for notice in notices):
            seat.rang_at = now
            seat.screen.ring()

    async def _renew(self) -> Move | None:
        """Take up a new version of the script, or draw the page again because its time has come."""
        attention, view = self._seat.attention, self._seat.view
        if attention.script:
            attention.script = False
            script = self._find(view.script.keyword)
            if script is not None:
                return Enter(script, posts=False)
        if attention.refresh:
            attention.refresh = False
            await view.redraw(in_place=True)
            view.arm_refresh()
        return None

    async def _read_account(self) -> Move | None:
        """Read the member's rights again: a lock hangs up, a demotion leads to root."""
        seat, client = self._seat, self._seat.client
        seat.attention.account = False
        before = client.member
        if before is None:
            return self._to_log_in() if client.stranger else None
        try:
            member = await seat.services.members.by_id(before.id)
        except StoreError:
            seat.attention.account = True  # asked again at the client's next key
            return None
        if member is None or member.locked:
            return HangUp(LOCKED)
        client.member = member
        try:
            client.ignored = frozenset(await seat.services.store.ignores.of(member.id))
        except StoreError:
            seat.attention.account = True
        root = self._find("root")
        if member.role < before.role and root is not None:
            seat.notice(DEMOTED)
            return Enter(root)
        return None

    def _to_log_in(self) -> Move | None:
        """Lead a guest to the log-in: guests are not served any more."""
        seat, login = self._seat, self._find("login")
        if seat.view.script.keyword in LOG_IN_PAGES:
            return None
        if login is None:
            return HangUp(Verdict.NO_LOG_IN.value)
        seat.notice(Verdict.LOG_IN_FIRST.value)
        return Enter(login)
