from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.zmodem import (
    ABORT,
    NVT,
    Cancelled,
    CommandRefused,
    Data,
    Event,
    Failed,
    FileEnd,
    FileInfo,
    FileLost,
    Finished,
    Missed,
    Offer,
    Proof,
    Reason,
    ReceiveOptions,
    Receiver,
)
from sttelnet.zmodem.frames import End, Frame
from sttelnet.zmodem.headers import flags, hex_header
from tests.zmodem.wire import RINIT, RQINIT, block, data, eof, headers, offer

FIN = hex_header(Frame.FIN)


def heard(receiver: Receiver, wire: bytes) -> list[tuple[Frame, int]]:
    receiver.receive_data(wire)
    return headers(receiver.data_to_send())


def receiving(offset: int = 0, limit: int | None = None, **options: object) -> Receiver:
    receiver = Receiver(**options)  # type: ignore[arg-type]
    receiver.receive_data(RQINIT + offer())
    receiver.accept(offset, limit)
    receiver.data_to_send()
    receiver.events()
    return receiver


def test_it_invites_at_once_with_the_words_terminals_know() -> None:
    assert Receiver().data_to_send() == RINIT
    assert b"B0100000063" in Receiver(ReceiveOptions(NVT)).data_to_send()


def test_a_file_comes_in_and_is_acknowledged_only_when_it_is_kept() -> None:
    receiver = receiving()
    assert heard(receiver, data(0, b"0123456789") + eof(10)) == []
    assert receiver.events() == [Data(0, b"0123456789"), FileEnd(10)]
    receiver.complete()
    assert headers(receiver.data_to_send()) == [(Frame.RINIT, flags(0x23))]
    assert heard(receiver, FIN) == [(Frame.FIN, 0)]
    receiver.receive_data(b"OO$ ls\r\n")
    assert receiver.events() == [Finished()]
    assert receiver.leftover() == b"$ ls\r\n"


@pytest.mark.parametrize("tail", [b"", b"O", b"OO", b"OOO", b"$ ", b"\x1b[2J"])
def test_what_follows_the_transfer_is_not_lost(tail: bytes) -> None:
    receiver = Receiver()
    receiver.receive_data(RQINIT + FIN + tail)
    receiver.timeout(0)
    receiver.timeout(2)
    assert receiver.events() == [Finished()]
    assert receiver.leftover() == tail.removeprefix(b"O").removeprefix(b"O")


def test_a_lost_goodbye_is_said_again() -> None:
    receiver = Receiver()
    receiver.receive_data(RQINIT + FIN)
    receiver.data_to_send()
    assert heard(receiver, FIN + b"O") == [(Frame.FIN, 0)]
    receiver.receive_data(b"O")
    assert receiver.over


def test_a_bare_end_of_file_is_an_empty_file() -> None:
    receiver = receiving()
    receiver.receive_data(eof(0))
    assert receiver.events() == [FileEnd(0)]


def test_garbled_data_is_asked_for_again_once() -> None:
    receiver = receiving()
    wire = bytearray(data(0, bytes(5000)))
    wire[3000] ^= 1
    assert heard(receiver, bytes(wire) + eof(5000)) == [(Frame.RPOS, 2048)]
    assert receiver.events() == [Data(0, bytes(2048)), Missed(2048)]
    assert heard(receiver, data(2048, bytes(2952)) + eof(5000)) == []
    assert receiver.events() == [Data(2048, bytes(2952)), FileEnd(5000)]


def test_data_from_another_place_is_not_taken() -> None:
    receiver = receiving()
    assert heard(receiver, data(512, b"abc")) == [(Frame.RPOS, 0)]
    assert receiver.events() == [Missed(0)]


def test_acknowledgements_name_the_place_reached() -> None:
    receiver = receiving()
    wire = data(0, b"a" * 10, End.QUERY) + data(0, b"", End.LAST)[-10:]
    receiver.receive_data(wire)
    assert headers(receiver.data_to_send())[:1] == [(Frame.ACK, 10)]
    receiver = receiving()
    assert heard(receiver, data(0, b"a" * 10, End.WAIT)) == [(Frame.ACK, 10)]


