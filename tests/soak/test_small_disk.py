"""The small disk is full when it is filled, and has room when that is taken back."""

from __future__ import annotations

import errno
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.soak.finding import CannotTryError
from tests.soak.small_disk import SmallDisk, small_disk

SIZE = 1 << 20


async def test_it_takes_no_byte_more_once_it_is_filled_and_does_again_when_it_is_freed(tmp_path: Path) -> None:
    try:
        async with small_disk(tmp_path / "disk", SIZE) as disk:
            assert disk.fill() == SIZE
            assert shutil.disk_usage(disk.outside).free == 0
            with pytest.raises(OSError, match="No space left") as raised:
                (disk.outside / "one").write_bytes(b"x")
            assert raised.value.errno == errno.ENOSPC

            disk.free()
            (disk.outside / "one").write_bytes(b"x")
            check_inside(disk)
            assert not list((tmp_path / "disk").iterdir())  # here it is not mounted
    except CannotTryError as reason:
        pytest.skip(str(reason))


def check_inside(disk: SmallDisk) -> None:
    """What runs inside finds it at its path, and logs onto it."""
    command = disk.inside("sh", "-c", f"cat {disk.path}/one; echo said >&2", log="log")
    ran = subprocess.run(command, check=True, capture_output=True)
    assert ran.stdout == b"x"
    assert (disk.outside / "log").read_bytes() == b"said\n"
