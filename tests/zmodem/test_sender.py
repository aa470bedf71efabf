from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.zmodem import (
    ABORT,
    Cancelled,
    CrcWanted,
    Event,
    Failed,
    FileInfo,
    Finished,
    Ready,
    Reason,
    Refusal,
    Refused,
    Rewound,
    Sender,
    SendOptions,
    Sent,
    Skipped,
    Started,
)
from sttelnet.zmodem.frames import End, Frame
from sttelnet.zmodem.headers import flags, hex_header
from tests.zmodem.wire import RINIT, WIDE, headers

SIZE = 100_000
INFO = FileInfo(b"a.bin", SIZE, 1_700_000_000)


def rpos(offset: int) -> bytes:
    return hex_header(Frame.RPOS, offset)


def ack(offset: int) -> bytes:
    return hex_header(Frame.ACK, offset)


def streaming(offset: int = 0, options: SendOptions | None = None, hello: bytes = RINIT) -> Sender:
    sender = Sender(options)
    sender.receive_data(hello)
    sender.offer(INFO)
    sender.receive_data(rpos(offset))
    sender.data_to_send()
    sender.events()
    return sender


def pour(sender: Sender, most: int = 1 << 30) -> int:
    """Supply what is wanted, up to so many bytes."""
    supplied = 0
    while supplied < most and (span := sender.wanted(8192)) is not None:
        sender.supply(span, bytes(span.size))
        supplied += span.size
    return supplied


def ticked(sender: Sender) -> float:
    """Let the time pass, the driver still supplying what is wanted, until nothing more can happen."""
    now = 0.0
    while (due := sender.timeout(now)) is not None:
        now = due
        sender.timeout(now)
        pour(sender)
    return now


def test_it_begins_with_the_words_terminals_look_for() -> None:
    assert Sender().data_to_send() == b"rz\r**\x18B00000000000000\r\x8a\x11"
    assert Sender(SendOptions(greeting=b"")).data_to_send() == b"**\x18B00000000000000\r\x8a\x11"


def test_a_conversation_from_end_to_end() -> None:
    sender = streaming()
    assert pour(sender) == 100_000
    assert headers(sender.data_to_send())[-1] == (Frame.EOF, 100_000)
    sender.receive_data(RINIT)
    assert sender.events() == [Sent(100_000), Ready()]
    sender.finish()
    assert headers(sender.data_to_send()) == [(Frame.FIN, 0)]
    sender.receive_data(hex_header(Frame.FIN) + b"$ ")
    assert sender.data_to_send() == b"OO"
    assert sender.events() == [Finished()]
    assert sender.leftover() == b"$ "


def test_a_stale_invitation_does_not_offer_the_file_twice() -> None:
    sender = Sender()
    sender.receive_data(RINIT)
    sender.offer(INFO)
    sender.data_to_send()
    sender.receive_data(RINIT)
    assert sender.data_to_send() == b""
    sender.receive_data(RINIT)
    assert headers(sender.data_to_send())[0][0] == Frame.FILE


def test_a_file_of_4_gib_is_refused_and_the_next_asked_for() -> None:
    sender = Sender()
    sender.receive_data(RINIT)
    sender.events()
    large = FileInfo(b"large", 2**32)
    sender.offer(large)
    assert sender.events() == [Refused(large, Refusal.TOO_LARGE), Ready()]
    for name in (b"", b"a\0b", b"x" * 1100):
        sender.offer(FileInfo(name, 1))
        assert sender.events() == [Refused(FileInfo(name, 1), Refusal.NAME), Ready()]
    sender.offer(FileInfo(b"largest", 2**32 - 1))
    sender.receive_data(rpos(2**32 - 2))
    assert sender.events() == [Started(2**32 - 2)]


def test_an_error_brings_one_short_subpacket_and_repeats_of_the_question_are_swallowed() -> None:
    sender = streaming()
    pour(sender, 50_000)
    sender.data_to_send()
    sender.receive_data(rpos(8192))
    assert sender.events() == [Rewound(8192)]
    assert pour(sender) == 512
    assert headers(sender.data_to_send())[-1] == (Frame.DATA, 8192)
    sender.receive_data(rpos(8192) * 5)
    assert sender.data_to_send() == b""
    assert sender.events() == []
    sender.receive_data(ack(8704))
    assert pour(sender) == 100_000 - 8704


def test_the_acknowledgement_that_does_not_come_is_asked_for_again() -> None:
    sender = streaming()
    pour(sender, 50_000)
    sender.receive_data(rpos(8192))
    pour(sender)
    sender.data_to_send()
    sender.timeout(0)
    sender.timeout(2.1)
    assert pour(sender) == 512
    assert headers(sender.data_to_send()) == [(Frame.DATA, 8192)]


def test_questions_without_an_acknowledgement_in_between_end_it() -> None:
    sender = streaming()
    pour(sender)
    for offset in range(30):
        sender.receive_data(rpos(offset))
        pour(sender)
    assert sender.events()[-1] == Failed(Reason.GARBLED)


