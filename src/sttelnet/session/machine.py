"""The session of a program: after /token or /machine nothing but the machine dialect, until one side hangs up.

No page, no prompt, no echo, no message: a line in, an answer out, one after the other and in order.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from sttelnet.errors import StoreError
from sttelnet.members import Refusal
from sttelnet.session.answer import Program
from sttelnet.session.dialect import Code, Lines, Response, encode
from sttelnet.session.interruptions import LOCKED
from sttelnet.session.orders import COMMANDS_ARE, Orders
from sttelnet.session.seat import Seat
from sttelnet.session.visit import HangUp

TOO_LONG: Final = "That line is too long. Nothing was done."


class Machine:
    """Talks with the program on one session's line."""

    def __init__(self, seat: Seat, orders: Orders) -> None:
        self._seat, self._orders = seat, orders

    async def serve(self) -> HangUp:
        """Answer lines until one of the two sides hangs up. Raises ChannelClosed."""
        seat, lines = self._seat, Lines()
        self._begin()
        while True:
            ended = await self._attend()
            if ended is not None:
                return ended
            data = await seat.channel.receive()
            if data == b"":
                return HangUp()
            for line in lines.receive_data(data or b""):
                ended = await self._attend() or await self._take(line)
                if ended is not None:
                    return ended

    def _begin(self) -> None:
        """Leave all that is for people: page, room, messages; what was typed behind the command is the program's."""
        seat = self._seat
        seat.program = True
        seat.attention.notices.clear()  # those of members are kept in their mailboxes
        seat.view.cancel_refresh()
        seat.terminal.flush()
        seat.terminal.release()
        seat.channel.mask(False)
        if seat.client.stranger:
            seat.limits.enter("login", seat.loop.time())  # saying /machine is no way to stay
        else:
            seat.limits.logged_in()  # the grace of the log-in page is no longer of use
        seat.services.hub.go_out(seat.client.number)

    async def _take(self, line: str | None) -> HangUp | None:
        seat = self._seat
        seat.limits.active = seat.loop.time()
        if line is None:
            await self._send(encode(Response(Code.USAGE, TOO_LONG)))
        elif not line.startswith("/"):
            await self._send(encode(Response(Code.USAGE, COMMANDS_ARE)))
        else:
            word, _, rest = line[1:].partition(" ")
            spoken = await self._orders.obey(Program(word, rest))
            await self._send(spoken.data)
            if isinstance(spoken.move, HangUp):
                return spoken.move
            if word.casefold() == "quit":
                return HangUp()
        await asyncio.sleep(0)  # a thousand commands in one packet are no reason to keep the others waiting
        return None

    async def _send(self, data: bytes) -> None:
        """Send an answer in one piece, once the one before is on its way. Raises ChannelClosed."""
        await self._seat.channel.drain()
        self._seat.channel.send(data)

    async def _attend(self) -> HangUp | None:
        """Deal with what has happened: the daemon's hang-up, a lock, a token revoked, another role."""
        attention = self._seat.attention
        words = attention.hang_up
        token = self._orders.token.token if self._orders.token else None
        over = token is not None and token.expires is not None and time.time() >= token.expires
        if words is None and over:
            words = Refusal.TOKEN_OVER.value
        if words is None and attention.account:
            words = await self._read_rights()
        if words is None:
            return None
        await self._send(encode(Response(Code.ENDED, words)))
        return HangUp(words)

    async def _read_rights(self) -> str | None:
        """Read again what the program may do; return why it may do nothing any more."""
        seat, client = self._seat, self._seat.client
        seat.attention.account = False
        if client.member is None:
            if client.stranger:
                seat.limits.enter("login", seat.loop.time())
            return None
        try:
            if self._orders.token is not None:
                found = await seat.services.members.tokens.still(self._orders.token.token.id)
                if isinstance(found, Refusal):
                    return found.value
                client.member = found.member
                return None
            member = await seat.services.members.by_id(client.member.id)
        except StoreError:
            seat.attention.account = True  # asked again at the next command
            return None
        if member is None or member.locked:
            return LOCKED
        client.member = member
        return None
