"""How far each stream of a run is, how fast it goes, and what came of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from spott_singer.progress import ProgressReporter, Stopwatch, status_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spott_client.models import RequestStats
    from spott_client.rate_limiter import RateLimiter
    from spott_singer.progress import Row

COLUMNS = ("stream", "records", "requests", "retries", "skipped", "waited", "seconds", "bookmark")
"""Of the table at the end; `waited` are those of the seconds in which the quota let no request leave."""

logger = logging.getLogger("tap-spott")


class StreamProgress:
    """How far one stream is.

    Attributes:
        records: How many have been written.
        bookmark: The one reached, as the state has it; None: none.
        expected: Tells how many records there will be in all, if that can be told.
    """

    def __init__(self, stream: str, stats: RequestStats, rate_limiter: RateLimiter) -> None:
        """Take the stream's name, what counts its requests, and the quota."""
        self.stream = stream
        self.records = 0
        self.bookmark: str | None = None
        self.expected: Callable[[], float | None] = lambda: None
        self.watch = Stopwatch(rate_limiter)
        self._stats = stats
        self._rate_limiter = rate_limiter

    def line(self) -> str:
        """Return how far it is."""
        parts = status_parts(self.records, self._stats, self.watch, self._rate_limiter)
        expected = self.expected()
        if expected and self.records:
            left = max(expected - self.records, 0)
            parts.append(f"{self.records / (self.records + left):.0%} done")
            parts.append(f"about {_duration(self._time_for(left))} left")
        return f"{self.stream}: {', '.join(parts)}"

    def row(self) -> Row:
        """Return what came of it, under COLUMNS."""
        stats = self._stats
        counts = (self.records, stats.requests, stats.retries, stats.skipped)
        times = (self.watch.idle, self.watch.seconds)
        numbers = (*(f"{count:,}" for count in counts), *(f"{time_:,.1f}" for time_ in times))
        return (self.stream, *numbers, self.bookmark or "none")

    def _time_for(self, records: float) -> float:
        """Return in how many seconds so many more records will be there: as fast as so far, and as the quota allows."""
        more = records / self.records
        busy = self.watch.seconds - self.watch.idle
        return max(more * busy, self._rate_limiter.estimate_wait(round(more * self._stats.requests)))


class SyncProgress:
    """The progress of all streams of a run."""

    def __init__(self, rate_limiter: RateLimiter) -> None:
        """Take the quota that the streams share."""
        self._rate_limiter = rate_limiter
        self._streams: dict[str, StreamProgress] = {}
        self.telling = ProgressReporter(logger, self._lines, self._rows)

    def begin(self, stream: str, stats: RequestStats) -> StreamProgress:
        """Return the progress of a stream that begins now."""
        return self._streams.setdefault(stream, StreamProgress(stream, stats, self._rate_limiter))

    def _lines(self) -> list[str]:
        return [progress.line() for progress in list(self._streams.values()) if progress.watch.is_running]

    def _rows(self) -> Iterator[Row]:
        yield COLUMNS
        yield from (progress.row() for progress in self._streams.values())


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