def test_a_place_beyond_the_file_is_an_error_at_first_and_ignored_later() -> None:
    sender = Sender()
    sender.receive_data(RINIT)
    sender.offer(INFO)
    sender.receive_data(rpos(100_001))
    assert sender.events()[-1] == Failed(Reason.OUT_OF_STEP)
    sender = streaming()
    pour(sender, 10_000)
    sender.receive_data(rpos(100_001))
    assert sender.events() == []


def windowed(window: int) -> Sender:
    sender = streaming(options=SendOptions(window=window))
    sender.timeout(0.0)
    return sender


def test_a_window_is_never_overrun_and_reopened_by_acknowledgements() -> None:
    sender = windowed(8192)
    assert pour(sender) == 8192
    sender.receive_data(ack(2048))
    assert pour(sender) == 2048
    sender.receive_data(ack(99_999) + ack(0) + ack(2048))
    assert pour(sender) == 0


def test_a_window_opens_up_to_its_limit_while_answers_come_quickly() -> None:
    sender = windowed(16384)
    acked, waiting = 0, pour(sender)
    assert waiting == 8192
    most = 0
    while acked < 60_000:
        acked += 2048
        sender.receive_data(ack(acked))
        waiting += pour(sender) - 2048
        most = max(most, waiting)
    assert most == 16384


def test_a_window_closes_on_a_slow_line_and_after_an_error() -> None:
    sender = windowed(32768)
    pour(sender)
    for offset in range(2048, 8193, 2048):
        sender.receive_data(ack(offset))
    opened = pour(sender)
    assert opened > 8192
    sender.timeout(10.0)
    sender.receive_data(ack(8192 + opened))
    assert pour(sender) < opened
    sender = windowed(32768)
    pour(sender)
    sender.receive_data(ack(8192))
    pour(sender)
    sender.receive_data(rpos(8192))
    pour(sender)
    sender.receive_data(ack(8192 + 512))
    assert pour(sender) == 8192 + 2048  # opening again


def test_a_person_without_zmodem_can_say_no_before_it_began() -> None:
    sender = Sender(SendOptions(keys=True))
    sender.receive_data(b"q")
    assert sender.events() == [Cancelled()]
    sender = streaming(options=SendOptions(keys=True))
    sender.receive_data(b"q")
    assert not sender.over


def test_a_receiver_that_leaves_without_a_word_is_given_up_after_one_window() -> None:
    sender = streaming(options=SendOptions(window=16384, stall=15))
    pour(sender)
    sender.receive_data(rpos(4096))
    pour(sender)
    assert ticked(sender) == 15
    assert sender.events()[-1] == Failed(Reason.SILENT)
    sender = streaming(options=SendOptions(window=16384, stall=15))
    pour(sender)
    assert ticked(sender) == 15
    assert len(sender.data_to_send()) < 9_000


def test_a_receiver_with_a_buffer_is_never_sent_more() -> None:
    sender = streaming(hello=hex_header(Frame.RINIT, flags(0x23) + 1024))
    for offset in range(1024, 99_000, 1024):
        assert pour(sender) == 1024
        sender.receive_data(ack(offset))
    sender = streaming(hello=hex_header(Frame.RINIT, flags(0x21)))
    assert pour(sender) == 1024


def test_the_first_invitation_counts_for_crc_and_escaping() -> None:
    sender = Sender()
    sender.receive_data(hex_header(Frame.RINIT, flags(0x03)))
    sender.data_to_send()
    sender.offer(INFO)
    assert sender.data_to_send().startswith(b"*\x18A")
    sender = Sender()
    sender.receive_data(hex_header(Frame.RINIT, flags(0x63)))
    sender.data_to_send()
    sender.offer(INFO)
    wire = sender.data_to_send()
    assert wire.startswith(b"*\x18C")
    assert b"\0" not in wire


def test_the_crc_of_a_file_is_read_once() -> None:
    sender = Sender()
    sender.receive_data(RINIT)
    sender.offer(INFO)
    sender.receive_data(hex_header(Frame.CRC, 1000))
    assert sender.events()[-1] == CrcWanted(1000)
    sender.prove(1000, 0xABCD)
    sender.data_to_send()
    sender.receive_data(hex_header(Frame.CRC, 1000))
    assert sender.events() == []
    assert headers(sender.data_to_send()) == [(Frame.CRC, 0xABCD)]
    sender.receive_data(hex_header(Frame.CRC))
    assert sender.events() == [CrcWanted(100_000)]


def test_a_peer_that_asks_for_crcs_without_end_has_a_file_read_a_few_times() -> None:
    sender = Sender()
    sender.receive_data(RINIT)
    sender.offer(INFO)
    sender.events()
    for _ in range(100):  # the same while it is being worked out
        sender.receive_data(hex_header(Frame.CRC, 1000))
    assert sender.events() == [CrcWanted(1000)]
    for length in range(2000, 3000):
        sender.receive_data(hex_header(Frame.CRC, length))
    wanted = [event for event in sender.events() if isinstance(event, CrcWanted)]
    assert len(wanted) == 3
    assert sender.over


