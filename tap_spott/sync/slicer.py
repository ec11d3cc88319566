"""Slices a range of time into windows of similar size. No clock, no requests.

A window that turns out to be too large is split. Its pages are then requested again, so it is split only if it seems to
have many more. The estimate uses the watermark in a page's cursor, or else `modifiedAt` of its records, which may be
earlier than their watermark. A wrong estimate makes windows larger or smaller; it never loses a record.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from tap_spott.sync.types import Window

MIN_RECORDS, MAX_RECORDS = 100, 400
"""Bounds of a window's target size: few enough to re-read after an interruption, enough to fill pages."""

TARGET_DIVISOR = 16
"""The target size is this fraction of the records read so far: another window costs a longer run relatively less."""

SPLIT_FACTOR = 12
"""Split a window that seems to have this many times the records read so far, which are then read again."""

SAMPLE_TOLERANCE = 2
"""A sample with this fraction of the expected records confirms an estimate."""

MAX_CHANGE = 8
"""How much narrower or wider the next window may be than the one before it."""

SPARE_REQUESTS, SPARE_SHARE = 1, 0.2
"""How many requests windows may cost more than their pages: this number, and this share of the pages."""

MIN_WIDTH = timedelta(seconds=1)
"""A narrower window is read as it is: records that share a watermark can't be separated."""

HALF_MILLISECOND = timedelta(microseconds=500)
"""Windows meet between two milliseconds, so that a record with a whole millisecond lies in one window only."""


class Estimate(NamedTuple):
    """How many records a window holds, where they start, and the time from one to the next."""

    records: float
    start: datetime
    width: timedelta


class Split(NamedTuple):
    """Two windows to read in place of one.

    Attributes:
        window: The narrower window to read now.
        rest: The rest of the range.
        sample: A window that has a page of records if the list is that large; None: no need to check.
    """

    window: Window
    rest: Window
    sample: Window | None


class WindowStats:
    """What the pages of a window have shown so far.

    Attributes:
        window: The window.
        records: How many records its pages held.
    """

    def __init__(self, window: Window) -> None:
        self.window = window
        self.records = 0
        self._first: tuple[int, datetime] | None = None
        self._last: tuple[int, datetime] | None = None

    def observe(self, records: int, times: Iterable[tuple[int, datetime]]) -> None:
        """Take a page.

        Args:
            records: How many records it has.
            times: Times that it shows, and how many of its records come before each. Times outside of the window are
                ignored.
        """
        for position, time in times:
            if self.window.contains(time):
                self._last = (self.records + position, time)
                self._first = self._first or self._last
        self.records += records

    def estimate(self, until: datetime) -> Estimate | None:
        """Estimate the size of the window, if its density is constant and its pages are in order of time.

        Args:
            until: The window's end.

        Returns:
            None if the pages show too little.
        """
        if self._first is None or self._last is None:
            return None
        (position, start), (last_position, last), since = self._first, self._last, self.window.since
        if self._first == self._last and since:
            position, start = 0, since
        if last == start or last_position == position:
            return None
        width = max(abs(last - start) / (last_position - position), timedelta.resolution)
        if start < last:
            return Estimate(self.records + (until - last) / width, start, width)
        return Estimate(self.records + (last - since) / width, since, width) if since else None


class WindowSlicer:
    """Slices a range into windows with about as many records each, and learns their width from each window read.

    Windows cost requests: their last page is partly empty, an empty window has a page too, and the pages of a window
    that is split are requested again. The slicer therefore compares the requests with the records that they brought.
    """

    def __init__(self) -> None:
        self._width: timedelta | None = None
        self._filled = 0
        self._requests = 0
        self._records = 0
        self._page_size = 1
        self._next_sample = 0
        self._shows_times = False

    @property
    def target_size(self) -> int:
        """How many records the next window should hold."""
        smallest = MIN_RECORDS if self._shows_times else 2 * MIN_RECORDS
        return min(max(self._records // TARGET_DIVISOR, smallest), MAX_RECORDS)

    @property
    def max_windows(self) -> int:
        """How many windows to read at once: one more for each window in a row that had records."""
        return 1 + self._filled

    def next_window(self, time_range: Window) -> tuple[Window, Window | None]:
        """Return the first window of a range, and the rest of the range, if any."""
        if time_range.since is None or time_range.until is None or self._width is None:
            return time_range, None
        can_spare = self._can_spare()
        width = self._width if can_spare else 2 * self._width
        if time_range.until - time_range.since <= 1.5 * width or not (self._filled or can_spare):
            return time_range, None
        return _split(time_range, time_range.since + width)

    def split_if_too_large(self, stats: WindowStats, until: datetime) -> Split | None:
        """Estimate the size of a window that has more pages.

        Args:
            stats: What has been read of the window.
            until: The window's end.

        Returns:
            None to read on.
        """
        estimate = stats.estimate(until)
        factor = 2 if self._shows_times else SPLIT_FACTOR
        if estimate is None or estimate.records < max(factor * stats.records, stats.records + 2 * self.target_size):
            return None
        length, sample = until - estimate.start, None
        if length <= 2 * MIN_WIDTH:
            return None
        if not self._filled and not self._can_spare():
            return None
        if not self._filled and not self._shows_times:
            if stats.records < self._next_sample:
                return None
            self._next_sample = 2 * stats.records
            since = estimate.start + estimate.width * SPLIT_FACTOR * stats.records
            sample = Window(since, since + estimate.width * self._page_size)
        self._width = max(min(self.target_size * estimate.width, length / 2), MIN_WIDTH)
        return Split(*_split(Window(stats.window.since, until), estimate.start + self._width), sample)

    def confirms(self, records: int) -> bool:
        """Tell whether a sample has about as many records as the estimate said."""
        self._requests += 1
        return records >= self._page_size / SAMPLE_TOLERANCE

    def add_page(self, records: int, *, shows_times: bool) -> None:
        """Count a page, and note whether its records show when they changed."""
        self._shows_times = shows_times
        self._requests += 1
        self._records += records
        self._page_size = max(self._page_size, records)

    def discard(self, records: int) -> None:
        """Take back records that will be read again."""
        self._records -= records

    def observe(self, window: Window, records: int) -> None:
        """Learn from a window that was read to its end, and from how many records it held."""
        self._filled = self._filled + 1 if records else 0
        if window.since and window.until:
            factor = self.target_size / max(records, 1)
            factor = min(max(factor, 1 / MAX_CHANGE), MAX_CHANGE)
            self._width = max((window.until - window.since) * factor, MIN_WIDTH)

    def _can_spare(self) -> bool:
        """Tell whether another request may be in vain."""
        allowed = (1 + SPARE_SHARE) * self._records / self._page_size + SPARE_REQUESTS
        return self._requests + 1 <= allowed


def _split(time_range: Window, at: datetime) -> tuple[Window, Window]:
    meeting = at.replace(microsecond=at.microsecond // 1000 * 1000) + HALF_MILLISECOND
    return Window(time_range.since, meeting), Window(meeting, time_range.until)
