"""The firewall of docs/security.md, in a network namespace: the script that bans are handed to, and its table."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.bench.process import CHECKOUT
from tests.soak.netns import Namespace

NAME: Final = "/usr/local/lib/sttelnet-ban"


async def set_up(folder: Path, host: Namespace) -> Path:
    """Write the script and make its table; return where the script is."""
    text = (CHECKOUT / "docs" / "security.md").read_text(encoding="utf-8")
    [script] = [found for found in re.findall(r"```sh\n(#!/bin/sh\n.*?)```", text, re.DOTALL) if NAME in found]
    rules = re.findall(r"^# .*?(nft add .*)$", script, re.MULTILINE)
    path = folder / "sttelnet-ban"
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)
    await host.run("sh", "-ec", "\n".join(rules))
    return path


async def banned(host: Namespace) -> str:
    """Return what nft itself lists of the banned."""
    return await host.run(*["nft", "list", "set", "inet", "sttelnet", "banned4"])
