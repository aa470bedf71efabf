"""A connection to the TLS port until its handshake is over.

asyncio's own TLS listeners tell nobody of a connection before its handshake: it could be neither counted nor refused,
and a client that speaks no TLS would hear nothing. So the listener is a plain one, and TLS begins when a ClientHello
has come.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from asyncio import sslproto
from collections.abc import Callable
from dataclasses import dataclass
from traceback import clear_frames
from typing import Final, cast

from sttelnet.logs import event_logger
from sttelnet.telnet import TelnetChannel
from sttelnet.telnet.hello import RECORD
from sttelnet.telnet.peer import peer_of

HANDSHAKE: Final = 10.0  # seconds for all of it
SILENCE: Final = 5.0  # seconds without a byte: TLS clients speak first, telnet clients wait
SHUTDOWN: Final = 5.0  # seconds for the client's close_notify
LINGER: Final = 0.5  # seconds for the client's end after ours, so that no reset eats the words
READ_SIZE: Final = 16 * 1024  # one record of TLS
PLAIN: Final = b"This port speaks TLS, and nothing else: use a client for telnet over TLS (telnets).\r\n"

log = event_logger(__name__)


def spare_memory() -> None:
    """Give each TLS connection 16 KiB to read into. asyncio's 256 KiB make 300 KiB of an idle session.

    The name is asyncio's own affair: where it is gone, sessions cost what asyncio thinks right.
    """
    if hasattr(sslproto.SSLProtocol, "max_size"):
        sslproto.SSLProtocol.max_size = READ_SIZE


@dataclass(frozen=True, slots=True)
class Shaken:
    """A connection that is encrypted now, and what has come over it already."""

    transport: asyncio.Transport
    early: bytes

    def hand_over(self, channel: TelnetChannel) -> None:
        """Make the connection the channel's."""
        channel.connection_made(self.transport)
        self.transport.set_protocol(channel)
        if self.early:
            channel.data_received(self.early)


class Door(asyncio.Protocol):
    """Waits for a ClientHello, and shakes hands. `knock` is called when somebody is there."""

    __slots__ = ("_data", "_ended", "_knock", "_loop", "_lost", "_news", "_transport", "peer")

    def __init__(self, knock: Callable[[Door], None]) -> None:
        self.peer = ""
        self._knock = knock
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._data = b""
        self._ended = self._lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn who it is, and tell the server."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has another base
        self.peer = peer_of(transport).address
        self._knock(self)

    def data_received(self, data: bytes) -> None:
        """Keep the first bytes; the others wait in the kernel until TLS reads them."""
        if not self._data:
            self._data = data
            if data[0] == RECORD:
                self._transport.pause_reading()
        self._news.set()

    def eof_received(self) -> bool:
        """Keep our half open: there may be something to say."""
        self._ended = True
        self._news.set()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake whoever waits."""
        self._ended = self._lost = True
        self._news.set()

    def abort(self) -> None:
        """Cut the client off at once."""
        self._transport.abort()

    async def open(self, context: ssl.SSLContext, turn: asyncio.Lock) -> Shaken | None:
        """Shake hands with the client; None where it did not come to that: then the client is gone.

        `turn` is one for all doors: what follows on a ClientHello costs a millisecond or two, and a crowd must not
        have it at one time.
        """
        try:
            async with asyncio.timeout(HANDSHAKE):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SILENCE):
                        await self._news.wait()
                if self._data[:1] != bytes([RECORD]):
                    await self._explain()
                    return None
                async with turn:
                    await asyncio.sleep(0)
                return await self._shake(context)
        except (OSError, ValueError) as error:  # of TLS, of the connection; ValueError: a name that is none
            log.info("no TLS handshake", peer=self.peer, reason=_reason(error))
            clear_frames(error.__traceback__)  # start_tls keeps the future that keeps the error
        self.abort()
        return None

    async def _explain(self) -> None:
        """Tell a client that speaks no TLS so, in plain."""
        if self._lost:
            return
        log.info("no TLS handshake", peer=self.peer, reason="the client speaks no TLS")
        self._transport.write(PLAIN)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER):
                while not self._ended:
                    self._news.clear()
                    await self._news.wait()
        self._transport.close()

    async def _shake(self, context: ssl.SSLContext) -> Shaken | None:
        early = _Early()
        # start_tls puts its protocol in our place at once, and begins in the loop's next round: the bytes we have
        # are its first, given as a transport gives them, and only then is the socket read on.
        self._loop.call_soon(self._loop.call_soon, self._give)
        transport = await self._loop.start_tls(
            self._transport,
            early,
            context,
            server_side=True,
            ssl_handshake_timeout=HANDSHAKE,
            ssl_shutdown_timeout=SHUTDOWN,
        )
        if transport is None or early.ended:
            self.abort()
            return None
        # Little is to wait below TLS, where neither `drain` nor the caps of the channel see it.
        self._transport.set_write_buffer_limits(0)
        return Shaken(transport, bytes(early.data))

    def _give(self) -> None:
        """Give TLS the bytes that were read before it began."""
        protocol, data = self._transport.get_protocol(), self._data
        if not isinstance(protocol, asyncio.BufferedProtocol) or self._transport.is_closing():
            return
        while data:
            room = memoryview(protocol.get_buffer(len(data)))
            count = min(len(room), len(data))
            room[:count] = data[:count]
            protocol.buffer_updated(count)
            data = data[count:]


class _Early(asyncio.Protocol):
    """Keeps what comes right behind the handshake, for the moment until the channel is there."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = False

    def data_received(self, data: bytes) -> None:
        self.data += data

    def eof_received(self) -> None:
        self.ended = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True


def _reason(error: Exception) -> str:
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not valid: {error.verify_message}"
        case ssl.SSLError():
            return (error.reason or "broken").lower().replace("_", " ")
        case TimeoutError() | ConnectionAbortedError():  # asyncio's word for a handshake that takes too long
            return f"not done in {HANDSHAKE:g} s"
        case _:
            return getattr(error, "strerror", None) or type(error).__name__
