"""Times, windows and bookmarks: what to ask for next. Pure functions, no clock.

A bookmark vouches for Spott's sync watermark (documentation page "Get client contacts"): every record whose watermark
is at or before it has been read. Records do not show their watermark; it may be later than their `modifiedAt`. So a
bookmark is never taken from records, only from the windows that were read to their end.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from spott_client.timestamps import EPOCH
from tap_spott.sync.types import Window

if TYPE_CHECKING:
    from collections.abc import Iterable


MIN_RECORDS, MAX_RECORDS = 100, 400
"""How many records a window is meant to hold: few enough to read again after an interruption, enough to fill pages.

Between them it is a sixteenth of what has been read so far: the longer a run, the less another window matters.
"""

SHRINK, GROW = 8, 4
"""How much narrower or wider the next window may be than the one before it."""

MIN_WIDTH = timedelta(seconds=1)
"""Records that share a watermark can't be parted; below this width a window is read as it is."""

HALF_MILLISECOND = timedelta(microseconds=500)
"""Windows meet between two milliseconds, so that a record written to the millisecond falls into one of them only."""


class WindowStats:
    """What is known of a window while it is being read, page by page."""

    def __init__(self, window: Window) -> None:
        """Begin with nothing read."""
        self.window = window
        self.records = 0
        self.expected: float | None = None
        """How many records were thought to be in it when it was last judged."""
        self.was_mistaken = False
        """Whether it has held far more than that once."""
        self._earliest: datetime | None = None
        self._latest: datetime | None = None

    def see(self, times: Iterable[datetime]) -> None:
        """Take note of the times that the records of a page show."""
        inside = [time for time in times if self.window.contains(time)]
        if inside:
            self._earliest = min(inside) if self._earliest is None else min(self._earliest, *inside)
            self._latest = max(inside) if self._latest is None else max(self._latest, *inside)

    @property
    def is_due(self) -> bool:
        """Whether it is to be judged: after its first page, and when it holds far more than was expected."""
        return self.expected is None or self.records > 2 * self.expected + MIN_RECORDS

    @property
    def start(self) -> datetime | None:
        """Where the window begins, or its records do."""
        return self.window.since or self._earliest

    def estimate(self, until: datetime) -> float | None:
        """Return how many records it holds if the rest is like what has been read; None if their times do not tell."""
        if self._earliest is None or self._latest is None or self.start is None:
            return None
        span = (self._latest - self._earliest) or (self._latest - self.start)
        return self.records * (1 + (until - self._latest) / span) if span else None


class WindowSlicer:
    """Cuts a stretch of time into windows of about as many records each, learning their width as it goes.

    The times that records show (`modifiedAt`) only hint at their watermarks. Where they mislead, windows get larger or
    smaller than they were meant to be, and nothing else.
    """

    def __init__(self) -> None:
        """Begin without any idea of how dense the records lie."""
        self._width: timedelta | None = None
        self._proven: timedelta | None = None
        self._hints_mislead = False
        self._read = 0

    @property
    def wanted(self) -> int:
        """How many records the next window is meant to hold."""
        return min(max(self._read // 16, MIN_RECORDS), MAX_RECORDS)

    def cut(self, stretch: Window) -> tuple[Window, Window | None]:
        """Return the next window to read, and what is left of the stretch after it."""
        if stretch.since is None or stretch.until is None or self._width is None:
            return stretch, None
        if stretch.until - stretch.since <= 1.5 * self._width:
            return stretch, None
        return _split(stretch, stretch.since + self._width)

    def judge(self, progress: WindowStats, until: datetime) -> tuple[Window, Window] | None:
        """Judge a window that goes on and is due.

        Args:
            progress: What has been read of it.
            until: Where it ends.

        Returns:
            None to read on; else a narrower window to read instead, and the rest of this one.
        """
        stretch = Window(progress.window.since, until)
        start = progress.start or EPOCH
        if progress.expected is not None:
            self._hints_mislead |= progress.was_mistaken
            progress.was_mistaken = True
        estimate = None if self._hints_mislead else progress.estimate(until)
        progress.expected = estimate or progress.records
        if until - start <= 2 * MIN_WIDTH:
            return None
        if estimate is None:
            return self._cut_blindly(stretch, start, until)
        tolerated = self.wanted if self._width is None else 2 * self.wanted
        if estimate - progress.records <= max(progress.records, tolerated):
            return None
        self._width = max((until - start) * (self.wanted / estimate), MIN_WIDTH)
        return _split(stretch, start + self._width)

    def learn(self, window: Window, records: int) -> None:
        """Take note of how many records a window held that was read to its end."""
        self._read += records
        if window.since is None or window.until is None:
            return
        factor = self.wanted / max(records, 1)
        self._width = max((window.until - window.since) * min(max(factor, 1 / SHRINK), GROW), MIN_WIDTH)
        if records:
            self._proven = self._width

    def _cut_blindly(self, stretch: Window, start: datetime, until: datetime) -> tuple[Window, Window] | None:
        width = until - start
        if self._proven is not None and width <= 2 * self._proven:
            return None
        self._width = max(width / SHRINK, MIN_WIDTH)
        return _split(stretch, start + self._width)


def _split(stretch: Window, at: datetime) -> tuple[Window, Window]:
    meeting = at.replace(microsecond=at.microsecond // 1000 * 1000) + HALF_MILLISECOND
    return Window(stretch.since, meeting), Window(meeting, stretch.until)
