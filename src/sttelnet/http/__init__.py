"""/healthz and /metrics: what programs ask over HTTP. Loaded only where a site has such a port.

`request`, `response`, `hosts` and `healthz` are pure; `serving` carries the bytes; `metrics` is the only importer of
prometheus_client; `source` says what all of it wants to know.
"""

from __future__ import annotations

from sttelnet.http.pages import METRICS_MISSING, Pages, can_measure
from sttelnet.http.serving import Desk
from sttelnet.http.source import Scrape, Source, Watched

__all__ = ["METRICS_MISSING", "Desk", "Pages", "Scrape", "Source", "Watched", "can_measure"]
