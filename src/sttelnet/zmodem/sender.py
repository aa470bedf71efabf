"""The sending side."""

from __future__ import annotations

from dataclasses import replace

from sttelnet.zmodem.encode import Encoder
from sttelnet.zmodem.events import (
    CrcWanted,
    Failed,
    Finished,
    Ready,
    Reason,
    Refusal,
    Refused,
    Rewound,
    Sent,
    Skipped,
    Started,
)
from sttelnet.zmodem.frames import LARGEST_FILE, LARGEST_INFO, NO_THANKS, OVER_AND_OUT, End, Frame
from sttelnet.zmodem.headers import Header, flags
from sttelnet.zmodem.info import FileInfo, encode_info
from sttelnet.zmodem.machine import Machine
from sttelnet.zmodem.sending import Abilities, Phase, SendOptions
from sttelnet.zmodem.stream import Span, Stream

_BINARY_FILE = flags(1)  # ZCBIN
_REQUESTS = 4  # ZRQINITs: Omen's rz dies of a fifth
_ANSWER = 10.0  # seconds before a question is repeated
_PROOF = 2.0  # the same for the first subpacket behind an error; doubled each time
_LATEST_PROOF = 16.0
_CLOSING, _GOODBYES = 3.0, 10.0  # seconds for ZFIN, and for all of them
_LINE_END = 0.5  # seconds for the line end behind ZFIN
_PROOFS = 4  # CRCs of a file


