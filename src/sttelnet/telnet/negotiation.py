"""Which options are on: telnetlib3's state machine, and what may reach it.

TelnetWriter sees WILL, WONT, DO and DONT of the five options we agree to, and nothing else: no data, no
subnegotiation, no other command. What that works round, all of it measured in 5.0.1:

* SB MSDP with a table left open hangs the process; SB MCCP3 inflates without limit, `compression=False` or not;
  SB MXP, ATCP, ZMP and NEW-ENVIRON keep whatever they are sent; SB LINEMODE rewrites the special characters of
  every session there is and will be; MUD options are agreed to when asked for;
* its server never pauses a reader, its `drain` does not return once the connection is lost, it cuts a half-closed
  connection, takes a first byte of 0x16 for TLS, and greets after up to four seconds;
* WILL ECHO gets no answer, a WONT or DONT no acknowledgement (RFC 1143), an unasked WILL TTYPE gets SEND without
  DO, and IAC DO IAC leaves its parser in the middle of a command;
* one TelnetWriter is 10 KiB and a quarter of a millisecond of tables for options we refuse.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final

from telnetlib3 import TelnetWriter
from telnetlib3.stream_writer import Option

from sttelnet import iac

log = logging.getLogger("sttelnet.telnet")

OPENING: Final = (
    (iac.WILL, iac.ECHO),
    (iac.WILL, iac.SGA),
    (iac.DO, iac.SGA),
    (iac.DO, iac.NAWS),
    (iac.DO, iac.TTYPE),
)
_WE_MAY: Final = frozenset({iac.BINARY, iac.ECHO, iac.SGA})
_CLIENT_MAY: Final = frozenset({iac.BINARY, iac.SGA, iac.NAWS, iac.TTYPE})
_BYTES: Final = tuple(bytes((number,)) for number in range(256))


class Negotiation(TelnetWriter):
    """What each side has agreed to do.

    Replies are kept until taken, so that they leave in one segment. An attribute it has not itself is read from one
    TelnetWriter that all share and nothing changes.
    """

    log = log

    def __init__(self) -> None:  # super().__init__ would build the tables that are shared
        self.pending_option = Option("pending_option", log)
        self.local_option = Option("local_option", log)
        self.remote_option = Option("remote_option", log)
        self._replies: list[bytes] = []
        self._asked_binary: tuple[int, ...] = ()

    def __getattr__(self, name: str) -> Any:
        return getattr(_TABLES, name)

    def send_iac(self, buf: bytes) -> None:
        """Keep a reply until it is taken."""
        self._replies.append(buf)

    def take_replies(self) -> bytes:
        """Return what has to be sent."""
        replies = b"".join(self._replies)
        self._replies.clear()
        return replies

    def offer(self) -> None:
        """Say what we would do and ask what the client can."""
        for command, option in OPENING:
            self.iac(_byte(command), _byte(option))

    def receive(self, command: int, option: int) -> None:
        """Take one WILL, WONT, DO or DONT."""
        ours = command in (iac.DO, iac.DONT)  # it speaks of what we do
        wanted = command in (iac.DO, iac.WILL)
        refusal = iac.WONT if ours else iac.DONT
        if option not in (_WE_MAY if ours else _CLIENT_MAY):
            if wanted:
                self._reply(iac.WILL if ours and option == iac.TM else refusal, option)
            return
        held = (self.local_option if ours else self.remote_option).enabled(_byte(option))
        if held and wanted:
            return  # RFC 854: what is in effect already gets no answer
        if command == iac.WILL:
            self.iac(_byte(iac.DO), _byte(option))  # nothing is sent where it answers our own DO
        for byte in (iac.IAC, command, option):
            self.feed_byte(_byte(byte))
        if not wanted:
            self.pending_option[_byte(iac.SB) + _byte(option)] = False  # nothing more will be told
        if held:
            self._reply(refusal, option)

    @property
    def echoing(self) -> bool:
        """Whether the client agreed that we echo."""
        return self.local_option.enabled(_byte(iac.ECHO))

    @property
    def by_character(self) -> bool:
        """Whether keys arrive one by one: ECHO and SGA, the common reading of RFC 858."""
        return self.echoing and self.local_option.enabled(_byte(iac.SGA))

    @property
    def answered(self) -> bool:
        """Whether every question has its answer."""
        return not any(self.pending_option.values())

    def heard_type(self) -> None:
        """Note that TTYPE SEND has its answer."""
        self.pending_option[_byte(iac.SB) + _byte(iac.TTYPE)] = False

    def heard_size(self) -> None:
        """Note that WILL NAWS has been followed by a size."""
        self.pending_option[_byte(iac.SB) + _byte(iac.NAWS)] = False

    def take_echo(self) -> None:
        """Offer to echo although the client wanted to: what it types next must not be seen (RFC 857)."""
        self.iac(_byte(iac.WILL), _byte(iac.ECHO))

    def return_echo(self) -> None:
        """Let the client echo again."""
        self.pending_option[_byte(iac.WILL) + _byte(iac.ECHO)] = False
        if self.echoing:
            self.iac(_byte(iac.WONT), _byte(iac.ECHO))

    def ask_binary(self) -> None:
        """Ask for BINARY in the directions that lack it."""
        asked = (command for command in (iac.DO, iac.WILL) if self.iac(_byte(command), _byte(iac.BINARY)))
        self._asked_binary += tuple(asked)

    def leave_binary(self) -> None:
        """Give up BINARY in the directions we asked for."""
        for command in self._asked_binary:
            self.pending_option[_byte(command) + _byte(iac.BINARY)] = False
            if command == iac.DO:
                self.iac(_byte(iac.DONT), _byte(iac.BINARY))
            elif self.outbinary:
                self.iac(_byte(iac.WONT), _byte(iac.BINARY))
        self._asked_binary = ()

    @property
    def binary_answered(self) -> bool:
        """Whether a request for BINARY has its answers."""
        return not any(
            self.pending_option.enabled(_byte(command) + _byte(iac.BINARY)) for command in (iac.DO, iac.WILL)
        )

    def _reply(self, command: int, option: int) -> None:
        self.send_iac(bytes((iac.IAC, command, option)))


def _byte(number: int) -> bytes:
    return _BYTES[number]


_TABLES: Final = TelnetWriter(asyncio.Transport(), None, server=True)
