"""What holds for all tests."""

from __future__ import annotations

import os
import shutil

import hypothesis  # noqa: F401  it looks at CI too, once: there it tries the same examples every time
import pytest

from tests.required import missing

# pytest compares what differs line by line where these are set: with two files of some 100 KB that takes minutes.
os.environ.pop("CI", None)
os.environ.pop("BUILD_NUMBER", None)


@pytest.fixture(scope="session")
def openssl() -> str:
    """The program that makes certificates."""
    return shutil.which("openssl") or missing("openssl is not installed")
