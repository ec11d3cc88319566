"""The values that the modules of the sync engine hand to each other."""

from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

StreamNames: TypeAlias = frozenset[str]
StartTimes: TypeAlias = dict[str, datetime | None]
"""The watermark from which each stream needs a list; None: from the beginning."""


class Window(NamedTuple):
    """A range of watermarks, both ends inclusive. None: no bound."""

    since: datetime | None
    until: datetime | None


class RecordBatch(NamedTuple):
    """Records, and the checkpoint that holds once they are written.

    A checkpoint is an instant: every record whose watermark is at or before it has been read. None: no checkpoint.
    """

    records: list[dict[str, Any]]
    checkpoint: datetime | None


class FutureStartError(Exception):
    """A read was to start later than the server's clock.

    Attributes:
        now: The latest time that the server's clock can have shown.
    """

    def __init__(self, now: datetime) -> None:
        super().__init__(now)
        self.now = now
