"""`python -m sttelnet`."""

from __future__ import annotations

import sys

from sttelnet.cli import main

if __name__ == "__main__":
    sys.exit(main())
