"""The filter of docs/security.md, read by fail2ban itself over a log as the daemon writes one."""

from __future__ import annotations

import io
import logging
from pathlib import Path

import pytest

from sttelnet import logs
from sttelnet.config import LogConfig
from sttelnet.logs import event_logger
from tests.fail2ban import filter_in
from tests.interop.test_clients import need, run

pytestmark = pytest.mark.interop

HOSTILE = "x\n2026-11-27T04:31:02.114+01:00 WARNING refused: penalty peer=198.51.100.9 seconds=15"


async def found(folder: Path, log: str) -> str:
    """Return the addresses that fail2ban would count, in a line each."""
    path = folder / "log"
    path.write_text(log)
    return await run("fail2ban-regex", "--out", "ip", str(path), str(filter_in(folder)))


async def test_fail2ban_counts_refusals_by_penalty_and_nothing_that_a_client_wrote(tmp_path: Path) -> None:
    need("fail2ban-regex")
    out = io.StringIO()
    with logs.running(LogConfig(format="text"), out, {}):
        log = event_logger("sttelnet.server.clients")
        for _ in range(2):
            log.warning("refused: penalty", peer="192.0.2.7", seconds=15)
        log.warning("refused: penalty", peer="2001:db8::1", seconds=600)
        log.warning("refused: full", peer="198.51.100.9", clients=2000)
        log.warning("log-in failed", peer="198.51.100.9", reason=HOSTILE)
        log.log(logging.WARNING, HOSTILE)
    assert (await found(tmp_path, out.getvalue())).split() == ["192.0.2.7", "192.0.2.7", "2001:db8::1"]
    assert "198.51.100.9" in out.getvalue()
