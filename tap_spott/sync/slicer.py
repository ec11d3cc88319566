"""Slice a range of time into windows of similar size, within a budget of requests. No clock, no requests.

A list is read in one piece until a sample shows that it is large, because the pages read so far are then requested
again. A wrong estimate makes windows larger or smaller; it never loses a record.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from spott_client.timestamps import EPOCH
from tap_spott.sync.types import Window

MIN_RECORDS, MAX_RECORDS, TARGET_DIVISOR = 150, 400, 16
"""Bounds of a window's target size, which is that fraction of the records read so far: few to read again."""

SPLIT_FACTOR = 12
"""Split a window that seems to have this many times the records read so far, which are then requested again."""

PAGES_WITHOUT_TIMES, ASSUMED_RANGE = 4, timedelta(days=730)
"""If pages show no order of time, how many to read before a sample, and the range to sample if it has no start."""

SPARE_REQUESTS, SPARE_SHARE = 1, 0.2
"""How many requests may be wasted: this number, and this share of the pages. A probe costs one more."""

SHRINK, GROW, WIDEN = 8, 4, 3
"""How much narrower or wider the next window may be than the one before it, and is if no request can be spared."""

MIN_WIDTH = timedelta(seconds=1)
"""A narrower window is read as it is: records that share a watermark can't be separated."""

HALF_MILLISECOND = timedelta(microseconds=500)
"""Windows meet between two milliseconds, so that a record with a whole millisecond lies in one window only."""


class WindowStats:
    """What the pages of a window have shown so far.

    Attributes:
        window: The window.
        expected: How many records the slicer expected in it; 0 if it knew nothing.
        is_in_order: Whether each page showed the time of its last record, and none was earlier than the one before.
        latest: The last of these times.
    """

    def __init__(self, window: Window, expected: int = 0) -> None:
        self.window = window
        self.expected = expected
        self.pages = self.records = 0
        self.is_in_order = True
        self.latest = window.since or datetime.min.replace(tzinfo=UTC)
        self.interval = timedelta()
        self._before = (0, self.latest)
        self._next_estimate = 0

    def add(self, records: int, times: Sequence[datetime]) -> None:
        """Take a page, and the times of its first and last record, as far as it shows them."""
        self.is_in_order &= bool(times) and self.latest <= times[-1]
        self.latest = times[-1] if times else self.latest
        self.pages += 1
        self.records += records
        if self.pages == 1:
            start = times[0] if len(times) > 1 else self.window.since
            self._before = (0, start) if start else (records, self.latest)

    def estimate_interval(self) -> timedelta | None:
        """Return the time from one record to the next; None until pages show enough, and until the records doubled."""
        enough = self.records > self._before[0] if self.is_in_order else self.pages >= PAGES_WITHOUT_TIMES
        if not enough or self.records < max(self._next_estimate, 0 if self.is_in_order else GROW * self.expected):
            return None
        (records, time), self._before = self._before, (self.records, self.latest)
        self._next_estimate = 2 * self.records
        self.interval = (self.latest - time) / max(self.records - records, 1)
        return self.interval


class WindowSlicer:
    """Slices a range into windows with about as many records each, and learns their width from each window read.

    Windows cost requests: their last page is partly empty, and the pages of a window that is split are requested again.
    The slicer therefore compares the requests with the records that they brought.
    """

    def __init__(self) -> None:
        self._width: timedelta | None = None
        self._page_size = 1
        self._requests = self._records = self._likely_records = 0

    @property
    def target_size(self) -> int:
        """How many records the next window should hold."""
        return min(max(self._records // TARGET_DIVISOR, MIN_RECORDS), MAX_RECORDS)

    @property
    def spare_requests(self) -> int:
        """How many more requests may be wasted."""
        spare = self._records + SPARE_SHARE * max(self._records, self._likely_records)
        return math.floor(SPARE_REQUESTS + spare / self._page_size - self._requests)

    def add_page(self, records: int) -> None:
        """Count a page."""
        self._requests += 1
        self._records += records
        self._page_size = max(self._page_size, records)

    def next_window(self, time_range: Window) -> tuple[WindowStats, Window | None]:
        """Return the first window of a range, and the rest of the range, if any."""
        if time_range.since is None or time_range.until is None or self._width is None:
            return WindowStats(time_range), None
        factor = 1 if self.spare_requests > 0 else WIDEN
        if (time_range.until - time_range.since) / self._width <= 1.5 * factor:
            return WindowStats(time_range, factor * self.target_size), None
        window, rest = _split(time_range, time_range.since + factor * self._width)
        return WindowStats(window, factor * self.target_size), rest

    def next_sample(self, stats: WindowStats, until: datetime) -> Window | None:
        """Return a window that holds a quarter of a page or more if the window being read is large; None: read on."""
        if self.spare_requests < 1 or (interval := stats.estimate_interval()) is None:
            return None
        start = stats.latest if stats.is_in_order else _start(stats.window, until)
        length, ahead = until - start, max(SPLIT_FACTOR * stats.records, GROW * stats.expected)
        left = length / interval if interval else 0
        # An account grows, so the records of its first years suggest too small a list.
        if length < 2 * MIN_WIDTH or (stats.is_in_order and left * (1 if stats.expected else GROW) < ahead):
            return None
        if stats.is_in_order and left >= ahead + self._page_size:
            since, width = start + ahead * interval, self._page_size * interval / 2
        else:
            # A quarter of a page in this width means half as many records again as `ahead`: the density varies.
            since, width = until - length * (0.2 + 0.3 / stats.pages), length / (6 * ahead / self._page_size)
        return Window(_between(since), _between(since + max(width, MIN_WIDTH)))

    def split(self, stats: WindowStats, until: datetime, sample: Window, records: int) -> tuple[Window, Window] | None:
        """Return a narrower window to read instead, and the rest; None if the sample held few records."""
        self._requests += 1
        if sample.since is None or sample.until is None or records < self._page_size / 4:
            return None
        start = _start(stats.window, until)
        sampled = (sample.until - sample.since) / records
        likely = min((until - sample.until) / sampled, 2 * SPLIT_FACTOR * stats.records)
        self._likely_records = max(self._likely_records, self._records + round(likely))
        interval = stats.interval if stats.is_in_order else sampled
        self._width = max(min(self.target_size * interval, (until - start) / 2), MIN_WIDTH)
        self._records -= stats.records
        middle = stats.latest + MIN_WIDTH if stats.is_in_order else start + self._width
        return _split(Window(stats.window.since, until), middle)

    def observe(self, stats: WindowStats, window: Window) -> None:
        """Learn from a window that was read to its end."""
        if stats.expected and window.since and window.until:
            factor = min(max(self.target_size / max(stats.records, 1), 1 / SHRINK), GROW)
            self._width = max((window.until - window.since) * factor, MIN_WIDTH)


def _start(window: Window, until: datetime) -> datetime:
    return window.since or max(until, EPOCH + ASSUMED_RANGE) - ASSUMED_RANGE


def _between(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000) + HALF_MILLISECOND


def _split(time_range: Window, at: datetime) -> tuple[Window, Window]:
    return Window(time_range.since, _between(at)), Window(_between(at), time_range.until)
