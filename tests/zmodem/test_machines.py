from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sttelnet.zmodem import (
    NVT,
    TELNET,
    Cancelled,
    Failed,
    FileInfo,
    Finished,
    Link,
    Reason,
    ReceiveOptions,
    SendOptions,
    Skipped,
)
from tests.zmodem.pair import Line, Pair, doubles, flips, flow, holes, named

CONTENT = random.Random(7).randbytes(300_000)


def carried(pair: Pair) -> bool:
    return pair.sent[-1] == Finished() == pair.received[-1] and arrived(pair)


def arrived(pair: Pair) -> bool:
    """Whether the file is there as it was sent. Compared here: to show how two large ones differ takes minutes."""
    return pair.kept == {b"file.bin": CONTENT}


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 8191, 8192, 8193, 65536, 65537])
@pytest.mark.parametrize("block", [1024, 8192])
def test_files_of_every_size_arrive(size: int, block: int) -> None:
    pair = Pair([named(CONTENT[:size])], SendOptions(block=block))
    pair.run()
    assert pair.kept == {b"file.bin": CONTENT[:size]}
    assert pair.errors == pair.rewinds == 0
    assert pair.now == 0


@pytest.mark.parametrize("link", [TELNET, NVT, Link(controls=True), Link(returns=True)])
@pytest.mark.parametrize("crc32", [True, False])
@pytest.mark.parametrize("window", [0, 4096])
def test_every_link_carries_every_byte(link: Link, crc32: bool, window: int) -> None:
    content = bytes(range(256)) * 300 + b"\xff" * 3000 + b"\x18" * 3000 + b"@\r" * 500
    pair = Pair([named(content)], SendOptions(link, window=window), ReceiveOptions(link, crc32=crc32))
    pair.run()
    assert pair.kept == {b"file.bin": content}
    assert pair.errors == 0
    assert pair.now == 0


def test_a_batch_arrives_without_a_wait() -> None:
    files = [named(CONTENT[: 13 * n], f"{n}.bin") for n in range(100)]
    pair = Pair(files)
    pair.run()
    assert pair.kept == {info.name: content for info, content in files}
    assert pair.now == 0


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32), st.sampled_from(["flip", "hole", "big hole", "double", "flow"]), st.booleans(), st.booleans()
)
def test_a_bad_line_only_costs_time(seed: int, kind: str, windowed: bool, both_ways: bool) -> None:
    harms = {
        "flip": flips(seed, 3e-5),
        "hole": holes(seed, 3e-5),
        "big hole": holes(seed, 1e-5, 2048),
        "double": doubles(seed, 3e-5),
        "flow": flow(seed, 3e-4),
    }
    back = flips(seed + 1, 1e-3) if both_ways else None
    pair = Pair(
        [named(CONTENT)],
        SendOptions(window=32768 if windowed else 0),
        out=Line(harms[kind], room=100_000),
        back=Line(back) if back else Line(),
    )
    pair.piece = 8192
    pair.run()
    assert arrived(pair)
    assert pair.sent[-1] == Finished()


@pytest.mark.parametrize("lost", range(8, 40))
def test_a_window_keeps_a_file_out_that_lacks_whole_subpackets(lost: int) -> None:
    """Nothing but the ZACKs tells: what comes behind a hole between two subpackets is proven, and has no place."""
    writes = iter(range(1000))
    out = Line(lambda data: b"" if next(writes, 0) == lost else data, room=100_000)
    pair = Pair([named(CONTENT)], SendOptions(window=32768), out=out)
    pair.piece = 1024
    pair.run()
    assert pair.sent[-1] == Failed(Reason.OUT_OF_STEP)
    assert pair.received[-1] == Cancelled()
    assert not pair.kept
    assert pair.now == 0


def test_flow_control_characters_of_the_line_cost_nothing_at_all() -> None:
    pair = Pair([named(CONTENT)], out=Line(flow(3, 1e-3)))
    pair.run()
    assert carried(pair)
    assert pair.errors <= 2


def test_an_error_is_mended_without_a_wait_and_stale_bytes_bring_one_rewind() -> None:
    hits = iter([False] * 12 + [True])

    def once(data: bytes) -> bytes:
        return data[:500] + b"?" + data[501:] if next(hits, False) else data

    pair = Pair([named(CONTENT)], out=Line(once, room=200_000))
    pair.piece = 8192
    pair.run()
    assert carried(pair)
    assert pair.rewinds == 1
    assert pair.now == 0


def test_resuming_is_proven_by_the_crc_of_what_is_there() -> None:
    pair = Pair([named(CONTENT)])
    pair.partial = {b"file.bin": CONTENT[:123_456]}
    pair.run()
    assert carried(pair)
    assert pair.out.carried < len(CONTENT) - 123_456 + 12_000


def test_what_is_there_but_differs_is_not_built_upon() -> None:
    pair = Pair([named(CONTENT)])
    pair.partial = {b"file.bin": b"x" + CONTENT[1:123_456]}
    pair.run()
    assert carried(pair)


def test_a_file_that_is_whole_already_can_be_resumed_at_its_end() -> None:
    pair = Pair([named(CONTENT)])
    pair.partial = {b"file.bin": CONTENT}
    pair.run()
    assert carried(pair)


def test_a_file_that_shrank_ends_where_it_ends() -> None:
    info, content = named(CONTENT)
    pair = Pair([(info, content[:200_000])])
    pair.run()
    assert pair.kept == {b"file.bin": CONTENT[:200_000]}


def test_files_not_wanted_are_skipped() -> None:
    class Choosy(Pair):
        def on_received(self, event: object) -> None:
            match event:
                case _ if getattr(getattr(event, "info", None), "name", b"").startswith(b"no"):
                    self.receiver.skip()
                case _:
                    super().on_received(event)  # type: ignore[arg-type]

    pair = Choosy([named(b"a", "no1"), named(b"b", "yes"), named(b"c", "no2"), named(b"c", "no2")])
    pair.run()
    assert pair.kept == {b"yes": b"b"}
    assert pair.sent.count(Skipped()) == 3
    assert pair.sent[-1] == Finished()
    assert pair.now == 0


def test_a_file_half_received_can_be_skipped() -> None:
    class Weary(Pair):
        def on_received(self, event: object) -> None:
            super().on_received(event)  # type: ignore[arg-type]
            if len(self.content) > 100_000:
                self.content.clear()
                self.receiver.skip()

    pair = Weary([named(CONTENT), named(b"small", "small")], out=Line(room=100_000))
    pair.piece = 8192
    pair.run()
    assert pair.kept == {b"small": b"small"}
    assert Skipped() in pair.sent
    assert pair.now == 0


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=3000), st.integers(1, 4096), st.sampled_from([0, 1024, 5000]), st.integers(1, 5000))
def test_the_size_of_pieces_windows_and_blocks_does_not_matter(
    data: bytes, block: int, window: int, piece: int
) -> None:
    pair = Pair([named(data)], SendOptions(block=block, window=window))
    pair.piece = piece
    pair.run()
    assert pair.kept == {b"file.bin": data}
    assert pair.now == 0


def test_a_size_that_is_not_told_is_no_obstacle() -> None:
    pair = Pair([(FileInfo(b"x"), b"")])
    pair.run()
    assert pair.kept == {b"x": b""}
