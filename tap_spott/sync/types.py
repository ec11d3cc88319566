"""DOC."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class FutureStartError(Exception):
    """A reading was to begin later than Spott's clock shows.

    Attributes:
        now: What it shows.
    """

    def __init__(self, now: datetime) -> None:
        """Take what Spott's clock shows."""
        super().__init__(now)
        self.now = now


class Window(NamedTuple):
    """A stretch of watermarks, both ends inclusive. None: no bound."""

    since: datetime | None
    until: datetime | None

    def contains(self, instant: datetime) -> bool:
        """Tell whether an instant lies in it."""
        return (self.since is None or self.since <= instant) and (self.until is None or instant <= self.until)


class RecordBatch(NamedTuple):
    """Some records, and the instant up to which all watermarks have been read once they are dealt with, if any."""

    records: list[dict[str, Any]]
    reached: datetime | None
