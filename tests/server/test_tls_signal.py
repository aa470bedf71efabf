"""The pair of TLS in a process of its own, read again at a signal of the system's."""

from __future__ import annotations

import asyncio
import shutil
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.certificates import Pair, issue, needs_openssl
from tests.cli.running import PATIENCE, lines_until, serving, write_site
from tests.daemon import free_port

if sys.platform == "win32":
    pytest.skip("Windows has no SIGHUP", allow_module_level=True)

pytestmark = needs_openssl

CONFIG = """
[server]
listen = ["127.0.0.1"]
port = 0
[tls]
listen = ["127.0.0.1"]
port = {port}
certificate = "certificate.pem"
key = "key.pem"
"""


@asynccontextmanager
async def call(port: int, trusting: ssl.SSLContext) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=trusting, server_hostname="localhost")
    try:
        async with asyncio.timeout(PATIENCE):
            await reader.readuntil(b"hello")
            yield reader, writer
    finally:
        writer.close()


def put(pair: Pair, site: Path) -> None:
    shutil.copy(pair.certificate, site / "certificate.pem")
    shutil.copy(pair.key, site / "key.pem")


async def test_a_hang_up_signal_takes_up_a_new_pair_and_keeps_the_old_one_where_it_is_broken(tmp_path: Path) -> None:
    first, second, site = issue(tmp_path, "localhost"), issue(tmp_path, "localhost"), tmp_path / "site"
    port = free_port()
    write_site(site, {"root": "hello\n", "other": "there\n"}, CONFIG.format(port=port))
    put(first, site)
    async with serving(cwd=site) as running:
        await lines_until(running, "ready in")
        async with call(port, first.trusting()) as (reader, writer):
            put(second, site)
            running.send_signal(signal.SIGHUP)
            await lines_until(running, "reloaded", log=True)
            async with call(port, second.trusting()):
                pass
            with pytest.raises(ssl.SSLCertVerificationError):
                async with call(port, first.trusting()):
                    pass

            (site / "key.pem").write_text("no key at all")
            running.send_signal(signal.SIGHUP)
            await lines_until(running, "not reloaded: tls.key", log=True)
            async with call(port, second.trusting()):
                pass

            writer.write(b"/help\r\n")  # whoever was on stays on
            await reader.readuntil(b"/quit")
        assert running.returncode is None