def test_offsets_go_round_at_4_gib() -> None:
    receiver = receiving(2**32 - 5)
    receiver.receive_data(data(2**32 - 5, b"0123456789") + eof(5))
    assert receiver.events() == [Data(2**32 - 5, b"0123456789"), FileEnd(2**32 + 5)]


def test_an_end_short_of_what_came_fails_and_one_beyond_is_asked_about() -> None:
    receiver = receiving()
    receiver.receive_data(data(0, b"0123456789") + eof(9))
    assert receiver.events()[-1] == Failed(Reason.OUT_OF_STEP)
    receiver = receiving()
    assert heard(receiver, data(0, b"01234") + eof(10)) == [(Frame.RPOS, 5)]
    assert heard(receiver, eof(10)) == []


def test_more_than_agreed_ends_it_and_is_not_passed_on() -> None:
    receiver = receiving(limit=1000)
    receiver.receive_data(data(0, bytes(1024)))
    assert receiver.events() == [Failed(Reason.TOO_LONG)]
    assert receiver.data_to_send() == ABORT


def test_commands_are_refused() -> None:
    receiver = Receiver()
    receiver.data_to_send()
    assert heard(receiver, hex_header(Frame.RQINIT, flags(18))) == [(Frame.RINIT, flags(0x23))]
    assert heard(receiver, block(Frame.COMMAND, b"rm -rf /\0")) == [(Frame.COMPL, 1)]
    assert receiver.events() == [CommandRefused(b"rm -rf /")]


def test_an_attention_string_is_acknowledged_and_forgotten() -> None:
    receiver = receiving()
    assert heard(receiver, block(Frame.SINIT, b"\x03\xde\xdd\0", flags(0x40))) == [(Frame.ACK, 0)]
    wire = bytearray(data(0, bytes(5000)))
    assert b"\x03" not in receiver.data_to_send()
    wire[100] ^= 1
    receiver.receive_data(bytes(wire))
    assert b"\x03" not in receiver.data_to_send()


def test_a_sender_that_says_it_is_still_there_is_waited_for() -> None:
    receiver = Receiver(ReceiveOptions(patience=30))
    assert receiver.data_to_send() == RINIT
    for second in range(300):
        wire = b"" if second % 5 else block(Frame.SINIT, b"\0", flags(0x40))
        assert heard(receiver, wire) == ([(Frame.ACK, 0)] if wire else [])  # another ZRINIT is too much for zmodem.js
        receiver.timeout(float(second))
    assert not receiver.over


def test_a_sender_that_says_nothing_else_is_not_waited_for_without_end() -> None:
    receiver = Receiver(ReceiveOptions(patience=30))
    for second in range(400):
        receiver.receive_data(b"" if second % 5 else block(Frame.SINIT, b"\0", flags(0x40)))
        receiver.timeout(float(second))
    assert receiver.events()[-1] == Failed(Reason.SILENT)


@pytest.mark.parametrize("end", [b"", b"\0"])
def test_a_sender_that_leaves_out_the_last_nul_is_zmodem_js_and_goes_on_with_nothing(end: bytes) -> None:
    receiver = Receiver()
    receiver.receive_data(block(Frame.FILE, b"a.bin\x0010 0 0 0 1" + end))
    assert receiver.resumes == bool(end)


def test_free_space_is_what_the_driver_says() -> None:
    receiver = Receiver(free=5000)
    receiver.data_to_send()
    assert heard(receiver, hex_header(Frame.FREECNT)) == [(Frame.ACK, 5000)]


def test_text_for_the_error_stream_is_dropped() -> None:
    receiver = Receiver()
    receiver.data_to_send()
    assert heard(receiver, block(Frame.STDERR, b"\x1b[2J")) == []
    assert receiver.events() == []


def test_a_garbled_offer_is_asked_for_again() -> None:
    receiver = Receiver()
    receiver.data_to_send()
    wire = bytearray(offer())
    wire[-8] ^= 1
    assert heard(receiver, bytes(wire)) == [(Frame.NAK, 0)]
    receiver.receive_data(offer())
    assert receiver.events() == [Offer(FileInfo(b"a.bin", 10, 1_700_000_000, 1, 10))]


