"""A table of records in the order in which a list endpoint sends them."""

import json
import zlib
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, Literal, TypeVar

import msgspec

from spott_sandbox.rows import Row

Order = Literal["watermark", "newest_first", "shuffled"]
R = TypeVar("R", bound=Row)
_RANKS: dict[str, Callable[[int, str], int]] = {
    "watermark": lambda watermark, _: watermark,
    "newest_first": lambda watermark, _: -watermark,
    "shuffled": lambda _, row_id: zlib.crc32(row_id.encode()),
}


class Table(Generic[R]):
    """Records by id and by place in the order."""

    def __init__(self, rows: Iterable[R]) -> None:
        """Start with some records, ordered by watermark and then id."""
        self._rows = {row.id: row for row in rows}
        self.order = "watermark"

    def __iter__(self) -> Iterator[R]:
        """Go through the records in order."""
        return (self._rows[row_id] for _, row_id in self._keys)

    def __len__(self) -> int:
        """Return the number of records."""
        return len(self._rows)

    def get(self, row_id: str) -> R | None:
        """Return a record by its id."""
        return self._rows.get(row_id)

    def at(self, place: int) -> R:
        """Return the record at a place in the order, from 0."""
        return self._rows[self._keys[place][1]]

    @property
    def order(self) -> Order:
        """How the records are ordered; the id decides between equals."""
        return self._order

    @order.setter
    def order(self, order: Order) -> None:
        self._order = order
        self._rank = _RANKS[order]
        self._keys = sorted(self._key(row.watermark, row_id) for row_id, row in self._rows.items())

    def put(self, row: R) -> None:
        """Add a record."""
        self._rows[row.id] = row
        insort(self._keys, self._key(row.watermark, row.id))

    def remove(self, row: R) -> None:
        """Take a record out."""
        del self._keys[bisect_left(self._keys, self._key(row.watermark, row.id))]
        del self._rows[row.id]

    def move(self, row: R, watermark: int) -> None:
        """Set a record's watermark, after whatever else changed in it."""
        self.remove(row)
        row.watermark = watermark
        row.sent.clear()
        self.put(row)

    def between(self, since: int, until: int, after: tuple[int, str] | None = None) -> Iterator[R]:
        """Go through the records whose watermark is from since to until, in order.

        Args:
            since: Lowest watermark, itself included, in microseconds since 1970.
            until: Highest watermark, itself included.
            after: Watermark and id of the record after which to start; None for the first.
        """
        start, end = self._bounds(since, until)
        if after:
            start = max(start, bisect_right(self._keys, self._key(*after)))
        rows = (self.at(place) for place in range(start, end))
        return (row for row in rows if since <= row.watermark <= until)

    def _key(self, watermark: int, row_id: str) -> tuple[int, str]:
        return self._rank(watermark, row_id), row_id

    def _bounds(self, since: int, until: int) -> tuple[int, int]:
        """Return the stretch outside of which no record is from since to until."""
        if self._order == "shuffled":
            return 0, len(self._keys)
        low, high = sorted((self._rank(since, ""), self._rank(until, "")))
        return bisect_left(self._keys, (low, "")), bisect_left(self._keys, (high + 1, ""))


def encode_json(value: object) -> bytes:
    """Return a value as JSON."""
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        # A lone surrogate has no UTF-8, but JSON can spell it as an escape, as some servers do.
        return json.dumps(value, separators=(",", ":")).encode()
