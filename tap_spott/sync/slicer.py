"""Slices a range of time into windows of similar size. No clock, no requests.

Records don't show their watermark, and the watermark may be later than `modifiedAt` (documentation page "Get client
contacts"). The slicer uses `modifiedAt` only to estimate how many records a window holds. A wrong estimate makes
windows larger or smaller; it never loses a record.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from spott_client.timestamps import EPOCH
from tap_spott.sync.types import Window

MIN_RECORDS, MAX_RECORDS = 100, 400
"""Bounds of a window's target size: few enough to re-read after an interruption, enough to fill pages."""

TARGET_DIVISOR = 16
"""The target size is this fraction of the records read so far: another window costs a longer run relatively less."""

SHRINK, GROW = 8, 4
"""How much narrower or wider the next window may be than the one before it."""

MIN_WIDTH = timedelta(seconds=1)
"""A narrower window is read as it is: records that share a watermark can't be separated."""

HALF_MILLISECOND = timedelta(microseconds=500)
"""Windows meet between two milliseconds, so that a record with a whole millisecond lies in one window only."""


class WindowStats:
    """What the pages of a window have shown so far.

    Attributes:
        window: The window.
        records: How many records its pages held.
        expected: How many records the last estimate expected; None before the first estimate.
        exceeded_estimate: Whether the window once held far more records than expected.
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        self.records = 0
        self.expected: float | None = None
        self.exceeded_estimate = False
        self._earliest: datetime | None = None
        self._latest: datetime | None = None

    def observe(self, times: Iterable[datetime]) -> None:
        """Take the times that the records of a page show; times outside of the window are ignored."""
        inside = [time for time in times if self.window.contains(time)]
        if inside:
            self._earliest = min(inside) if self._earliest is None else min(self._earliest, *inside)
            self._latest = max(inside) if self._latest is None else max(self._latest, *inside)

    @property
    def needs_estimate(self) -> bool:
        """Whether to estimate now: after the first page, and when far more records came than expected."""
        return self.expected is None or self.records > 2 * self.expected + MIN_RECORDS

    @property
    def start(self) -> datetime | None:
        """The window's start, or the earliest time that its records show."""
        return self.window.since or self._earliest

    def estimate(self, until: datetime) -> float | None:
        """Return how many records the window holds if its density is constant; None if no record shows a time."""
        if self._earliest is None or self._latest is None or self.start is None:
            return None
        span = (self._latest - self._earliest) or (self._latest - self.start)
        return self.records * (1 + (until - self._latest) / span) if span else None


class WindowSlicer:
    """Slices a range into windows with about as many records each, and learns their width from each window read."""

    def __init__(self) -> None:
        self._width: timedelta | None = None
        self._proven_width: timedelta | None = None
        self._times_mislead = False
        self._records_read = 0

    @property
    def target_size(self) -> int:
        """How many records the next window should hold."""
        return min(max(self._records_read // TARGET_DIVISOR, MIN_RECORDS), MAX_RECORDS)

    def next_window(self, time_range: Window) -> tuple[Window, Window | None]:
        """Return the first window of a range, and the rest of the range, if any."""
        if time_range.since is None or time_range.until is None or self._width is None:
            return time_range, None
        if time_range.until - time_range.since <= 1.5 * self._width:
            return time_range, None
        return _split(time_range, time_range.since + self._width)

    def split_if_too_large(self, stats: WindowStats, until: datetime) -> tuple[Window, Window] | None:
        """Estimate the size of a window that has more pages.

        Args:
            stats: What has been read of the window.
            until: The window's end.

        Returns:
            None to read on; otherwise a narrower window to read instead, and the rest.
        """
        time_range = Window(stats.window.since, until)
        start = stats.start or EPOCH
        if stats.expected is not None:
            self._times_mislead |= stats.exceeded_estimate
            stats.exceeded_estimate = True
        estimate = None if self._times_mislead else stats.estimate(until)
        stats.expected = estimate or stats.records
        if until - start <= 2 * MIN_WIDTH:
            return None
        if estimate is None:
            return self._split_without_estimate(time_range, start, until)
        tolerated = self.target_size if self._width is None else 2 * self.target_size
        if estimate - stats.records <= max(stats.records, tolerated):
            return None
        self._width = max((until - start) * (self.target_size / estimate), MIN_WIDTH)
        return _split(time_range, start + self._width)

    def observe(self, window: Window, records: int) -> None:
        """Learn from a window that was read to its end, and from how many records it held."""
        self._records_read += records
        if window.since is None or window.until is None:
            return
        factor = self.target_size / max(records, 1)
        self._width = max((window.until - window.since) * min(max(factor, 1 / SHRINK), GROW), MIN_WIDTH)
        if records:
            self._proven_width = self._width

    def _split_without_estimate(
        self, time_range: Window, start: datetime, until: datetime
    ) -> tuple[Window, Window] | None:
        width = until - start
        if self._proven_width is not None and width <= 2 * self._proven_width:
            return None
        self._width = max(width / SHRINK, MIN_WIDTH)
        return _split(time_range, start + self._width)


def _split(time_range: Window, at: datetime) -> tuple[Window, Window]:
    meeting = at.replace(microsecond=at.microsecond // 1000 * 1000) + HALF_MILLISECOND
    return Window(time_range.since, meeting), Window(meeting, time_range.until)