def test_an_offer_repeated_is_answered_again_and_another_one_means_the_file_is_left() -> None:
    receiver = receiving()
    assert heard(receiver, offer()) == [(Frame.RPOS, 0)]
    receiver.receive_data(data(0, b"01234") + offer(b"b.bin"))
    assert [type(event) for event in receiver.events()] == [Data, FileLost, Offer]


def test_a_file_in_a_form_nobody_reads_is_skipped() -> None:
    for wishes in (flags(1, 0, 1), flags(1, 0, 3), flags(1, 0, 0, 0x40)):
        receiver = Receiver()
        receiver.data_to_send()
        assert heard(receiver, offer(value=wishes)) == [(Frame.SKIP, 0)]
        assert receiver.events() == []


def test_proof_is_asked_for_and_done_without() -> None:
    receiver = Receiver()
    receiver.receive_data(offer())
    receiver.ask_crc(5)
    assert headers(receiver.data_to_send())[-1] == (Frame.CRC, 5)
    receiver.receive_data(hex_header(Frame.CRC, 0xCAFE))
    assert receiver.events()[-1] == Proof(5, 0xCAFE)
    receiver.ask_crc(5)
    receiver.timeout(0)
    receiver.timeout(6)
    assert receiver.events()[-1] == Proof(5, None)


def test_words_about_a_finished_file_get_the_last_answer_again() -> None:
    receiver = receiving()
    receiver.receive_data(data(0, b"x") + eof(1))
    receiver.complete()
    receiver.data_to_send()
    assert heard(receiver, data(0, b"x") + eof(1)) == [(Frame.RINIT, flags(0x23))] * 2


@pytest.mark.parametrize("key", [b"\x1b", b"\x03", b"q", b"Q\r"])
def test_a_person_who_has_no_file_says_so_with_a_key(key: bytes) -> None:
    receiver = Receiver(ReceiveOptions(keys=True))
    receiver.receive_data(key)
    assert receiver.events() == [Cancelled()]
    receiver = receiving(options=ReceiveOptions(keys=True))
    receiver.receive_data(key)
    assert not receiver.over


def test_cans_end_it_and_giving_up_is_told() -> None:
    receiver = receiving()
    receiver.receive_data(data(0, bytes(2000))[:1500] + b"\x18" * 5)
    assert receiver.events()[-1] == Cancelled()
    receiver = receiving()
    receiver.cancel()
    assert receiver.data_to_send() == ABORT


@pytest.mark.parametrize("frame", [Frame.ABORT, Frame.FERR])
def test_a_sender_that_gives_up_is_let_go(frame: Frame) -> None:
    receiver = receiving()
    assert heard(receiver, hex_header(frame)) == [(Frame.FIN, 0)]
    assert receiver.events() == [Failed(Reason.GAVE_UP)]


def test_a_sender_that_leaves_in_the_middle_is_told_of() -> None:
    receiver = receiving()
    receiver.receive_data(data(0, b"123") + FIN + b"OO")
    assert receiver.events() == [Data(0, b"123"), FileLost(3), Finished()]


def ticked(receiver: Receiver) -> float:
    now = 0.0
    while (due := receiver.timeout(now)) is not None:
        now = due
    return now


def test_nobody_there_is_noticed_and_the_invitation_repeated_a_few_times() -> None:
    receiver = Receiver(ReceiveOptions(opening=60, repeat=20))
    assert ticked(receiver) == 60
    assert receiver.data_to_send().count(RINIT) == 3
    assert receiver.events() == [Failed(Reason.NO_PEER)]


def test_a_sender_that_falls_silent_is_given_up() -> None:
    receiver = receiving(options=ReceiveOptions(patience=15))
    receiver.receive_data(data(0, bytes(3000))[:2000])
    assert ticked(receiver) == 15
    assert receiver.events()[-1] == Failed(Reason.SILENT)
    assert receiver.data_to_send().endswith(ABORT)


def test_what_is_no_zmodem_is_not_read_for_ever() -> None:
    receiver = Receiver()
    for _ in range(70):
        receiver.receive_data(b"x" * 1024)
    assert receiver.events() == [Failed(Reason.NO_PEER)]


