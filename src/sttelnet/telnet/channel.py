"""One telnet connection as a Channel."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final, cast

from sttelnet import iac
from sttelnet.channel import DEFAULT_SIZE, INTERRUPT
from sttelnet.telnet.answers import TypeCycle, believed_size
from sttelnet.telnet.hello import is_client_hello
from sttelnet.telnet.inbound import Inbound
from sttelnet.telnet.limits import DEFAULT_LIMITS, Limits
from sttelnet.telnet.negotiation import Negotiation
from sttelnet.telnet.outbound import Outbound
from sttelnet.telnet.peer import encryption_of, peer_of, set_options
from sttelnet.telnet.traffic import Traffic

log = logging.getLogger("sttelnet.telnet")

RESIZE_PAUSE: Final = 0.1  # seconds between two changes of size
SHORT: Final = 0.5  # seconds for an answer from a client that has not answered yet
LINGER: Final = 0.5  # seconds to wait for the client's end after ours, so that no reset eats the last words


class TelnetChannel(asyncio.Protocol):
    """What `loop.create_server(lambda: TelnetChannel(on_connect), …)` makes of each connection.

    `on_connect` is called once the opening offer and the greeting have left, in one segment. The channel owns no
    task: what `on_connect` starts is the server's.
    """

    __slots__ = (
        "_allowance",
        "_changed",
        "_ended",
        "_greeting",
        "_inbound",
        "_limits",
        "_loop",
        "_masking",
        "_negotiation",
        "_news",
        "_next_size",
        "_on_connect",
        "_outbound",
        "_resize_timer",
        "_scanner",
        "_traffic",
        "_transport",
        "_types",
        "_wrong_port",
        "certificate",
        "character_mode",
        "echo",
        "encrypted",
        "encryption",
        "flooded",
        "interrupts",
        "loopback",
        "negotiates",
        "on_change",
        "peer",
        "port",
        "received_at",
        "size",
        "terminal_type",
    )

    def __init__(
        self,
        on_connect: Callable[[TelnetChannel], None],
        *,
        greeting: bytes = b"",
        limits: Limits = DEFAULT_LIMITS,
        traffic: Traffic | None = None,
        wrong_port: bytes = b"",
    ) -> None:
        self.size = DEFAULT_SIZE
        self.terminal_type: str | None = None
        self.echo = self.character_mode = self.negotiates = False
        self.interrupts = True
        self.flooded = False  # cut off, for telnet commands without end
        self.on_change: Callable[[], None] | None = None
        self._loop = asyncio.get_running_loop()
        self.received_at = self._loop.time()
        self._on_connect = on_connect
        self._greeting = greeting
        self._limits = limits
        self._traffic = traffic or Traffic()
        self._wrong_port = wrong_port  # what a client is told that begins with TLS where there is none
        self._scanner = iac.Scanner()
        self._negotiation = Negotiation()
        self._allowance = iac.Allowance(limits.command_rate, limits.command_burst, self.received_at)
        self._news: asyncio.Event | None = None  # set after commands, at the end of input and of the connection
        self._resize_timer: asyncio.TimerHandle | None = None
        self._next_size = self.size
        self._types = TypeCycle()
        self._masking = False  # we echo for a line that must not be seen
        self._changed = self._ended = False

    # What asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Learn who it is, send the opening offer and the greeting, and tell the server."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has another base
        self.encryption, self.certificate = encryption_of(transport)
        self.encrypted = bool(self.encryption)
        self.peer, self.port, self.loopback = peer_of(transport)
        set_options(transport)
        self._inbound = Inbound(self._transport, self._limits)
        self._outbound = Outbound(self._transport, self.peer, self._limits, self._traffic)
        self._negotiation.offer()
        self._outbound.write(self._negotiation.take_replies() + iac.doubled(self._greeting))
        self._on_connect(self)

    def data_received(self, data: bytes) -> None:
        """Queue the data, obey the commands."""
        self.received_at = self._loop.time()
        self._traffic.received += len(data)
        if self._outbound.closing:
            return  # bytes nobody read would make the close a reset, so they are read, and forgotten
        wrong_port, self._wrong_port = self._wrong_port, b""
        if wrong_port and not self.encrypted and is_client_hello(data):
            self._turn_away(wrong_port)
            return
        commanded = False
        for event in self._scanner.receive_data(data):
            if isinstance(event, bytes):
                self._inbound.put(event)
                continue
            if not self._allowance.spend(self.received_at):
                self.flooded = True
                self._outbound.cut_off("too many telnet commands")
                return
            commanded = True
            self._obey(event)
        if commanded:
            self._after_commands()

    def eof_received(self) -> bool:
        """Let the session finish what it has to say. TLS knows no half-closed connection: there it ends."""
        self._end_input()
        return not self.encrypted

    def connection_lost(self, exc: Exception | None) -> None:
        """Wake everybody who waits."""
        if self._resize_timer is not None:
            self._resize_timer.cancel()
        self.on_change = None
        self._outbound.lose()
        self._end_input()

    def pause_writing(self) -> None:
        """Make `drain` wait."""
        self._outbound.pause()

    def resume_writing(self) -> None:
        """Let `drain` go on."""
        self._outbound.resume()
        self._inbound.wake()

    # What a session calls

    @property
    def unsent(self) -> int:
        """Bytes that wait here for the client to take them."""
        return self._outbound.unsent

    @property
    def congested(self) -> bool:
        """Whether so much waits that nothing should be added; the session is woken when that is over."""
        return self._outbound.congested

    async def settle(self, seconds: float) -> None:
        """Wait until the client has answered what was asked at connect, `seconds` at most."""
        await self._until(lambda: self._ended or self._negotiation.answered, seconds)

    async def binary(self, on: bool, seconds: float = 2.0) -> bool:
        """Ask for BINARY (RFC 856) both ways, or give back what was asked for; True when it is as wanted.

        A client that has BINARY of its own accord keeps it; one that has answered nothing so far is given less time.
        """
        if on:
            self._negotiation.ask_binary()
        else:
            self._negotiation.leave_binary()
        self._send_replies()
        if not on:
            return True  # nobody can refuse a DONT or a WONT
        seconds = seconds if self.negotiates else min(seconds, SHORT)
        await self._until(lambda: self._ended or self._negotiation.binary_answered, seconds)
        return self._negotiation.inbinary and self._negotiation.outbinary

    def bulk(self, on: bool) -> None:
        """Carry a file: little is queued, so that it can be called back, and `receive` returns more at once."""
        self._inbound.bulk = on
        self._outbound.bulk(on)

    def mask(self, on: bool) -> None:
        """Hide what is typed from now on from a client that echoes by itself, or let it echo again.

        A client that knows no telnet shows what it types all the same.
        """
        if on and not self.echo and self.negotiates and not self._masking:
            self._masking = True
            self._negotiation.take_echo()
            self._send_replies()
        elif self._masking and not on:
            self._masking = False
            self._negotiation.return_echo()
            self._send_replies()

    def receive(self) -> Coroutine[Any, Any, bytes | None]:
        """Return the next bytes; `b""` at the end of input; None when `wake` was called meanwhile."""
        return self._inbound.receive()

    def unread(self, data: bytes) -> None:
        """Put bytes back in front of those not yet received."""
        self._inbound.unread(data)

    def wake(self) -> None:
        """Make a waiting (or else the next) `receive` return None; may be called at any time."""
        self._inbound.wake()

    def send(self, data: bytes) -> None:
        """Queue bytes for the client. A client that lets its queue pass the cap is cut off."""
        if data:
            self._outbound.write(iac.doubled(data))

    async def drain(self) -> None:
        """Wait until the queue is short again. Raises ChannelClosed when the client is gone or stalls."""
        await self._outbound.drain()

    async def close(self) -> None:
        """Send what is queued, then hang up; cut off after a grace period."""
        begun, self._outbound.closing = self._outbound.closing, True
        try:
            async with asyncio.timeout(self._limits.close_grace):
                await (self._gone() if begun else self._hang_up())
        except TimeoutError:
            log.info("%s cut off: did not take our last words", self.peer)
        finally:
            self.abort()

    def abort(self) -> None:
        """Cut the client off at once."""
        self._outbound.abort()

    # Commands

    def _obey(self, event: iac.Command | iac.Subnegotiation) -> None:
        match event:
            case iac.Subnegotiation(iac.TTYPE, payload):
                self._told_type(iac.terminal_type(payload))
            case iac.Subnegotiation(iac.NAWS, payload):
                self._told_size(iac.window_size(payload))
            case iac.Subnegotiation():
                pass  # of an option we refused: unread
            case iac.Command(command, int(option)):
                self.negotiates = True
                self._negotiation.receive(command, option)
            case iac.Command(command):
                self._control(command)

    def _control(self, command: int) -> None:
        """Obey a command without an option (RFC 854). Not in a transfer: its bytes would be taken for the file's."""
        if not self.interrupts:
            return
        match command:
            case iac.IP | iac.BRK:
                self._inbound.put(INTERRUPT)
            case iac.EC:
                self._inbound.put(b"\x08")
            case iac.EL:
                self._inbound.put(b"\x15")
            case iac.AYT:
                self._outbound.write(b"\r\n[yes]\r\n")

    def _after_commands(self) -> None:
        self._send_replies()
        mode = self._negotiation.echoing, self._negotiation.by_character
        if mode != (self.echo, self.character_mode):
            self.echo, self.character_mode = mode
            self._changed = True
        self._tell_news()
        self._tell_change()

    def _send_replies(self) -> None:
        replies = self._negotiation.take_replies()
        if replies:
            self._outbound.write(replies)

    # What the client told

    def _told_type(self, name: str | None) -> None:
        if name is None or self.terminal_type is not None:
            return
        self._negotiation.heard_type()
        verdict = self._types.hear(name)
        if verdict.ask_again:
            self._negotiation.request_ttype()
        elif verdict.terminal_type:
            self.terminal_type = verdict.terminal_type
            self._changed = True

    def _told_size(self, told: tuple[int, int] | None) -> None:
        """Take a size at once, or after a pause when one has just changed: the last of a burst always holds."""
        self._negotiation.heard_size()
        if told is None:
            return
        self._next_size = believed_size(told, self._next_size)
        if self._resize_timer is None:
            self._take_size()

    def _take_size(self) -> None:
        if self._next_size == self.size:
            return
        self.size = self._next_size
        self._changed = True
        self._resize_timer = self._loop.call_later(RESIZE_PAUSE, self._take_late_size)

    def _take_late_size(self) -> None:
        self._resize_timer = None
        self._take_size()
        self._tell_change()

    def _tell_change(self) -> None:
        changed, self._changed = self._changed, False
        if changed and self.on_change is not None:
            self.on_change()

    # The end

    def _turn_away(self, words: bytes) -> None:
        """Hang up on a client that speaks TLS: nothing it sends means anything here."""
        log.info("%s turned away: it speaks TLS", self.peer)
        self._outbound.write(words)
        self._outbound.closing = True
        self._transport.close()

    async def _hang_up(self) -> None:
        """Send everything, end our side, give the client a moment to end its own, and close."""
        if self._outbound.cut or self._outbound.lost:
            return
        self._inbound.forget()
        await self._outbound.finish()
        await self._until(lambda: self._ended or self.encrypted, LINGER)
        self._transport.close()
        await self._gone()

    async def _gone(self) -> None:
        await self._until(lambda: False, self._limits.close_grace)

    def _end_input(self) -> None:
        self._ended = True
        self._inbound.end()
        self._tell_news()

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        """Wait for what the client's commands bring about, `seconds` at most or as long as the connection lasts."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not (self._outbound.lost or done()):
                    self._news = self._news or asyncio.Event()
                    await self._news.wait()

    def _tell_news(self) -> None:
        if self._news is not None:
            self._news.set()
            self._news = None
