"""A pytest plugin for Wine: the event loop looks up by itself now and then.

Wine 8 now and then loses the completion that wakes the proactor for `call_soon_threadsafe`: a thread of aiosqlite has
done its work, and the loop waits for ever. What was to be called is in the loop's list all the same, so a loop that
looks up finds it. Windows itself needs none of this, and nothing of the product has it.
"""

from __future__ import annotations

import sys
from typing import Any, Final

BEAT: Final[Any] = 0.05  # seconds; typeshed has whole ones only, which asyncio does not keep to

if sys.platform == "win32":
    from asyncio import Future
    from asyncio.windows_events import IocpProactor

    _select = IocpProactor.select

    def _select_for_a_beat(self: IocpProactor, timeout: int | None = None) -> list[Future[Any]]:
        return _select(self, BEAT if timeout is None else min(timeout, BEAT))

    IocpProactor.select = _select_for_a_beat  # type: ignore[method-assign]
