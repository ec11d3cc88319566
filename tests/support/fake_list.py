"""An in-memory list that paginates as Spott documents, and keeps a watermark that no record shows."""

import base64
import json
import threading
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from spott_client.models import Page, ServerTime
from spott_client.pagination import page_times
from tap_spott.endpoints import FilterSupport, ListEndpoint
from tap_spott.sync.requester import ListRequester
from tap_spott.sync.types import Window

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
MICROSECOND, MILLISECOND, SECOND, DAY = 1, 1000, 1_000_000, 86_400_000_000
YEAR = 365 * DAY
EVERYTHING = Window(None, None)


def at(microseconds: int) -> datetime:
    """Return the instant this many microseconds after NOW."""
    return NOW + timedelta(microseconds=microseconds)


@dataclass
class Row:
    """A row of the server; records don't show the watermark."""

    id: int
    watermark: datetime
    version: int = 0

    @property
    def key(self) -> tuple[int, int]:
        return self.id, self.version


def _by_watermark(row: Row) -> tuple[float, int]:
    return (row.watermark - NOW) // timedelta(microseconds=1), row.id


def _newest_first(row: Row) -> tuple[float, int]:
    return -_by_watermark(row)[0], row.id


def _shuffled(row: Row) -> tuple[float, int]:
    return row.id * 7919 % 10007, row.id


ORDERS = {"by watermark": _by_watermark, "newest first": _newest_first, "shuffled": _shuffled}
NO_TIMES: tuple[object, ...] = (
    "soon",
    "",
    17,
    True,
    {"at": "noon"},
    "2024-02-30T00:00:00Z",
    "0001-01-01T00:00:00+09:00",
)


class FakeList(ListRequester):
    """A list with keyset pagination and `modifiedUntil`; each request takes a second.

    Args:
        watermarks: The watermarks of the rows.
        page_size: Rows per page.
        order: The order of the rows, a key of ORDERS.
        hints: How `modifiedAt` relates to the watermark, one of HINTS.
        sends_time: Whether responses have the server's time.
        time_error: How far that time may be from the real one, in microseconds.
        empty_pages: Whether an empty page with a cursor follows each page.
        readable_cursors: Whether cursors show a watermark, as Spott documents.
        changes: The row that changes at a request, by the request's number from 0; its watermark becomes that time.
    """

    endpoint = ListEndpoint(path="/list", supports_modified_since=True, modified_until=FilterSupport.DOCUMENTED)

    def __init__(  # noqa: PLR0913 - each is one property of a list
        self,
        watermarks: Iterable[datetime],
        *,
        page_size: int = 50,
        order: str = "by watermark",
        hints: str = "equal",
        sends_time: bool = True,
        time_error: int = 0,
        empty_pages: bool = False,
        readable_cursors: bool = True,
        changes: dict[int, int] | None = None,
    ) -> None:
        # Not ListRequester.__init__: this list is in memory, so there is no client.
        self.rows = [Row(number, watermark) for number, watermark in enumerate(watermarks)]
        self.windows: list[Window] = []
        self.page_size = page_size
        self._order = ORDERS[order]
        self._hints = hints
        self.sends_time = sends_time
        self.time_error = timedelta(microseconds=time_error)
        self._empty_pages = empty_pages
        self._readable_cursors = readable_cursors
        self._changes = changes or {}
        self._lock = threading.Lock()
        self._cursors: dict[str, tuple[float, int]] = {}
        self._sort()

    @property
    def requests(self) -> int:
        return len(self.windows)

    @property
    def now(self) -> datetime:
        return at(self.requests * SECOND)

    def get_page(self, window: Window, cursor: str | int | None) -> Page:
        with self._lock:
            now = self.now
            self._change(now)
            self.windows.append(window)
            follows_empty = cursor is not None and str(cursor).startswith("after empty")
            if self._empty_pages and cursor is not None and not follows_empty:
                return self._page([], f"after empty {cursor}", now, self._cursors[str(cursor)])
            return self._filled_page(window, None if cursor is None else self._cursors[str(cursor)], now)

    def expected(self, since: datetime | None, until: datetime) -> set[tuple[int, int]]:
        """Return the keys of the rows with these watermarks, as the rows are now."""
        with self._lock:
            return {c.key for c in self.rows if (since is None or since <= c.watermark) and c.watermark <= until}

    def _filled_page(self, window: Window, after: tuple[float, int] | None, now: datetime) -> Page:
        first = 0 if after is None else bisect_right(self._keys, after)
        matching = (row for row in islice(self._sorted_rows, first, None) if _lies_in(row.watermark, window))
        page = list(islice(matching, self.page_size + 1))
        items = [self._item(row) for row in page[: self.page_size]]
        if len(page) <= self.page_size:
            return self._page(items, None, now, None)
        return self._page(items, self._cursor(page[-2]), now, self._order(page[-2]))

    def _cursor(self, row: Row) -> str:
        """Return a cursor with a signature, which is different for each request."""
        shown = {"modifiedAt": row.watermark.isoformat(), "id": row.id} if self._readable_cursors else row.id
        payload = base64.urlsafe_b64encode(json.dumps(shown).encode()).decode().rstrip("=")
        return f"{payload}.{self.requests}"

    def _page(
        self, items: list[dict[str, Any]], cursor: str | None, now: datetime, after: tuple[float, int] | None
    ) -> Page:
        if cursor is not None and after is not None:
            self._cursors[str(cursor)] = after
        server_time = ServerTime(now - self.time_error, now + self.time_error) if self.sends_time else None
        return Page(items, cursor, server_time, page_times(items, cursor))

    def _item(self, row: Row) -> dict[str, Any]:
        item: dict[str, Any] = {"id": row.id, "version": row.version}
        if self._hints == "equal":
            item["modifiedAt"] = row.watermark.isoformat()
        elif self._hints == "earlier":
            item["modifiedAt"] = (row.watermark - timedelta(hours=row.id * 37 % 9000)).isoformat()
        elif self._hints == "unrelated":
            item["modifiedAt"] = at(row.id * 7919 % 10007 * DAY - 30 * YEAR).isoformat()
        elif self._hints == "garbage":
            item["modifiedAt"] = NO_TIMES[row.id % len(NO_TIMES)]
        return item

    def _change(self, now: datetime) -> None:
        number = self._changes.get(self.requests)
        if number is not None and number < len(self.rows):
            self.rows[number].watermark = now
            self.rows[number].version += 1
            self._sort()

    def _sort(self) -> None:
        self._sorted_rows = sorted(self.rows, key=self._order)
        self._keys = [self._order(row) for row in self._sorted_rows]


HINTS = ("equal", "earlier", "unrelated", "missing", "garbage")


def _lies_in(watermark: datetime, window: Window) -> bool:
    return (window.since is None or window.since <= watermark) and (window.until is None or watermark <= window.until)