def test_a_challenge_is_answered() -> None:
    sender = Sender()
    sender.data_to_send()
    sender.receive_data(hex_header(Frame.CHALLENGE, 0x12345678))
    assert headers(sender.data_to_send()) == [(Frame.ACK, 0x12345678)]


def test_what_was_garbled_on_the_way_is_sent_again() -> None:
    sender = Sender()
    first = sender.data_to_send()
    sender.receive_data(hex_header(Frame.NAK))
    assert first.endswith(sender.data_to_send())
    sender.receive_data(RINIT)
    sender.offer(INFO)
    offered = sender.data_to_send()
    sender.receive_data(hex_header(Frame.NAK))
    assert sender.data_to_send() == offered


@pytest.mark.parametrize("poured", [0, 10_000, 100_000])
def test_a_file_can_be_skipped_at_any_time(poured: int) -> None:
    sender = streaming()
    pour(sender, poured)
    sender.receive_data(hex_header(Frame.SKIP, 0x23000000))
    assert sender.events() == [Skipped(), Ready()]


@pytest.mark.parametrize("poured", [0, 10_000, 100_000])
def test_a_file_skipped_in_its_middle_is_left_at_the_end_of_a_frame(poured: int) -> None:
    sender = streaming()
    pour(sender, poured)
    inside = 0 < poured < SIZE
    sender.data_to_send()
    sender.receive_data(hex_header(Frame.SKIP))
    assert sender.data_to_send() == (WIDE.subpackets(b"", 1, End.LAST) if inside else b"")


@pytest.mark.parametrize("poured", [None, 100_000])
def test_an_offer_and_an_end_are_said_once_and_again_only_when_asked(poured: int | None) -> None:
    if poured is None:
        sender = Sender()
        sender.receive_data(RINIT)
        sender.data_to_send()
        sender.offer(INFO)
    else:
        sender = streaming()
        pour(sender, poured)
    said = sender.data_to_send()
    for second in range(25):
        sender.timeout(second)
        assert sender.data_to_send() == b""
    sender.receive_data(RINIT)
    assert sender.data_to_send() == (said if poured is None else b"")
    assert poured is None or sender.events()[-2:] == [Sent(SIZE), Ready()]


@pytest.mark.parametrize("frame", [Frame.ABORT, Frame.FERR, Frame.FIN])
def test_a_receiver_that_gives_up_is_let_go(frame: Frame) -> None:
    sender = streaming()
    pour(sender, 10_000)
    sender.receive_data(hex_header(frame))
    assert sender.data_to_send() == hex_header(Frame.FIN)
    assert sender.events() == [Failed(Reason.GAVE_UP)]


def test_cans_end_it_and_giving_up_is_told() -> None:
    sender = streaming()
    sender.receive_data(b"\x18" * 3)
    sender.receive_data(b"\x18" * 3)
    assert sender.events() == [Cancelled()]
    sender = streaming()
    sender.cancel()
    assert sender.data_to_send() == ABORT


def test_nobody_there_is_noticed_after_four_requests() -> None:
    sender = Sender(SendOptions(opening=15))
    assert ticked(sender) == 15
    assert sender.data_to_send().count(b"B0000") == 4
    assert sender.events() == [Failed(Reason.NO_PEER)]


def test_a_goodbye_that_is_not_answered_does_not_undo_what_was_sent() -> None:
    sender = Sender()
    sender.receive_data(RINIT)
    sender.finish()
    ticked(sender)
    assert sender.events()[-1] == Finished()


numbers = st.sampled_from([0, 1, 500, 1024, 8192, 99_999, 100_000, 2**31, 2**32 - 1, flags(0x23), flags(0x03) + 100])
words = st.builds(hex_header, st.sampled_from(list(Frame)), numbers) | st.binary(max_size=20) | st.just(RINIT)


@settings(max_examples=200, deadline=None)
@given(st.lists(words, max_size=40), st.sampled_from([0, 5000]), st.integers(0, 20_000))
def test_any_headers_in_any_order_neither_raise_nor_keep_it_going(wires: list[bytes], window: int, poured: int) -> None:
    sender = Sender(SendOptions(window=window))
    offered = 0
    for wire in [RINIT, *wires]:
        sender.receive_data(wire)
        for event in sender.events():
            offered += _answer(sender, event, offered)
        pour(sender, poured)
        sender.data_to_send()
    pour(sender)
    assert ticked(sender) <= 500


def _answer(sender: Sender, event: Event, offered: int) -> int:
    match event:
        case Ready() if offered < 3:
            sender.offer(INFO)
            return 1
        case Ready():
            sender.finish()
        case CrcWanted(length):
            assert length <= SIZE
            sender.prove(length, 1)
        case Started(offset) | Rewound(offset):
            assert offset <= SIZE
        case _:
            pass
    return 0
