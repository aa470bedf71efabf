"""What the daemon looks at while it runs, because nobody tells it: edited files, and what other processes did."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from sttelnet.handlers.site import Site
from sttelnet.hub import LocalHub
from sttelnet.logs import event_logger
from sttelnet.server.bans import Bans
from sttelnet.store import Store
from sttelnet.tree import Change

DATA_VERSION_POLL: Final = 1.5  # seconds; a change of rights by another process counts within 2 s

log = event_logger(__name__)


async def watch_accounts(store: Store, hub: LocalHub, bans: Bans) -> None:
    """Notice what another process did to the members. Raises StoreError."""
    version = await store.data_version()
    hub.account_changed()  # after a failure: whatever happened meanwhile
    while True:
        await asyncio.sleep(DATA_VERSION_POLL)
        now = await store.data_version()
        if now != version:
            version = now
            hub.account_changed()
            await bans.load()


async def watch_scripts(site: Site, pause: Callable[[], float], spread: Callable[[Change], None]) -> None:
    """Take up edits of scripts and site modules; `pause` says how many seconds there are between two looks."""
    readable = True
    while True:
        await asyncio.sleep(pause())
        try:
            change = await site.look()
        except OSError as error:
            if readable:
                log.warning("edits are not taken up for now: %s", error)
            readable = False
            continue
        readable = True
        if change is not None:
            spread(change)
