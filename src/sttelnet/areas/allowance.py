"""How large an uploaded file may become: the arithmetic of quotas. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass

from sttelnet.areas.area import MIB
from sttelnet.config import FilesConfig


class Refusal(enum.Enum):
    """Why a file is not taken."""

    FILES = "{most_files} files in one go are enough."
    LARGEST = "That file is larger than the {largest} MiB allowed here."
    TRANSFER = "That would be more than {transfer_quota} MiB in one go."
    AREA = "This area is full."
    MEMBER = "You have used up your {member_quota} MiB."
    DISK = "The disk is nearly full; tell the operators."

    def sentence(self, config: FilesConfig) -> str:
        """Return the sentence for the client, with the limits there are."""
        return self.value.format(
            most_files=config.most_files,
            largest=config.largest,
            transfer_quota=config.transfer_quota,
            member_quota=config.member_quota,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What there is at the moment a file is announced, in bytes. Uploads under way count by what they may become."""

    area_quota: int
    in_area: int  # the area's files, with the uploads under way into it
    used: int | None  # the member's files, with their uploads under way; None: no quota binds them
    free: int  # on the area's disk
    reserved: int  # what uploads under way to that disk have yet to write
    files_before: int = 0  # files of this transfer so far
    bytes_before: int = 0


def allowance(config: FilesConfig, room: Room, announced: int | None) -> int | Refusal:
    """Return how many bytes a file may have at most, or why it is not taken.

    `announced` is what the sender says it has, None where it says nothing: what is announced and fits is all the
    file may have, for a sender may lie.
    """
    if room.files_before >= config.most_files:
        return Refusal.FILES
    limits = dict(_limits(config, room))
    for refusal, limit in limits.items():
        if limit <= 0 or (announced or 0) > limit:
            return refusal
    return min(limits.values()) if announced is None else announced


def _limits(config: FilesConfig, room: Room) -> Iterator[tuple[Refusal, int]]:
    """Yield how many bytes each rule leaves, in the order they are told: first what the client can mend."""
    yield Refusal.LARGEST, config.largest * MIB
    yield Refusal.TRANSFER, config.transfer_quota * MIB - room.bytes_before
    if room.used is not None:
        yield Refusal.MEMBER, config.member_quota * MIB - room.used
    yield Refusal.AREA, room.area_quota - room.in_area
    yield Refusal.DISK, room.free - room.reserved - config.disk_reserve * MIB
