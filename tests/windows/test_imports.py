"""Every module can be imported on Windows, and none brings in what only POSIX has."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import pytest

import sttelnet

if sys.platform != "win32":
    pytest.skip("for Windows", allow_module_level=True)

POSIX_ONLY = {
    "sttelnet.shell.account",
    "sttelnet.shell.child",
    "sttelnet.shell.enter",
    "sttelnet.shell.posix",
    "sttelnet.shell.start",
}
MODULES = [
    module.name
    for module in pkgutil.walk_packages(sttelnet.__path__, "sttelnet.")
    if module.name not in POSIX_ONLY and not module.name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_a_module_can_be_imported(name: str) -> None:
    importlib.import_module(name)
    assert not POSIX_ONLY & sys.modules.keys()
    assert not {"fcntl", "pwd", "termios", "pty", "resource"} & sys.modules.keys()
