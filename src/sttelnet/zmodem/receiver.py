"""The receiving side."""

from __future__ import annotations

from sttelnet.zmodem.events import (
    CommandRefused,
    Data,
    Failed,
    FileEnd,
    FileLost,
    Finished,
    Missed,
    Offer,
    Proof,
    Reason,
)
from sttelnet.zmodem.frames import CONTROLS, FLOW, MODULUS, NO_THANKS, SINIT_CONTROLS, End, Frame
from sttelnet.zmodem.headers import Header
from sttelnet.zmodem.info import parse_info
from sttelnet.zmodem.machine import Machine
from sttelnet.zmodem.reader import Chunk
from sttelnet.zmodem.receiving import Block, Goodbye, Phase, ReceiveOptions, abilities, near, unreadable

_PROOF = 5.0  # seconds for a ZCRC: Tera Term never answers one
_GOODBYE = 1.0  # seconds for "OO"
_GARBLED_HEADER = 1.0  # seconds: it may have been the ZDATA that was waited for
_MOST_CHOOSING = 60  # ZSINITs before a file
_STRANGER = 64 * 1024  # bytes that are no ZModem before the first header
_MOST_GARBAGE = 32 << 20  # bytes between two good items: what may be on its way behind an error


class Receiver(Machine):
    """Receives files, one after the other.

    On `Offer` call `accept` or `skip`, perhaps `ask_crc` first. Write what `Data` brings. On `FileEnd` make the file
    last, then call `complete`: the sender is not told that it arrived before that.
    """

    def __init__(self, options: ReceiveOptions | None = None, *, free: int = 0) -> None:
        self._options = options or ReceiveOptions()
        super().__init__(self._options.link)
        self.free = free  # what ZFREECNT is answered; 0: no limit
        self._phase = Phase.WAITING
        self._met = False  # a header has come
        self._block: Block | None = None  # what is read belongs to a header other than ZDATA
        self._offered = self._skipped = b""  # the information blocks of the file at hand, and of one not wanted
        self._offset = 0
        self._limit: int | None = None
        self._asked = False  # a ZRPOS is out and no data came since
        self._heard = False  # data of this file has come
        self._choosing = 0  # ZSINITs since the last file
        self._goodbye = Goodbye()
        self._abilities = abilities(self._options)
        self._repeat_after = min(self._options.repeat, self._options.patience / 3)
        self._answers = {
            Frame.RQINIT: self._on_rqinit,
            Frame.SINIT: self._on_block,
            Frame.FILE: self._on_block,
            Frame.COMMAND: self._on_block,
            Frame.STDERR: self._on_block,
            Frame.DATA: self._on_data,
            Frame.EOF: self._on_eof,
            Frame.CRC: self._on_crc,
            Frame.FREECNT: self._on_freecnt,
            Frame.NAK: self._on_nak,
            Frame.FIN: self._on_fin,
            Frame.ABORT: self._on_abort,
            Frame.FERR: self._on_abort,
        }
        self._invite(self._options.repeat)

    # What a driver calls besides the verbs of every machine.

    @property
    def met(self) -> bool:
        """Whether the other side has shown that it speaks ZModem."""
        return self._met

    @property
    def pouring(self) -> bool:
        """Whether data comes in a run: a driver may let some gather before it reads on."""
        return self._reader.pouring

    def receive_data(self, data: bytes) -> None:
        """Take what the other side sent."""
        if self._options.keys and not self._met and not self.over and data[:1] in NO_THANKS:
            self.cancel()
        super().receive_data(data)
        if data and self._phase is Phase.RECEIVING and self._reader.reading and not self.over:
            self._timer.start(self._repeat_after)  # a long subpacket on a slow line

    @property
    def resumes(self) -> bool:
        """Whether the offered file can be gone on with: zmodem.js, which leaves out the last NUL, dies of a ZCRC."""
        return self._offered.endswith(b"\0")

    def ask_crc(self, length: int) -> None:
        """Ask for the CRC-32 of the offered file's first bytes, where it `resumes`; `Proof` follows."""
        if self._phase is Phase.OFFERED:
            self._phase, self._offset = Phase.PROVING, length
            self._say(Frame.CRC, length, _PROOF)

    def accept(self, offset: int = 0, limit: int | None = None) -> None:
        """Take the offered file from this offset on. A byte beyond `limit` fails the transfer."""
        if self._phase in {Phase.OFFERED, Phase.PROVING}:
            self._phase, self._offset, self._limit = Phase.RECEIVING, offset, limit
            self._asked, self._heard, self._skipped = True, False, b""
            self._say(Frame.RPOS, offset, self._repeat_after)

    def skip(self) -> None:
        """Refuse the file at hand: offered, half received, or whole and not to be kept."""
        if self._phase in {Phase.OFFERED, Phase.PROVING, Phase.RECEIVING, Phase.ENDED}:
            self._reader.leave()
            self._block = None
            self._phase, self._skipped = Phase.WAITING, self._offered
            self._progress()
            self._say(Frame.SKIP, wait=min(self._options.repeat, self._options.patience))

    def complete(self) -> None:
        """Tell the sender that the file is in safe hands."""
        if self._phase is Phase.ENDED:
            self._phase = Phase.WAITING
            self._progress()
            self._invite(min(self._options.repeat, self._options.patience))

    # What the sender says.

    def _header(self, header: Header) -> None:
        if header.frame in self._answers:
            self._met = True
        super()._header(header)

    def _invite(self, wait: float) -> None:
        self._say(Frame.RINIT, self._abilities, wait)

    def _on_rqinit(self, _: Header) -> None:
        if self._phase is Phase.WAITING and not self._struck():
            self._invite(self._options.repeat)

    def _on_block(self, header: Header) -> None:
        if self._phase is not Phase.CLOSING:
            self._block = Block(header)
            self._reader.enter(header.style)

    def _on_data(self, header: Header) -> None:
        match self._phase:
            case Phase.RECEIVING if near(header.value, self._offset) == self._offset:
                self._block = None
                self._reader.enter(header.style)
            case Phase.RECEIVING:
                self._miss()
            case Phase.WAITING:
                self._stray()
            case _:
                pass

    def _on_eof(self, header: Header) -> None:
        match self._phase:
            case Phase.RECEIVING:
                self._end_of_file(near(header.value, self._offset))
            case Phase.WAITING:
                self._stray()
            case _:
                pass

    def _end_of_file(self, size: int) -> None:
        if size == self._offset:
            self._phase = Phase.ENDED
            self._timer.stop()
            self._events.append(FileEnd(size))
        elif size < self._offset and self._heard:
            self._fail(Reason.OUT_OF_STEP)
        elif not self._asked:
            self._miss()

    def _stray(self) -> None:
        """Answer what belongs to a file that is done: our last word was lost."""
        if self._met and not self._struck():
            self._ask(self._last, self._options.repeat)

    def _on_crc(self, header: Header) -> None:
        if self._phase is Phase.PROVING:
            self._proven(header.value)

    def _proven(self, crc: int | None) -> None:
        self._phase = Phase.OFFERED
        self._timer.stop()
        self._events.append(Proof(self._offset, crc))

    def _on_freecnt(self, _: Header) -> None:
        if not self._struck():
            self._out.append(self._hex(Frame.ACK, min(self.free, MODULUS - 1)))

    def _on_nak(self, _: Header) -> None:
        self._repeat()

    def _on_fin(self, _: Header) -> None:
        if self._phase is Phase.RECEIVING:
            self._events.append(FileLost(self._offset))
        self._phase = Phase.CLOSING
        self._out.append(self._hex(Frame.FIN))
        self._timer.start(_GOODBYE)
        self._struck()

    def _on_abort(self, _: Header) -> None:
        if self._phase is not Phase.CLOSING:
            self._out.append(self._hex(Frame.FIN))
            self._end(Failed(Reason.GAVE_UP))

    # What stands behind headers other than ZDATA.

    def _chunk(self, chunk: Chunk) -> None:
        if (block := self._block) is None:
            self._data(chunk)
            return
        whole = block.take(chunk)
        if block.too_long:
            self._reader.leave()
            self._block = None
            self._struck()
        elif whole is not None:
            self._block = None
            self._on_whole_block(block.header, whole)

    def _on_whole_block(self, header: Header, block: bytes) -> None:
        match header.frame:
            case Frame.FILE:
                self._on_file(header, block)
            case Frame.SINIT:  # the string to interrupt us with is of no use to one who sends while reading
                self._reader.noise = CONTROLS if header.flags & SINIT_CONTROLS else FLOW
                self._out.append(self._hex(Frame.ACK))
                self._choosing += 1
                if self._phase is Phase.WAITING and self._choosing <= _MOST_CHOOSING:
                    # zmodem.js says it every 5 s while a person chooses files
                    self._timer.reset()
                    self._timer.start(self._options.repeat)  # and takes no other ZRINIT
            case Frame.COMMAND:
                self._events.append(CommandRefused(block.partition(b"\0")[0]))
                if not self._struck():
                    self._out.append(self._hex(Frame.COMPL, 1))
            case _:
                pass

    def _on_file(self, header: Header, block: bytes) -> None:
        match self._phase:
            case Phase.WAITING if block == self._skipped:
                self._stray()
            case Phase.WAITING:
                self._offer(header, block)
            case Phase.RECEIVING if block == self._offered:
                self._repeat()
            case Phase.RECEIVING:
                self._events.append(FileLost(self._offset))
                self._offer(header, block)
            case _:
                pass  # the driver has not yet said what to answer

    def _offer(self, header: Header, block: bytes) -> None:
        self._offered = block
        self._choosing = 0
        self._phase = Phase.OFFERED
        self._timer.stop()
        self._timer.reset()
        if unreadable(header.value):
            self.skip()
        else:
            self._strikes = 0
            self._events.append(Offer(parse_info(block), header.value))

    # Data.

    def _data(self, chunk: Chunk) -> None:
        start = self._offset
        if chunk.data:
            if self._limit is not None and start + len(chunk.data) > self._limit:
                self._fail(Reason.TOO_LONG)
                return
            self._offset += len(chunk.data)
            self._events.append(Data(start, chunk.data))
            self._asked, self._heard = False, True
            self._progress()
        self._out += [self._hex(Frame.ACK, (start + query) % MODULUS) for query in chunk.queries]
        if chunk.end is End.WAIT:
            self._out.append(self._hex(Frame.ACK, self._offset % MODULUS))
        self._timer.start(self._repeat_after)

    def _miss(self) -> None:
        """Ask the sender to go on from where data is missing."""
        if not self._struck():
            self._asked = True
            self._events.append(Missed(self._offset))
            self._say(Frame.RPOS, self._offset % MODULUS, self._repeat_after)

    def _bad_data(self) -> None:
        if self._block is None:
            self._miss()
        else:
            self._block = None
            self._nak()

    def _bad_header(self) -> None:
        match self._phase:
            case Phase.RECEIVING:
                self._timer.start(_GARBLED_HEADER)
            case Phase.WAITING | Phase.PROVING if self._met:
                self._nak()
            case _:
                pass

    def _nak(self) -> None:
        if not self._struck():
            self._out.append(self._hex(Frame.NAK))

    # What does not come.

    def _all_said(self) -> bool:
        return self._phase is Phase.CLOSING

    def _expire(self) -> None:
        waited = self._timer.waited
        match self._phase:
            case Phase.CLOSING:
                self._end(Finished())
            case Phase.PROVING:
                self._proven(None)
            case Phase.WAITING if not self._met:
                self._knock(waited)
            case Phase.WAITING if waited < self._options.patience:
                self._ask(self._last, self._options.repeat)
            case Phase.RECEIVING if waited < self._options.patience:
                self._reader.leave()
                self._block = None
                self._miss()
            case _:
                self._fail(Reason.SILENT)

    def _knock(self, waited: float) -> None:
        if waited < self._options.opening:
            self._ask(self._last, self._options.repeat)
        else:
            self._fail(Reason.NO_PEER)

    def _run(self) -> None:
        super()._run()
        garbage = self._reader.garbage
        if garbage > (_MOST_GARBAGE if self._met else _STRANGER):
            self._fail(Reason.GARBLED if self._met else Reason.NO_PEER)

    def _may_read(self) -> bool:
        return self._phase is not Phase.CLOSING or self._may_hear_more()

    def _may_hear_more(self) -> bool:
        """Whether a header may follow the last ZFIN: ours was lost, and it is said again."""
        heard = self._goodbye.heard(self._reader)
        if heard:
            self._end(Finished())
        return heard is False
