"""A table of rows in the order in which a list endpoint sends them."""

import json
import zlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Literal, TypeVar

import msgspec

from spott_sandbox.rows import Row

Order = Literal["watermark", "newest_first", "shuffled"]
R = TypeVar("R", bound=Row)
_SORT_KEYS: dict[str, Callable[[int, str], int]] = {
    "watermark": lambda watermark, _: watermark,
    "newest_first": lambda watermark, _: -watermark,
    "shuffled": lambda _, row_id: zlib.crc32(row_id.encode()),
}


class Table(Generic[R]):
    """Rows, by ID and by position in the order."""

    def __init__(self, rows: Iterable[R]) -> None:
        """Create a table ordered by watermark, then ID."""
        self._rows = {row.id: row for row in rows}
        self.order = "watermark"

    def __iter__(self) -> Iterator[R]:
        """Iterate over the rows in order."""
        return (self._rows[row_id] for _, row_id in self._keys)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def get(self, row_id: str) -> R | None:
        """Return the row with this ID, if any."""
        return self._rows.get(row_id)

    def at(self, index: int) -> R:
        """Return the row at an index in the order, from 0."""
        return self._rows[self._keys[index][1]]

    @property
    def order(self) -> Order:
        """The order of the rows; equal rows are ordered by ID."""
        return self._order

    @order.setter
    def order(self, order: Order) -> None:
        self._order = order
        self._sort_key = _SORT_KEYS[order]
        self._keys = sorted(self._key(row.watermark, row_id) for row_id, row in self._rows.items())

    def add(self, row: R) -> None:
        """Add a row."""
        self._rows[row.id] = row
        insort(self._keys, self._key(row.watermark, row.id))

    def remove(self, row: R) -> None:
        """Remove a row."""
        del self._keys[bisect_left(self._keys, self._key(row.watermark, row.id))]
        del self._rows[row.id]

    def update(self, row: R, watermark: int) -> None:
        """Set a row's watermark and drop its cached JSON, after its record has changed."""
        self.remove(row)
        row.watermark = watermark
        row.json_cache.clear()
        self.add(row)

    def scan(self, since: int, until: int, after: tuple[int, str] | None = None) -> Iterator[R]:
        """Iterate in order over the rows with a watermark in a range.

        Args:
            since: Lowest watermark, inclusive, in microseconds since 1970.
            until: Highest watermark, inclusive.
            after: Watermark and ID of the row after which to start; None to start at the first.
        """
        start, end = self._range(since, until)
        if after:
            start = max(start, bisect_right(self._keys, self._key(*after)))
        rows = (self.at(index) for index in range(start, end))
        return (row for row in rows if since <= row.watermark <= until)

    def _key(self, watermark: int, row_id: str) -> tuple[int, str]:
        return self._sort_key(watermark, row_id), row_id

    def _range(self, since: int, until: int) -> tuple[int, int]:
        """Return an index range that contains all rows with a watermark from since to until."""
        if self._order == "shuffled":
            return 0, len(self._keys)
        low, high = sorted((self._sort_key(since, ""), self._sort_key(until, "")))
        return bisect_left(self._keys, (low, "")), bisect_left(self._keys, (high + 1, ""))


def encode_json(value: object) -> bytes:
    """Encode a value as JSON."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # UTF-8 can't encode a lone surrogate, but a JSON escape can, and some servers send it.
        return json.dumps(value, separators=(",", ":")).encode()
