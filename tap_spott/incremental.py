"""Times, windows and bookmarks: what to ask for next. Pure functions, no clock.

A bookmark vouches for Spott's sync watermark (documentation page "Get client contacts"): every record whose watermark is
at or before it has been read. Records do not show their watermark; it may be later than their `modifiedAt`. So a bookmark
is never taken from records, only from the windows that were read to their end.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

RECORDS_PER_WINDOW = 200
"""What a window is meant to hold: few enough to read again after an interruption, enough to fill its pages."""

SHRINK, GROW = 8, 4
"""How much narrower or wider the next window may be than the one before it."""

OVERDUE = 4 * RECORDS_PER_WINDOW
"""A window that goes on after so many records is larger than their times made believe."""

NARROWEST = timedelta(seconds=1)
"""Records that share a watermark can't be parted; below this width a window is read as it is."""

BETWEEN_MILLISECONDS = timedelta(microseconds=500)
"""Windows meet between two milliseconds, so that a record written to the millisecond falls into one of them only."""


def parse_time(text: str) -> datetime:
    """Read an ISO 8601 date or date-time; without an offset it is UTC. Digits beyond microseconds are cut off.

    Returns:
        The instant, in UTC.

    Raises:
        ValueError: It is no date-time, or an instant outside of the years 1 to 9999.
    """
    parsed = datetime.fromisoformat(text.strip())
    try:
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except OverflowError as error:
        msg = f"{text!r} is outside of the years 1 to 9999"
        raise ValueError(msg) from error


def format_time(instant: datetime) -> str:
    """Write an instant as Spott's pattern wants it (page "Get client contacts"): UTC, always with `Z`."""
    precision = "microseconds" if instant.microsecond % 1000 else "milliseconds"
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def look_back(bookmark: datetime, seconds: int) -> datetime:
    """Return the instant that lies this many seconds before the bookmark, or the first one there is."""
    return bookmark - min(timedelta(seconds=seconds), bookmark - datetime.min.replace(tzinfo=UTC))


class Window(NamedTuple):
    """A stretch of watermarks, both ends inclusive. None: no bound."""

    since: datetime | None
    until: datetime | None

    def contains(self, instant: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return (self.since is None or self.since <= instant) and (self.until is None or instant <= self.until)

    def width(self, start: datetime | None = None) -> timedelta | None:
        """Return how long it is, from `start` where it has no lower bound; None where that can't be said."""
        since = self.since or start
        return None if since is None or self.until is None else self.until - since


class Cutter:
    """Cuts a stretch of time into windows of about `RECORDS_PER_WINDOW` records, learning their width as it goes.

    The times that records show (`modifiedAt`) only hint at their watermarks. Where they mislead, windows get larger or
    smaller than they were meant to be, and nothing else.
    """

    def __init__(self) -> None:
        """Begin without any idea of how dense the records lie."""
        self._width: timedelta | None = None
        self._proven: timedelta | None = None
        self._hints_mislead = False

    def cut(self, stretch: Window) -> tuple[Window, Window | None]:
        """Return the next window to read, and what is left of the stretch after it."""
        whole = stretch.width()
        if stretch.since is None or whole is None or self._width is None or whole <= 1.5 * self._width:
            return stretch, None
        return _split(stretch, stretch.since + self._width)

    def shrink(self, window: Window, times: Iterable[datetime]) -> tuple[Window, Window] | None:
        """Judge a window that goes on after its first page, of whose records these are the times.

        Returns:
            None to read on; else a narrower window to read instead, and the rest of this one.
        """
        inside = sorted(time for time in times if window.contains(time))
        start = window.since or (inside[0] if inside else None)
        width = window.width(start)
        if start is None or width is None or width <= 2 * NARROWEST:
            return None
        page_width = inside[-1] - inside[0] if inside and not self._hints_mislead else None
        if page_width is None:
            return self._shrink_blindly(window, start, width)
        if not page_width:
            self._width = max(width / 32, NARROWEST)
            return _split(window, min(inside[-1] + NARROWEST, start + width / 2))
        expected = len(inside) * (width / page_width)
        if expected <= 2 * RECORDS_PER_WINDOW:
            return None
        self._width = max(width * (RECORDS_PER_WINDOW / expected), NARROWEST)
        return _split(window, start + self._width)

    def shrink_overdue(self, window: Window, times: Iterable[datetime]) -> tuple[Window, Window] | None:
        """Judge a window that still goes on after `OVERDUE` records, of which these are the times of the latest.

        Returns:
            As `shrink`.
        """
        inside = sorted(time for time in times if window.contains(time))
        start = window.since or (inside[0] if inside else None)
        width = window.width(start)
        if start is None or width is None or width <= 2 * NARROWEST or inside[:1] == inside[-1:]:
            return None
        self._hints_mislead = True
        return self._shrink_blindly(window, start, width)

    def learn(self, window: Window, records: int) -> None:
        """Take note of how many records a window held that was read to its end."""
        width = window.width()
        if width is None:
            return
        factor = RECORDS_PER_WINDOW / max(records, 1)
        self._width = max(width * min(max(factor, 1 / SHRINK), GROW), NARROWEST)
        if records:
            self._proven = self._width

    def _shrink_blindly(self, window: Window, start: datetime, width: timedelta) -> tuple[Window, Window] | None:
        if self._proven is not None and width <= 2 * self._proven:
            return None
        self._width = max(width / SHRINK, NARROWEST)
        return _split(window, start + self._width)


def _split(stretch: Window, at: datetime) -> tuple[Window, Window]:
    meeting = at.replace(microsecond=at.microsecond // 1000 * 1000) + BETWEEN_MILLISECONDS
    return Window(stretch.since, meeting), Window(meeting, stretch.until)
