from __future__ import annotations

from pathlib import Path

import pytest

from sttelnet.handlers.line import STLine
from tests.handlers.window import host_site


@pytest.mark.parametrize(
    ("encryption", "secure", "words"),
    [("TLS 1.3", True, "encrypted (TLS 1.3)"), ("", True, "this machine"), ("", False, "NOT encrypted")],
)
async def test_a_client_is_told_who_can_listen(encryption: str, secure: bool, words: str, tmp_path: Path) -> None:
    async with host_site(tmp_path) as site:
        client = site.client(secure=secure)
        client.encryption = encryption
        assert STLine(client) == words
