"""The host's memory."""

from __future__ import annotations

import psutil

from sttelnet.health.figures import Usage


def read_memory() -> Usage:
    """Return how full the memory is; raises what psutil raises."""
    memory = psutil.virtual_memory()
    return Usage(memory.percent, memory.total - memory.available, memory.total)


def read_swap() -> Usage:
    """Return how full the swap space is; raises what psutil raises."""
    swap = psutil.swap_memory()
    return Usage(swap.percent, swap.used, swap.total)
