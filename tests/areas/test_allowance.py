"""How large an uploaded file may become."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sttelnet.areas.allowance import Refusal, Room, allowance
from sttelnet.areas.area import MIB
from sttelnet.config import FilesConfig

CONFIG = FilesConfig(most_files=100, largest=100, transfer_quota=500, member_quota=400, disk_reserve=500, areas={})
WIDE = Room(area_quota=10_000 * MIB, in_area=0, used=0, free=100_000 * MIB, reserved=0)


@pytest.mark.parametrize(
    ("room", "announced", "expected"),
    [
        # what fits is given, and no more than was announced
        (WIDE, 5, 5),
        (WIDE, 0, 0),
        (WIDE, 100 * MIB, 100 * MIB),
        (WIDE, 100 * MIB + 1, Refusal.LARGEST),
        # without a size, the narrowest rule counts
        (WIDE, None, 100 * MIB),
        (replace(WIDE, bytes_before=450 * MIB), None, 50 * MIB),
        (replace(WIDE, used=390 * MIB), None, 10 * MIB),
        (replace(WIDE, in_area=9_993 * MIB), None, 7 * MIB),
        (replace(WIDE, free=503 * MIB), None, 3 * MIB),
        (replace(WIDE, free=503 * MIB, reserved=MIB), None, 2 * MIB),
        # one go
        (replace(WIDE, files_before=99), 5, 5),
        (replace(WIDE, files_before=100), 5, Refusal.FILES),
        (replace(WIDE, files_before=100), None, Refusal.FILES),
        (replace(WIDE, bytes_before=500 * MIB - 5), 5, 5),
        (replace(WIDE, bytes_before=500 * MIB - 5), 6, Refusal.TRANSFER),
        (replace(WIDE, bytes_before=500 * MIB), None, Refusal.TRANSFER),
        # the member
        (replace(WIDE, used=400 * MIB - 5), 5, 5),
        (replace(WIDE, used=400 * MIB - 5), 6, Refusal.MEMBER),
        (replace(WIDE, used=400 * MIB), None, Refusal.MEMBER),
        (replace(WIDE, used=None), 100 * MIB, 100 * MIB),
        # the area
        (replace(WIDE, in_area=10_000 * MIB - 5), 5, 5),
        (replace(WIDE, in_area=10_000 * MIB - 5), 6, Refusal.AREA),
        (replace(WIDE, in_area=10_000 * MIB), 0, Refusal.AREA),
        (replace(WIDE, in_area=20_000 * MIB), None, Refusal.AREA),
        # the disk
        (replace(WIDE, free=500 * MIB + 5), 5, 5),
        (replace(WIDE, free=500 * MIB + 5), 6, Refusal.DISK),
        (replace(WIDE, free=500 * MIB + 5, reserved=1), 5, Refusal.DISK),
        (replace(WIDE, free=0), None, Refusal.DISK),
        # of several reasons, the one the client can mend
        (Room(area_quota=0, in_area=0, used=400 * MIB, free=0, reserved=0), 101 * MIB, Refusal.LARGEST),
        (Room(area_quota=0, in_area=0, used=400 * MIB, free=0, reserved=0), 1, Refusal.MEMBER),
        (Room(area_quota=0, in_area=0, used=0, free=0, reserved=0), 1, Refusal.AREA),
    ],
)
def test_a_file_may_have_what_every_rule_leaves(room: Room, announced: int | None, expected: int | Refusal) -> None:
    assert allowance(CONFIG, room, announced) is expected or allowance(CONFIG, room, announced) == expected


def test_each_reason_is_a_sentence_with_the_sites_own_limits() -> None:
    assert [refusal.sentence(CONFIG) for refusal in Refusal] == [
        "100 files in one go are enough.",
        "That file is larger than the 100 MiB allowed here.",
        "That would be more than 500 MiB in one go.",
        "This area is full.",
        "You have used up your 400 MiB.",
        "The disk is nearly full; tell the operators.",
    ]


amounts = st.integers(0, 2_000 * MIB)


@given(
    st.builds(
        Room,
        area_quota=amounts,
        in_area=amounts,
        used=st.none() | amounts,
        free=amounts,
        reserved=amounts,
        files_before=st.integers(0, 120),
        bytes_before=amounts,
    ),
    st.none() | amounts,
)
def test_what_is_given_breaks_no_rule(room: Room, announced: int | None) -> None:
    given_bytes = allowance(CONFIG, room, announced)

    if isinstance(given_bytes, Refusal):
        return
    assert 0 <= given_bytes <= CONFIG.largest * MIB
    assert announced in (None, given_bytes)
    assert room.bytes_before + given_bytes <= CONFIG.transfer_quota * MIB
    assert room.in_area + given_bytes <= room.area_quota
    assert (room.used or 0) + given_bytes <= CONFIG.member_quota * MIB
    assert room.free - room.reserved - given_bytes >= CONFIG.disk_reserve * MIB
