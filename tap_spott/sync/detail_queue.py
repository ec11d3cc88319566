"""Queue the records whose details are to be requested, each once per sync."""

import sqlite3
import weakref
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from spott_client.timestamps import format_timestamp, parse_timestamp


class QueueItem(NamedTuple):
    """A record and its time of change, or a checkpoint.

    Attributes:
        id: The record's id; None: this is a checkpoint.
        changed_at: When the record changed, as the list shows it, if it does.
        checkpoint: The instant up to which the items before this one are complete, if any.
    """

    id: str | None
    changed_at: str | None
    checkpoint: datetime | None


class DetailQueue:
    """The records to request, in the order in which the list showed them, with the checkpoints between them.

    The queue is a temporary SQLite database, which SQLite keeps on disk and deletes with the process: an agency may
    have more records than memory should hold. It holds ids and times, nothing else.

    Attributes:
        count: How many different records were queued so far.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", check_same_thread=False)  # the garbage collector may run in any thread
        weakref.finalize(self, self._database.close)  # from Python 3.13 on, an open connection causes a warning
        self._database.execute(
            "CREATE TABLE item (position INTEGER PRIMARY KEY, id TEXT UNIQUE, changed_at TEXT, checkpoint TEXT)"
        )
        self._last_position = 0
        self.count = 0

    def put(self, records: Iterable[tuple[str, str | None]]) -> None:
        """Add records (id, time of change); a record that was added before keeps its place."""
        rows = self._database.executemany("INSERT OR IGNORE INTO item (id, changed_at) VALUES (?, ?)", records)
        self.count += rows.rowcount

    def put_checkpoint(self, instant: datetime | None) -> None:
        """Add the checkpoint that holds once all items so far are done; None if there is none."""
        self._database.execute("INSERT INTO item (checkpoint) VALUES (?)", [instant and format_timestamp(instant)])

    def get(self) -> QueueItem | None:
        """Return the next item; None while there is none."""
        row = self._database.execute(
            "SELECT position, id, changed_at, checkpoint FROM item WHERE position > ? ORDER BY position LIMIT 1",
            [self._last_position],
        ).fetchone()
        if row is None:
            return None
        self._last_position, record_id, changed_at, checkpoint = row
        return QueueItem(record_id, changed_at, checkpoint and parse_timestamp(checkpoint))
