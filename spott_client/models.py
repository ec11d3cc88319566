"""Data classes: requests, responses, pages and counters."""

import threading
from datetime import datetime
from typing import Any, NamedTuple, TypeAlias

Json: TypeAlias = Any
"""A decoded JSON value."""

QueryParams = dict[str, str | int | list[str]]
"""Query parameters by name; a list is sent as one parameter per value."""


class Request(NamedTuple):
    """A request to the API.

    Attributes:
        method: GET, POST or PATCH.
        path: Path below the API's URL.
        parameters: Query parameters.
        body: JSON to send, if any.
        idempotent: Whether sending it twice has the same effect as sending it once.
        follows_page: Whether it asks for the page after another page of a list.
    """

    method: str
    path: str
    parameters: QueryParams
    body: bytes | None = None
    idempotent: bool = True
    follows_page: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class ServerTime(NamedTuple):
    """Bounds of the server's time while it processed a request."""

    earliest: datetime
    latest: datetime


class APIResponse(NamedTuple):
    """Decoded JSON body (None for a write without one), and the server's time if known."""

    body: Json
    server_time: ServerTime | None


class Page(NamedTuple):
    """A page of a list.

    Attributes:
        items: The records.
        cursor: The next page's cursor or number; None after the last page.
        server_time: The server's time, if known.
        times: The times of the first and last record, or of the last only, if the page shows them in order.
    """

    items: list[dict[str, Any]]
    cursor: str | int | None
    server_time: ServerTime | None
    times: list[datetime]


class RequestStats:
    """Counts of a stream's requests.

    Attributes:
        requests: Requests sent, retries included.
        retries: Requests sent again after a failure.
        skipped: Records that no longer exist (404).
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.requests = 0
        self.retries = 0
        self.skipped = 0

    def add(self, *, requests: int = 0, retries: int = 0, skipped: int = 0) -> None:
        """Increase the counts; threads may call it concurrently."""
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.skipped += skipped
