"""Track the progress of each stream in a sync: records, requests, speed, time left and status."""

import logging
from typing import Any

from typing_extensions import override

from spott_client.models import RequestStats
from spott_client.rate_limiter import RateLimiter
from spott_singer.progress import ProgressReporter, Status, StatusLine, Stopwatch, status_parts

logger = logging.getLogger("tap-spott")


class StreamProgress:
    """The progress of one stream.

    Attributes:
        stream: The stream's name.
        records: Records written.
        bookmark: The bookmark in the state; None: none.
        expected: The number of records there will be in all; None: unknown.
        status: How the stream ended; None: not yet.
    """

    def __init__(self, stream: str, stats: RequestStats, rate_limiter: RateLimiter) -> None:
        self.stream = stream
        self.records = 0
        self.bookmark: str | None = None
        self.expected: float | None = None
        self.status: Status | None = None
        self.watch = Stopwatch(rate_limiter)
        self._stats = stats
        self._rate_limiter = rate_limiter

    def end(self, status: Status) -> None:
        """Note how the stream ended, unless it has ended before."""
        self.watch.stop()
        self.status = self.status or status

    def status_line(self) -> StatusLine:
        """Return how far the stream is."""
        parts = status_parts(self.records, self._stats, self.watch, self._rate_limiter)
        fraction = None
        if self.expected and self.records:
            remaining = max(self.expected - self.records, 0)
            fraction = self.records / (self.records + remaining)
            parts = [f"{fraction:.0%} done", f"about {_duration(self._estimate_seconds(remaining))} left", *parts]
        return StatusLine(f"{self.stream}: {', '.join(parts)}", fraction)

    def summary(self) -> dict[str, Any]:
        """Return the values for the stream's metric and its row of the table."""
        return {
            "stream": self.stream,
            "records": self.records,
            "requests": self._stats.requests,
            "retries": self._stats.retries,
            "skipped": self._stats.skipped,
            "throttled_seconds": round(self.watch.throttled, 3),
            "seconds": round(self.watch.seconds, 3),
            "bookmark": self.bookmark,
            "status": self.status,
        }

    def _estimate_seconds(self, records: float) -> float:
        """Return how long this many more records take, at the speed so far and within the rate limit."""
        more = records / self.records
        busy = self.watch.seconds - self.watch.throttled
        return max(more * busy, self._rate_limiter.estimate_wait(round(more * self._stats.requests)))


class SyncProgress(ProgressReporter):
    """The progress of all streams of a sync."""

    def __init__(self, rate_limiter: RateLimiter) -> None:
        super().__init__(logger)
        self._rate_limiter = rate_limiter
        self._streams: dict[str, StreamProgress] = {}

    def start_stream(self, stream: str, stats: RequestStats) -> StreamProgress:
        """Return the progress of a stream that starts now."""
        return self._streams.setdefault(stream, StreamProgress(stream, stats, self._rate_limiter))

    @override
    def status_line(self) -> StatusLine | None:
        running = (progress for progress in list(self._streams.values()) if progress.status is None)
        return next((progress.status_line() for progress in running), None)

    @override
    def summary(self, status: Status) -> list[dict[str, Any]]:
        for progress in self._streams.values():
            progress.end(status)
        return [progress.summary() for progress in self._streams.values()]


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
