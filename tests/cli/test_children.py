"""How the end of a program is noticed."""

from __future__ import annotations

import subprocess
import sys

import pytest

LINUX = sys.platform == "linux"
PROGRAM = """
import asyncio, os, sys, threading
from sttelnet.cli.children import watch_by_descriptor

async def main():
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "input(); exit(3)", stdin=-1)
    print(threading.active_count())
    await process.communicate(b"\\n")
    print(process.returncode)

watch_by_descriptor()
asyncio.run(main())
"""


@pytest.mark.skipif(not LINUX, reason="only Linux has descriptors of processes")
def test_no_thread_waits_for_a_program() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["1", "3"]
