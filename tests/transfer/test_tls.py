"""Files over TLS: the same transfers, where little may wait below the encryption."""

from __future__ import annotations

import asyncio
import random
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from sttelnet.config import TlsConfig
from tests.certificates import issue, needs_openssl
from tests.daemon import free_port
from tests.transfer.caller import Caller, Giving, calling
from tests.transfer.house import ALL, House, hasten, house, until, with_files

pytestmark = needs_openssl

BYTES = random.Random(11).randbytes(3_000_000) + bytes(range(256)) * 100 + b"\xff" * 5000


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    hasten(monkeypatch)


class Encrypted:
    """A house with a second door."""

    def __init__(self, home: House, port: int, context: ssl.SSLContext) -> None:
        self.home, self.port, self.context = home, port, context

    @asynccontextmanager
    async def caller(self, *, binary: bool = True) -> AsyncIterator[Caller]:
        async with calling(self.port, binary=binary, tls=self.context) as caller:
            await caller.sees("menu")
            yield caller


@asynccontextmanager
async def encrypted(folder: Path) -> AsyncIterator[Encrypted]:
    pair = issue(folder, "localhost")
    tls = TlsConfig(port=free_port(), listen=("127.0.0.1",), certificate=str(pair.certificate), key=str(pair.key))
    async with house(folder, msgspec.structs.replace(with_files(), tls=tls)) as home:
        yield Encrypted(home, tls.port, pair.trusting())


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "no binary"])
async def test_files_are_moved_both_ways_over_tls(tmp_path: Path, binary: bool) -> None:
    async with encrypted(tmp_path) as site, site.caller(binary=binary) as caller:
        site.home.put(out=BYTES)
        assert (await caller.take()).files == {b"out.bin": BYTES}
        await caller.sees(ALL, "menu")
        given = await caller.give(Giving([("in.bin", BYTES), ("empty.bin", b"")]))
        await caller.sees(ALL, "menu")
        assert given.arrived == 2
        assert site.home.arrived() == {"in.bin": BYTES, "empty.bin": b""}
        assert await site.home.results() == [
            ("download", "out.bin", "done"),
            ("upload", "in.bin", "done"),
            ("upload", "empty.bin", "done"),
        ]


async def test_a_line_that_is_cut_in_an_upload_keeps_the_half_and_the_rest_follows(tmp_path: Path) -> None:
    async with encrypted(tmp_path) as site:
        async with site.caller() as caller:
            giving = Giving([("in.bin", BYTES)])
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(_until_cut(caller, giving))
                await until(lambda: giving.supplied > 500_000)
                caller.cut()
                await sending
        await site.home.empty()
        assert site.home.arrived() == {}
        async with site.caller() as caller:
            await caller.give(Giving([("in.bin", BYTES)]))
            await caller.sees(ALL, "menu")
        assert site.home.arrived() == {"in.bin": BYTES}


async def _until_cut(caller: Caller, giving: Giving) -> None:
    try:
        await caller.give(giving)
    except (OSError, AssertionError, EOFError, ssl.SSLError):
        return
