"""DOC."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from spott_client.errors import (
    SpottError,
)

if TYPE_CHECKING:
    from datetime import datetime


class Page(NamedTuple):
    """A page of a list: its items, the next page's cursor or number if there is one, and Spott's clock if it shows."""

    items: list[dict[str, Any]]
    cursor: str | int | None
    server_time: ServerTime | None


class Request(NamedTuple):
    """What is asked of Spott.

    Attributes:
        method: GET, POST or PATCH.
        path: Below the API's address.
        parameters: Go into the address.
        body: JSON to send, if any.
        idempotent: Whether it does no harm to make it twice.
    """

    method: str
    path: str
    parameters: QueryParams
    body: bytes | None = None
    idempotent: bool = True

    def __str__(self) -> str:
        """Return what messages call it."""
        return f"{self.method} {self.path}"


class APIResponse(NamedTuple):
    """A body that was JSON (None: a write was answered without), and Spott's clock if the answer shows it."""

    body: Any
    server_time: ServerTime | None


T = TypeVar("T")

E = TypeVar("E", bound=SpottError)

QueryParams = dict[str, str | int | list[str]]

logger = logging.getLogger("tap-spott.client")


class RequestStats:
    """What some requests came to.

    Attributes:
        requests: How many were made, each try counted.
        retries: How many of them repeated one that had failed.
        skipped: How many asked for something that is gone.
    """

    def __init__(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self.requests = 0
        self.retries = 0
        self.skipped = 0

    def add(self, *, requests: int = 0, retries: int = 0, skipped: int = 0) -> None:
        """Add to the counts, from any thread."""
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.skipped += skipped


class ServerTime(NamedTuple):
    """What Spott's clock can have shown while it dealt with a request."""

    earliest: datetime
    latest: datetime
