"""What holds for all tests."""

from __future__ import annotations

import os

import hypothesis  # noqa: F401  it looks at CI too, once: there it tries the same examples every time

# pytest compares what differs line by line where these are set: with two files of some 100 KB that takes minutes.
os.environ.pop("CI", None)
os.environ.pop("BUILD_NUMBER", None)
