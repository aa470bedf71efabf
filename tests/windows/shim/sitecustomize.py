"""For Wine 8: it lacks a function that Python's `platform` calls through WMI, and ends the process instead.

Without WMI `platform` asks the registry.
"""

import sys

sys.modules["_wmi"] = None  # type: ignore[assignment]  # None: what is imported so is not there
