"""Bytes for the client, until the kernel has them."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from sttelnet.errors import ChannelClosed
from sttelnet.telnet.limits import Limits
from sttelnet.telnet.peer import hold_little
from sttelnet.telnet.traffic import Traffic

log = logging.getLogger("sttelnet.telnet")


class Outbound:
    """The transport's queue with a cap in bytes and one in time, and the end of the connection."""

    __slots__ = ("_limits", "_peer", "_traffic", "_transport", "_writable", "closing", "cut", "lost")

    def __init__(self, transport: asyncio.Transport, peer: str, limits: Limits, traffic: Traffic) -> None:
        self._transport = transport
        self._peer = peer
        self._limits = limits
        self._traffic = traffic
        self._writable: asyncio.Event | None = None  # while the queue is long
        self.closing = False  # what is queued is the last there is
        self.cut = False  # abort was called
        self.lost = False  # the transport is gone

    @property
    def unsent(self) -> int:
        """Bytes in the queue."""
        return self._transport.get_write_buffer_size()

    @property
    def congested(self) -> bool:
        """Whether the queue is long."""
        return self._writable is not None

    def write(self, data: bytes) -> None:
        """Queue bytes as they stand. A client that lets its queue pass the cap is cut off."""
        if self.closing or self.cut or self.lost:
            return
        self._transport.write(data)
        self._traffic.sent += len(data)
        if self._writable is not None and self._transport.get_write_buffer_size() > self._limits.send_most:
            self.cut_off("too much queued for it")

    def pause(self) -> None:
        """The queue has become long."""
        self._writable = asyncio.Event()

    def resume(self) -> None:
        """The queue is short again."""
        if self._writable is not None:
            self._writable.set()
            self._writable = None

    async def drain(self) -> None:
        """Wait until the queue is short. Raises ChannelClosed when the client is gone or stalls."""
        while self._writable is not None and not self.cut:
            before = self._transport.get_write_buffer_size()
            try:
                async with asyncio.timeout(self._limits.send_timeout):
                    await self._writable.wait()
            except TimeoutError:
                if self._transport.get_write_buffer_size() >= before:  # a slow reader is not a dead one
                    self.cut_off("read nothing for too long")
        if self.lost or self.cut:
            raise ChannelClosed(f"{self._peer} is gone")

    def bulk(self, on: bool) -> None:
        """Let `drain` wait until nothing is queued here and little in the kernel: neither can be called back."""
        if not (self.closing or self.cut or self.lost):
            self._set_limit(on)
            hold_little(self._transport, on)

    async def finish(self) -> None:
        """Wait until all has been sent, then end our side where the transport can (TLS cannot)."""
        self._set_limit(True)  # from here on "short" means empty
        if self._writable is not None:
            await self._writable.wait()
        if self._transport.can_write_eof():
            with contextlib.suppress(OSError):  # the client may be gone already
                self._transport.write_eof()

    def _set_limit(self, on: bool) -> None:
        """Let the queue be long as soon as there is one, or as asyncio thinks right.

        Not with a limit of 0: at that, asyncio's TLS takes an empty queue for a long one.
        """
        if on:
            self._transport.set_write_buffer_limits(high=1, low=0)
        else:
            self._transport.set_write_buffer_limits()

    def lose(self) -> None:
        """The transport is gone: wake whoever waits for it."""
        self.lost = True
        self.resume()

    def abort(self) -> None:
        """Cut the client off at once."""
        self.cut = True
        if not self.lost:
            self._transport.abort()

    def cut_off(self, reason: str) -> None:
        """Cut the client off and say why in the log."""
        log.warning("%s cut off: %s", self._peer, reason)
        self.abort()
