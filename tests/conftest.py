"""What holds for all tests."""

from __future__ import annotations

import os
import shutil

import pytest
from hypothesis import HealthCheck, settings  # looks at CI too, once: there it tries the same examples every time

from tests.required import missing

# pytest compares what differs line by line where these are set: with two files of some 100 KB that takes minutes.
os.environ.pop("CI", None)
os.environ.pop("BUILD_NUMBER", None)

# A machine that is busy is no fault of what is tested.
settings.register_profile("busy machine", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


@pytest.fixture(scope="session")
def openssl() -> str:
    """The program that makes certificates."""
    return shutil.which("openssl") or missing("openssl is not installed")
