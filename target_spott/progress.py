"""How far a run is, how fast it goes, and what came of its records."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from spott_singer.progress import ProgressReporter, Stopwatch, status_parts
from target_spott.outcomes import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spott_client.models import RequestStats
    from spott_client.rate_limiter import RateLimiter
    from spott_singer.progress import Row

COLUMNS = ("sink", *OUTCOMES, "requests", "retries", "waited", "seconds")
"""Of the table at the end; `waited` are those of the seconds in which the quota let no request leave."""

logger = logging.getLogger("target-spott")


class Progress:
    """The progress of the one sink. How much is to come nobody knows: records come as the tap has them."""

    def __init__(self, counts: Mapping[str, int], stats: RequestStats, rate_limiter: RateLimiter) -> None:
        """Take what counts the records by outcome and the requests, and the quota."""
        self._counts = counts
        self._stats = stats
        self._rate_limiter = rate_limiter
        self._watch = Stopwatch(rate_limiter)
        self.telling = ProgressReporter(logger, self._lines, self._rows)

    def _lines(self) -> list[str]:
        records = sum(self._counts[outcome] for outcome in OUTCOMES)
        operations = (f"{self._counts[each]:,} {each}" for each in OUTCOMES if self._counts[each])
        parts = (*status_parts(records, self._stats, self._watch, self._rate_limiter), *operations)
        return [f"client_contacts: {', '.join(parts)}"]

    def _rows(self) -> Iterator[Row]:
        counts = (*(self._counts[each] for each in OUTCOMES), self._stats.requests, self._stats.retries)
        times = (self._watch.idle, self._watch.seconds)
        yield COLUMNS
        yield ("client_contacts", *(f"{count:,}" for count in counts), *(f"{time_:,.1f}" for time_ in times))
