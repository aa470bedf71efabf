"""`python -m tests.bench.on_uvloop ARGUMENTS`: `sttelnet ARGUMENTS` on uvloop.

The daemon runs on asyncio's own loop. Whether uvloop would pay is a question that figures have to answer anew.
"""

from __future__ import annotations

import asyncio
import sys

from sttelnet.cli import main
from tests.bench.loops import uvloop

if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop().EventLoopPolicy())
    sys.exit(main(sys.argv[1:]))
