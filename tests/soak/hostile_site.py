"""The daemon that hostile clients call: the tree that ships, with every door open and no wait between log-ins."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.bench.process import Subject
from tests.daemon import free_port
from tests.soak.hostile_streams import AREA
from tests.soak.site import add_certificate, echoing, tls_config

FILES: Final = 2000  # in the area that everybody may list and search
_CONFIG: Final = """\

[members]
registration = "open"
tries = 1_000_000

[http]
port = {http}

[files]
disk_reserve = 0

[files.areas.{area}]
directory = "{area}"
list = "guest"
download = "guest"

"""


@dataclass(frozen=True, slots=True)
class Site:
    """The daemon, and its ports besides that of telnet."""

    subject: Subject
    tls: int
    http: int


async def open_to_all(folder: Path) -> Site:
    """Make the site. Raises CannotTryError where there is no openssl for its certificate."""
    await add_certificate(folder)
    _write_files(folder / AREA)
    http, tls = free_port(), free_port()
    return Site(echoing(folder, _CONFIG.format(http=http, area=AREA) + tls_config(tls)), tls, http)


def _write_files(folder: Path) -> None:
    folder.mkdir()
    chance = random.Random(3)
    for number in range(FILES):
        (folder / f"file{number:04}.bin").write_bytes(chance.randbytes(10))
