"""Meters: what this process counts for monitoring, and how it is written as Prometheus' text.

The library decides when it is imported whether values are shared between processes (PROMETHEUS_MULTIPROC_DIR, which
`passalong serve` sets for several), so it is imported in the process that counts.
"""

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from passalong import __version__
from passalong.store.queries.instance import Measures

if TYPE_CHECKING:
    from prometheus_client import Counter
    from prometheus_client.metrics_core import Metric

SHARED = "PROMETHEUS_MULTIPROC_DIR"
COMMIT_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
PAGE_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
RESULTS = {400: "malformed", 408: "malformed", 409: "conflict", 413: "malformed", 503: "busy"}
OTHER = "other"

Gauges = Mapping[str, tuple[str, float | None]]
"""A description and a value by name; a value that is not known is left out."""


class Meters:
    """The counters and histograms of one process, or of all that share a folder."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        self._registry = CollectorRegistry()
        registry = self._registry
        self._notes = Counter("passalong_notes", "Notes of browsers by result.", ["result"], registry=registry)
        self._drops = Counter(
            "passalong_drops", "Notes that were not counted, by reason.", ["reason"], registry=registry
        )
        self._commit = Histogram(
            "passalong_commit_seconds", "From a batch's begin to its commit.", buckets=COMMIT_S, registry=registry
        )
        self._committed = Counter("passalong_committed_events", "Events in committed batches.", registry=registry)
        self._mails_given_up = Counter(
            "passalong_mails_given_up", "Mails that were refused, or failed for three days.", registry=registry
        )
        self._pages = Counter("passalong_pages", "Requests by route.", ["route", "method", "status"], registry=registry)
        self._page = Histogram(
            "passalong_page_seconds", "Time of an answer by route.", ["route"], buckets=PAGE_S, registry=registry
        )
        self._notes_by: dict[tuple[int, str, str], list[Counter]] = {}

    def note(self, status: int, headers: Mapping[str, str]) -> None:
        """Count a note by its answer."""
        key = (status, headers.get("Along-Kept", ""), headers.get("Along-Dropped", ""))
        counters = self._notes_by.get(key)
        if counters is None:
            counters = self._notes_by[key] = self._counters(*key)
        for counter in counters:
            counter.inc()

    def _counters(self, status: int, outcome: str, dropped: str) -> list["Counter"]:
        result = RESULTS.get(status) or ("dropped" if dropped else outcome or ("error" if status >= 500 else OTHER))
        reason = [self._drops.labels(dropped)] if dropped else []
        return [self._notes.labels(result), *reason]

    def commit(self, events: int, seconds: float) -> None:
        """Count a batch that was written."""
        self._commit.observe(seconds)
        self._committed.inc(events)

    def mail_given_up(self) -> None:
        """Count a mail that is not tried again."""
        self._mails_given_up.inc()

    def page(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that Flask answered."""
        self._pages.labels(route, method, str(status)).inc()
        self._page.labels(route).observe(seconds)

    def text(self, gauges: Gauges) -> bytes:
        """Return everything as Prometheus' text, with the gauges of the instance."""
        from prometheus_client import CollectorRegistry, generate_latest
        from prometheus_client.multiprocess import MultiProcessCollector

        registry = self._registry
        if os.environ.get(SHARED):
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        moment = CollectorRegistry()
        moment.register(_Moment(gauges))
        return generate_latest(registry) + generate_latest(moment)


class Monitoring(Struct, frozen=True):
    """The meters of this process, who may read them, and whether this role measures the instance, too."""

    meters: Meters
    token: str
    folds: bool


class _Moment:
    """The gauges of one scrape."""

    def __init__(self, gauges: Gauges):
        self._gauges = gauges

    def collect(self) -> Iterator["Metric"]:
        """Yield them as the library wants them."""
        from prometheus_client.metrics_core import GaugeMetricFamily

        build = GaugeMetricFamily("passalong_build_info", "The running version.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        for name, (words, value) in self._gauges.items():
            if value is not None:
                yield GaugeMetricFamily(f"passalong_{name}", words, value=value)


def gauges_of(measures: Measures | None, now_ms: int) -> dict[str, tuple[str, float | None]]:
    """Return the gauges of an instance; without measures only that its database does not answer."""
    up: dict[str, tuple[str, float | None]] = {
        "database_up": ("1 if the database answers.", float(measures is not None))
    }
    if measures is None:
        return up
    return up | {
        "queue_events": ("Events that wait to be folded, up to 100,000.", measures.waiting),
        "fold_lag_seconds": ("Age of the oldest event that waits to be folded.", _age_s(measures.oldest_ms, now_ms)),
        "set_aside_events": ("Events that could not be folded and wait for somebody.", measures.set_aside),
        "mails_waiting": ("Mails that wait to be sent.", measures.mails),
        "mails_retried": ("Mails that failed at least once and are tried again.", measures.mails_retried),
        "mail_lag_seconds": ("Age of the oldest mail that waits to be sent.", _age_s(measures.mail_ms, now_ms)),
        "webhook_deliveries_waiting": ("Deliveries of webhooks that are to be tried.", measures.deliveries),
        "webhooks_failing": ("Webhooks whose last delivery failed.", measures.webhooks_failing),
        "leases": ("Sites that a worker holds a lease on.", measures.leases),
    }


def _age_s(at_ms: int | None, now_ms: int) -> float:
    return max(0, now_ms - at_ms) / 1000 if at_ms else 0.0