def test_a_line_that_never_gets_better_is_given_up() -> None:
    receiver = receiving()
    wire = bytearray(data(0, bytes(500)))
    wire[100] ^= 1
    for _ in range(30):
        receiver.receive_data(bytes(wire))
    assert receiver.events()[-1] == Failed(Reason.GARBLED)


frames = st.sampled_from(list(Frame))
numbers = st.sampled_from([0, 1, 5, 10, 1024, 2**31, 2**32 - 1, flags(0x23), flags(18)])
words = st.one_of(
    st.builds(hex_header, frames, numbers),
    st.builds(
        block,
        st.sampled_from([Frame.FILE, Frame.SINIT, Frame.COMMAND, Frame.STDERR, Frame.DATA]),
        st.binary(max_size=99),
        numbers,
    ),
    st.builds(offer, st.sampled_from([b"a", b"b", b"../c", b""]), st.sampled_from([0, 10, 1 << 40])),
    st.builds(data, numbers, st.binary(max_size=50), st.sampled_from(list(End))),
    st.builds(eof, numbers),
    st.binary(max_size=20),
)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(words, max_size=40),
    st.lists(st.sampled_from(["accept", "skip", "ask", "complete", "nothing"]), min_size=1),
)
def test_any_headers_in_any_order_neither_raise_nor_keep_it_going(wires: list[bytes], choices: list[str]) -> None:
    receiver = Receiver(ReceiveOptions(patience=15))
    answers = iter(choices * 200)
    position = 0
    for wire in wires:
        receiver.receive_data(wire)
        for event in receiver.events():
            if isinstance(event, Data):
                assert event.offset == position
                position += len(event.data)
            if isinstance(event, Offer | Proof | FileEnd):
                position = 0
                _choose(receiver, next(answers))
    receiver.data_to_send()
    assert ticked(receiver) <= 200


def _choose(receiver: Receiver, choice: str) -> None:
    match choice:
        case "accept":
            receiver.accept()
        case "skip":
            receiver.skip()
        case "ask":
            receiver.ask_crc(3)
        case "complete":
            receiver.complete()
        case _:
            pass


def trace(wires: list[bytes]) -> tuple[list[Event], bytes]:
    """Return what happens, data joined, for what comes in these pieces."""
    receiver = Receiver()
    happened: list[Event] = []
    said = b""
    for wire in wires:
        receiver.receive_data(wire)
        for event in receiver.events():
            match event:
                case Offer():
                    receiver.accept()
                case FileEnd():
                    receiver.complete()
                case _:
                    pass
            if isinstance(event, Data) and happened and isinstance(before := happened[-1], Data):
                happened[-1] = Data(before.offset, before.data + event.data)
            else:
                happened.append(event)
        said += receiver.data_to_send()
    return happened, said


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 12000), max_size=10))
def test_the_cuts_between_reads_change_nothing_that_happens(cuts: list[int]) -> None:
    content = random.Random(4).randbytes(10000)
    first = [RQINIT, offer(size=10000)]
    rest = data(0, content[:6000], End.QUERY) + data(6000, content[6000:]) + eof(10000)
    places = sorted({0, len(rest), *(cut % len(rest) for cut in cuts)})
    assert trace([*first, *(rest[a:b] for a, b in pairwise(places))]) == trace([*first, rest])


def test_one_byte_at_a_time_changes_nothing_that_happens() -> None:
    whole = [RQINIT, offer(size=3000), data(0, bytes(3000)) + eof(3000), FIN, b"OO"]
    assert trace([bytes((byte,)) for wire in whole for byte in wire]) == trace(whole)


def test_nothing_but_faults_is_read_in_parts_so_that_others_may_go_first() -> None:
    receiver = receiving()
    receiver.receive_data(b"*\x18C" * 40_000 + data(0, b"0123456789") + eof(10))
    calls = 1
    while receiver.behind:
        assert receiver.events() == []
        receiver.receive_data(b"")
        calls += 1
    assert calls > 50
    assert receiver.events() == [Data(0, b"0123456789"), FileEnd(10)]


def test_it_is_not_behind_after_what_ends_it() -> None:
    receiver = receiving()
    receiver.receive_data(b"*\x18C" * 600 + ABORT)
    assert receiver.behind
    receiver.receive_data(b"")
    assert receiver.over
    assert not receiver.behind
