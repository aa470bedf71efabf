"""/metrics: the figures in Prometheus' text, or OpenMetrics where that is asked for. The only importer of its library.

prometheus.io/docs/practices/naming: base units, `_total` for what only counts up, times as seconds since 1970. No
member's name and no address is a label.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from sttelnet import __version__
from sttelnet.administration import Figures
from sttelnet.health.ranges import Range
from sttelnet.http.source import Scrape, Watched, distinct, figures_of

_MEDIA_RANGE: Final = re.compile(
    r"[a-z0-9*/+.-]+(?:\s*;\s*(?:version=\d{1,3}(?:\.\d{1,3}){0,2}|(?!version=)[a-z]+=[a-z0-9.-]+))*",
    re.ASCII | re.IGNORECASE,
)
_OF_A_CHECK: Final[tuple[tuple[str, str, Callable[[Watched], float | None]], ...]] = (
    ("state", "State: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.", lambda one: one.state),
    ("since_seconds", "When that state began, in seconds since 1970.", lambda one: one.since),
    ("last_run_timestamp_seconds", "When it ran last, in seconds since 1970.", lambda one: one.ran_at),
    ("duration_seconds", "How long the last run took.", lambda one: one.took),
    ("acknowledged", "1 where somebody knows about it.", lambda one: one.acknowledged),
    ("muted", "1 where nobody is told of it.", lambda one: one.muted),
)
_OF_THE_DAEMON: Final[tuple[tuple[str, str, Callable[[Figures], float | None]], ...]] = (
    ("sessions", "Sessions now.", lambda own: own.sessions),
    ("sessions_max", "The most sessions there may be.", lambda own: own.most_sessions),
    ("members_on", "Sessions of members who are logged in.", lambda own: own.members),
    ("event_loop_lag_seconds", "How late the event loop was at worst in the last minute.", lambda own: own.lag),
    ("resident_memory_bytes", "Resident memory.", lambda own: own.memory),
    ("script_pages", "Pages of the script tree.", lambda own: own.pages),
    ("script_problems", "Errors of the script tree.", lambda own: own.problems),
    ("start_time_seconds", "When the daemon started, in seconds since 1970.", lambda own: own.started),
)


def render(scrape: Scrape, accept: str) -> tuple[bytes, str]:
    """Return the metrics in the form a client accepts, and its media type."""
    registry = CollectorRegistry()  # of its own: the library's global one tells of other things than this daemon
    registry.register(_Collector(scrape))
    encoder, media_type = choose_encoder(_plain(accept))
    return encoder(registry), media_type


def _plain(accept: str) -> str:
    """Return the media ranges that the library can read: it fails over a version that is no number."""
    return ",".join(one for one in accept.split(",") if _MEDIA_RANGE.fullmatch(one.strip()))


class _Collector(Collector):
    """The figures of one moment as metric families."""

    def __init__(self, scrape: Scrape) -> None:
        self._scrape = scrape

    def collect(self) -> Iterator[Metric]:
        """Yield every family."""
        yield InfoMetricFamily("sttelnet_build", "The version that runs.", {"version": __version__})
        yield GaugeMetricFamily("sttelnet_health_state", "The worst state of all checks.", int(self._scrape.state))
        yield from self._checks()
        yield from self._values()
        yield from self._daemon()

    def _checks(self) -> Iterator[Metric]:
        named = list(distinct(self._scrape.watched))
        for name, words, value_of in _OF_A_CHECK:
            family = GaugeMetricFamily(f"sttelnet_check_{name}", words, labels=["check"])
            for check, one in named:
                value = value_of(one)
                if value is not None:
                    family.add_metric([check], float(value))
            yield family

    def _values(self) -> Iterator[Metric]:
        values = GaugeMetricFamily(
            "sttelnet_check_value", "A performance value, in the check's own unit.", labels=["check", "label", "unit"]
        )
        limits = {
            level: GaugeMetricFamily(
                f"sttelnet_check_{level}_bound",
                f"What a performance value may not pass without being {level.upper()}; bound is low or high.",
                labels=["check", "label", "bound"],
            )
            for level in ("warning", "critical")
        }
        for check, _, label, figure in figures_of(self._scrape.watched):
            values.add_metric([check, label, figure.unit], figure.value)
            for level, limit in (("warning", figure.warning), ("critical", figure.critical)):
                for bound, number in _bounds(limit):
                    limits[level].add_metric([check, label, bound], number)
        yield values
        yield from limits.values()

    def _daemon(self) -> Iterator[Metric]:
        own = self._scrape.figures
        for name, words, value_of in _OF_THE_DAEMON:
            value = value_of(own)
            if value is not None:
                yield GaugeMetricFamily(f"sttelnet_{name}", words, float(value))
        # Not sessions_total: in OpenMetrics that is a counter called sessions, the gauge's name.
        yield CounterMetricFamily("sttelnet_connections_total", "Sessions since the start.", own.calls)
        moved = CounterMetricFamily("sttelnet_bytes_total", "Bytes over telnet since the start.", labels=["direction"])
        moved.add_metric(["received"], own.received)
        moved.add_metric(["sent"], own.sent)
        yield moved
        events = CounterMetricFamily("sttelnet_log_events_total", "Log events since the start.", labels=["level"])
        events.add_metric(["warning"], own.warnings)
        events.add_metric(["error"], own.errors)
        yield events


def _bounds(limit: Range | None) -> Iterator[tuple[str, float]]:
    """Yield the ends of a range that alerts outside of it; the 0 that `10` stands for is no limit anybody set."""
    if limit is None or limit.inside:
        return
    if math.isfinite(limit.start) and (limit.start != 0 or not math.isfinite(limit.end)):
        yield "low", limit.start
    if math.isfinite(limit.end):
        yield "high", limit.end
