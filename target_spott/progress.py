"""Track the progress of a load: records by outcome, requests and speed."""

import logging
from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from spott_client.models import RequestStats
from spott_client.rate_limiter import RateLimiter
from spott_singer.progress import ProgressReporter, Status, StatusLine, Stopwatch, status_parts
from target_spott.outcomes import OUTCOMES

SINK = "client_contacts"

logger = logging.getLogger("target-spott")


class LoadProgress(ProgressReporter):
    """The progress of the one sink. The number of records to come is unknown: the tap sends them as it reads them."""

    def __init__(self, counts: Mapping[str, int], stats: RequestStats, rate_limiter: RateLimiter) -> None:
        super().__init__(logger)
        self._counts = counts
        self._stats = stats
        self._rate_limiter = rate_limiter
        self._watch = Stopwatch(rate_limiter)

    @override
    def status_line(self) -> StatusLine:
        outcomes = [f"{self._counts[each]:,} {each}" for each in OUTCOMES if self._counts[each]]
        records = sum(self._counts[each] for each in OUTCOMES)
        parts = [*outcomes, *status_parts(records, self._stats, self._watch, self._rate_limiter)]
        return StatusLine(f"{SINK}: {', '.join(parts)}")

    @override
    def summary(self, status: Status) -> list[dict[str, Any]]:
        self._watch.stop()
        if status is Status.SUCCEEDED and (self._counts["rejected"] or self._counts["unknown"]):
            status = Status.FAILED
        values = {
            "sink": SINK,
            **{each: self._counts[each] for each in OUTCOMES},
            "requests": self._stats.requests,
            "retries": self._stats.retries,
            "throttled_seconds": round(self._watch.throttled, 3),
            "seconds": round(self._watch.seconds, 3),
            "status": status,
        }
        return [values]
