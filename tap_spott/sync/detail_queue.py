"""Which records' details are due: each once a sync, in the order in which they became due."""

from __future__ import annotations

import sqlite3
import weakref
from typing import TYPE_CHECKING, NamedTuple

from spott_client.timestamps import format_timestamp, parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class QueueItem(NamedTuple):
    """A record's id, and when what made it due changed; or an instant that all before reach, if any."""

    id: str | None
    changed_at: str | None
    reached: datetime | None


class DetailQueue:
    """The records to ask for, with the checkpoints between them.

    They are kept in a temporary database that lies on disk and goes with the process: an agency may have more
    of them than memory should hold. It holds ids and times, nothing else.
    """

    def __init__(self) -> None:
        """Begin empty."""
        self._database = sqlite3.connect(
            "", check_same_thread=False
        )  # the garbage collector may close it in any thread
        weakref.finalize(self, self._database.close)  # from 3.13 on, Python warns of one that is left open
        self._database.execute(
            "CREATE TABLE due (position INTEGER PRIMARY KEY, id TEXT UNIQUE, changed_at TEXT, reached TEXT)"
        )
        self._taken = 0
        self.count = 0
        """How many records have become due."""

    def add(self, records: Iterable[tuple[str, str | None]]) -> None:
        """Add records (id, when it changed); those that are in the list already stay where they are."""
        rows = self._database.executemany("INSERT OR IGNORE INTO due (id, changed_at) VALUES (?, ?)", records)
        self.count += rows.rowcount

    def reach(self, instant: datetime | None) -> None:
        """Add a checkpoint: after what has been added so far, everything up to this instant is known, if to any."""
        self._database.execute("INSERT INTO due (reached) VALUES (?)", [instant and format_timestamp(instant)])

    def take(self) -> QueueItem | None:
        """Return the next one, or None while there is none."""
        row = self._database.execute(
            "SELECT position, id, changed_at, reached FROM due WHERE position > ? ORDER BY position LIMIT 1",
            [self._taken],
        ).fetchone()
        if row is None:
            return None
        self._taken, record_id, changed_at, reached = row
        return QueueItem(record_id, changed_at, reached and parse_timestamp(reached))
