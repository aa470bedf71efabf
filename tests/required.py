"""What tests need of this machine: they skip without it, and fail where the machine is said to have it all."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test for want of something, or with REQUIRE_PEERS=1 fail it; `what` is a sentence without its end."""
    if os.environ.get("REQUIRE_PEERS") == "1":
        pytest.fail(f"REQUIRE_PEERS=1, but {what}", pytrace=False)
    pytest.skip(what)