class Sender(Machine):
    """Sends files, one after the other.

    On `Ready` call `offer` or `finish`. On `Started` supply data for as long as `wanted` names a span.
    """

    def __init__(self, options: SendOptions | None = None) -> None:
        self._options = options or SendOptions()
        super().__init__(self._options.link)
        self._phase = Phase.OPENING
        self._encoder = Encoder(self._link)
        self._stream = Stream(self._options.block, self._options.window)
        self._proof_wait = _PROOF
        self._stale = False  # a ZRINIT may still come that was sent before our offer
        self._crcs: dict[int, int] = {}
        self._asked: set[int] = set()  # lengths whose CRC the peer has asked for
        self._answers = {
            Frame.RINIT: self._on_rinit,
            Frame.RPOS: self._on_rpos,
            Frame.SKIP: self._on_skip,
            Frame.ACK: self._on_ack,
            Frame.CRC: self._on_crc,
            Frame.NAK: self._on_nak,
            Frame.CHALLENGE: self._on_challenge,
            Frame.FIN: self._on_fin,
            Frame.ABORT: self._on_abort,
            Frame.FERR: self._on_abort,
            Frame.CAN: self._on_abort,
        }
        self._out.append(self._options.greeting)
        self._request()

    # What a driver calls besides the verbs of every machine.

    @property
    def met(self) -> bool:
        """Whether the other side has shown that it speaks ZModem."""
        return self._phase is not Phase.OPENING

    def timeout(self, now: float) -> float | None:
        """Take the time; see Machine."""
        self._stream.now = now
        return super().timeout(now)

    def receive_data(self, data: bytes) -> None:
        """Take what the other side sent."""
        if self._options.keys and self._phase is Phase.OPENING and not self.over and data[:1] in NO_THANKS:
            self.cancel()
        super().receive_data(data)

    def offer(self, info: FileInfo) -> None:
        """Offer the next file. What cannot be sent is answered with `Refused` and `Ready`."""
        if self._phase is not Phase.READY:
            return
        block = encode_info(info)
        if (info.size or 0) > LARGEST_FILE:
            self._events += (Refused(info, Refusal.TOO_LARGE), Ready())
        elif len(block) > LARGEST_INFO or not info.name or b"\0" in info.name:
            self._events += (Refused(info, Refusal.NAME), Ready())
        else:
            self._phase, self._stale = Phase.OFFERED, True
            self._stream.open(info.size or 0)
            self._crcs.clear()
            self._asked.clear()
            self._progress()
            header = self._encoder.header(Frame.FILE, _BINARY_FILE)
            self._ask(header + self._encoder.subpackets(block, LARGEST_INFO, End.WAIT), _ANSWER)

    def finish(self) -> None:
        """End the batch."""
        if self._phase is Phase.READY:
            self._phase = Phase.CLOSING
            self._say(Frame.FIN, wait=_CLOSING)

    def prove(self, length: int, crc: int) -> None:
        """Answer `CrcWanted`."""
        self._crcs[length] = crc
        if self._phase is Phase.OFFERED:
            self._say(Frame.CRC, crc, _ANSWER)

    def wanted(self, limit: int = 65536) -> Span | None:
        """Return the piece of the file to supply next; None while there is nothing to do but wait."""
        return self._stream.wanted(limit) if self._phase is Phase.STREAMING else None

    def supply(self, span: Span, data: bytes) -> None:
        """Send a wanted piece. Fewer bytes than wanted mean that the file is shorter than it was."""
        stream = self._stream
        if self._phase is not Phase.STREAMING or span.offset != stream.offset:
            return  # the receiver asked for another place meanwhile
        if len(data) < span.size:
            stream.size = stream.offset + len(data)
        if not stream.framed:
            self._out.append(self._encoder.header(Frame.DATA, stream.offset))
        block = stream.block.size
        end = stream.advance(len(data))
        self._out.append(self._encoder.subpackets(data, block, end))
        self._timer.start(self._options.patience)
        self._after_piece(end)

    # The stream.

    def _after_piece(self, end: End) -> None:
        match end:
            case End.WAIT:
                self._phase = Phase.WAITING
                left = max(1.0, self._options.stall - self._timer.waited)
                self._timer.start(min(self._proof_wait if self._stream.proving else _ANSWER, left))
            case End.LAST:
                self._eof()
            case _ if self.wanted() is None:  # the window is full: an empty ZCRCQ may bring a lost ZACK again
                self._timer.start(self._options.stall / 3)
            case _:
                pass

    def _begin(self, offset: int) -> None:
        self._stream.start(offset)
        self._phase = Phase.STREAMING
        self._timer.start(self._options.patience)
        if self._stream.done:
            self._out += (self._encoder.header(Frame.DATA, offset), self._encoder.subpackets(b"", 1, End.LAST))
            self._eof()

    def _eof(self) -> None:
        self._phase = Phase.ENDING
        self._say(Frame.EOF, self._stream.size, min(_ANSWER, self._options.stall / 2))

    def _rewind(self, offset: int) -> None:
        """Go back to what the receiver misses, and send one subpacket until it says that it has it.

        What is on its way is stale, and each bad piece of it may bring the same ZRPOS again: those are not heeded.
        """
        stream = self._stream
        if offset > stream.furthest and not stream.proving:
            self._progress()
        elif self._struck():
            return
        self._out.clear()
        self._events.append(Rewound(offset))
        if stream.framed:
            self._out.append(self._encoder.subpackets(b"", 1, End.LAST))
        stream.back(offset)
        self._proof_wait = _PROOF
        self._begin(offset)

    # What the receiver says.

    def _on_rinit(self, header: Header) -> None:
        match self._phase:
            case Phase.OPENING:
                self._take_abilities(Abilities.of(header))
                self._next()
            case Phase.OFFERED if self._stale:
                self._stale = False
            case Phase.OFFERED | Phase.CLOSING:
                self._repeat()
            case Phase.ENDING:
                self._events.append(Sent(self._stream.size))
                self._next()
            case _:
                pass  # one that was late: a receiver in the middle of a file asks with ZRPOS

    def _take_abilities(self, abilities: Abilities) -> None:
        """Keep what the first ZRINIT says: qodem's second says nothing."""
        if abilities.controls:
            self._link = replace(self._link, controls=True)
        self._encoder = Encoder(self._link, wide=abilities.wide and self._options.crc32)
        segment = abilities.segment or (0 if abilities.queries else self._options.window)
        if segment:
            self._stream.segment = segment
            self._stream.block.limit(segment)

    def _next(self) -> None:
        self._phase = Phase.READY
        self._progress()
        self._timer.stop()
        self._events.append(Ready())

    def _on_rpos(self, header: Header) -> None:
        offset, stream = header.value, self._stream
        match self._phase:
            case Phase.OFFERED if offset > stream.size:
                self._fail(Reason.OUT_OF_STEP)
            case Phase.OFFERED:
                self._events.append(Started(offset))
                self._begin(offset)
            case Phase.STREAMING | Phase.WAITING if stream.proving and offset == stream.acked:
                pass
            case Phase.STREAMING | Phase.WAITING | Phase.ENDING if stream.acked <= offset <= stream.size:
                self._rewind(offset)
            case _:
                pass

    def _on_skip(self, _: Header) -> None:
        if self._phase in {Phase.OFFERED, Phase.STREAMING, Phase.WAITING, Phase.ENDING}:
            if self._phase is not Phase.OFFERED:
                self._out.clear()
            if self._stream.framed:  # zmodem.js reads on to the frame's end
                self._out.append(self._encoder.subpackets(b"", 1, End.LAST))
            self._events.append(Skipped())
            self._next()

    def _on_ack(self, header: Header) -> None:
        if self._phase not in {Phase.STREAMING, Phase.WAITING, Phase.ENDING}:
            return
        if self._stream.skipped(header.value):
            self._fail(Reason.OUT_OF_STEP)
            return
        if not self._stream.acknowledge(header.value):
            return
        self._progress()
        match self._phase:
            case Phase.WAITING if self._stream.done:
                self._eof()
            case Phase.WAITING if self._stream.acked == self._stream.offset:
                self._begin(self._stream.offset)
            case Phase.STREAMING:
                self._timer.start(self._options.patience)
            case _:
                pass

    def _on_crc(self, header: Header) -> None:
        if self._phase is not Phase.OFFERED:
            return
        length = min(header.value or self._stream.size, self._stream.size)
        if (crc := self._crcs.get(length)) is not None:
            self._say(Frame.CRC, crc, _ANSWER)
        elif length in self._asked:
            pass  # it is being worked out
        elif len(self._asked) >= _PROOFS:
            self._fail(Reason.OUT_OF_STEP)  # reading a file over and over is our cost, not the peer's
        else:
            self._asked.add(length)
            self._timer.stop()
            self._events.append(CrcWanted(length))

    def _on_nak(self, _: Header) -> None:
        match self._phase:
            case Phase.OPENING | Phase.OFFERED | Phase.ENDING | Phase.CLOSING:
                self._repeat()
            case Phase.STREAMING | Phase.WAITING if not self._stream.proving:
                self._rewind(self._stream.acked)
            case _:
                pass

    def _on_challenge(self, header: Header) -> None:
        if not self._struck():
            self._out.append(self._hex(Frame.ACK, header.value))

    def _on_fin(self, _: Header) -> None:
        if self._phase is Phase.CLOSING:
            self._out.append(OVER_AND_OUT)  # at once: rz waits for it 30 s, zmodem.js for nothing else
            self._phase = Phase.CLOSED
            self._timer.start(_LINE_END)
        else:
            self._given_up()

    def _on_abort(self, _: Header) -> None:
        self._given_up()

    def _given_up(self) -> None:
        if self._phase is not Phase.CLOSED:
            self._out[:] = [self._hex(Frame.FIN)]
            self._end(Failed(Reason.GAVE_UP))

    # What does not come.

    def _all_said(self) -> bool:
        return self._phase in {Phase.CLOSING, Phase.CLOSED}

    def _expire(self) -> None:
        waited = self._timer.waited
        match self._phase:
            case Phase.OPENING if waited < self._options.opening:
                self._request()
            case Phase.OPENING:
                self._fail(Reason.NO_PEER)
            case Phase.CLOSING if waited < _GOODBYES:
                self._say(Frame.FIN, wait=_CLOSING)
            case Phase.CLOSING | Phase.CLOSED:
                self._end(Finished())  # every file was acknowledged
            # Who lost the last word asks again; zmodem.js, slow or asking a person, dies of a second one.
            case Phase.OFFERED if waited < self._options.patience:
                self._stale = False
                self._timer.start(self._options.patience - waited)
            case Phase.ENDING if waited < self._options.stall:
                self._timer.start(self._options.stall - waited)
            case Phase.WAITING if waited < self._options.stall:
                self._prove_again()
            case Phase.STREAMING if self.wanted() is None and waited < self._options.stall:
                self._stream.ask()
                self._out.append(self._encoder.subpackets(b"", 1, End.QUERY))
                self._timer.start(self._options.stall / 3)
            case _:
                self._fail(Reason.SILENT)

    def _request(self) -> None:
        self._say(Frame.RQINIT, wait=self._options.opening / _REQUESTS)

    def _prove_again(self) -> None:
        """Send the subpacket again whose ZACK did not come."""
        self._stream.proving, self._proof_wait = True, min(2 * self._proof_wait, _LATEST_PROOF)
        self._begin(self._stream.acked)

    def _run(self) -> None:
        super()._run()
        if not self.over and self._phase is Phase.CLOSED and self._line_ended():
            self._end(Finished())

    def _may_read(self) -> bool:
        return self._phase is not Phase.CLOSED

    def _line_ended(self) -> bool:
        """Whether the line end behind ZFIN is complete; what follows is no longer ours."""
        while byte := self._reader.peek():
            if byte not in {b"\r", b"\x8d", b"\0", b"\n", b"\x8a"}:
                return True
            self._reader.drop()
            if byte in {b"\n", b"\x8a"}:
                return True
        return False

    def _bad_header(self) -> None:
        if self._phase in {Phase.OFFERED, Phase.ENDING} and not self._struck():
            self._out.append(self._hex(Frame.NAK))
