"""Read the pages of a list: find the records and the next page, and detect loops."""

import base64
import logging
from contextlib import suppress
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec

from spott_client.errors import InvalidCursorError, PaginationLoopError, RetryableError
from spott_client.models import APIResponse, Page
from spott_client.responses import object_body
from spott_client.timestamps import parse_timestamp

MAX_PAGE_NUMBER = 10_000
"""Largest page number that Spott accepts (documentation page "List placements")."""

MAX_RESTARTS = 3
"""How often in a row to read a list again from its first page, if no read gets further than those before it."""

logger = logging.getLogger("spott_client")


class Pagination(Enum):
    """How a request names the page it wants; the value is the query parameter."""

    CURSOR = "cursor"
    """Each page names the next one; the first request sends no cursor."""
    PAGE_NUMBER = "page"
    """Pages are numbered from 0."""


def parse_page(records_key: str, page_number: int | None, response: APIResponse) -> Page:
    """Return a page of a list from any of the documented envelopes.

    Args:
        records_key: Field that may hold the records instead of `items`. The body may also be the list itself.
        page_number: Number of the requested page; None for lists with cursors.
        response: Response to the request for the page.

    Raises:
        RetryableError: The body holds no list of objects, or announces a next page without naming it.
    """
    body = {"items": response.body} if isinstance(response.body, list) else object_body(response)
    items = body.get("items", body.get(records_key))
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        msg = "Spott's response has no list of records"
        raise RetryableError(msg)
    metadata: dict[str, Any] = {}
    for name in ("pagination", "pageInfo"):
        if isinstance(body.get(name), dict):
            metadata |= body[name]
    has_more = metadata.get("hasMore", metadata.get("hasNextPage"))
    if page_number is None:
        cursor: str | int | None = _next_cursor(metadata, has_more)
    else:
        cursor = _next_page_number(page_number, has_more, items)
    # The times now, on the thread that decoded the records: they are in its processor's cache.
    return Page(items, cursor, response.server_time, page_times(items, cursor))


def _next_cursor(metadata: dict[str, Any], has_more: object) -> str | None:
    cursor = metadata.get("cursor") or metadata.get("nextCursor")
    if has_more is False or (not cursor and has_more is None):
        return None
    if not cursor:
        msg = "Spott's response announces another page, but has no cursor"
        raise RetryableError(msg)
    return str(cursor)


def _next_page_number(page_number: int, has_more: object, items: list[Any]) -> int | None:
    if has_more and not items:
        msg = "Spott's response announces another page, but this one is empty"
        raise RetryableError(msg)
    return page_number + 1 if has_more else None


def page_times(items: list[dict[str, Any]], cursor: str | int | None) -> list[datetime]:
    """Return the times of the first and last record, or of the last only, if the page shows them in order.

    A cursor is documented as Base64 of a JSON object with the last record's watermark, perhaps signed (documentation
    pages "Get client contacts" and "List meetings"). `modifiedAt` of a record can be earlier than its watermark. Only
    the number of requests may depend on these times.
    """
    times = list[datetime]()
    with suppress(ValueError, KeyError, IndexError, TypeError, AttributeError):
        shown = [item["modifiedAt"] for item in items]
        times = [parse_timestamp(shown[0]), parse_timestamp(shown[-1])] if shown == sorted(shown) else []
    with suppress(ValueError, KeyError, TypeError, AttributeError):
        payload = base64.urlsafe_b64decode(str(cursor).partition(".")[0] + "==")
        last = parse_timestamp(msgspec.json.decode(payload)["modifiedAt"])
        times = [*times[:1], last] if times[:1] <= [last] else [last]
    return times


class LoopDetector:
    """Detects a list that would never end, by remembering the cursors and page numbers it was continued with."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: set[int] = set()

    def check(self, cursor: str | int) -> None:
        """Remember a cursor or page number.

        Raises:
            PaginationLoopError: Spott returned it before, or it exceeds `MAX_PAGE_NUMBER`.
        """
        if isinstance(cursor, int) and cursor > MAX_PAGE_NUMBER:
            msg = f"{self._path}: Spott announces more than {MAX_PAGE_NUMBER} pages, its maximum. Report it to Spott."
            raise PaginationLoopError(msg)
        if hash(cursor) in self._seen:
            msg = (
                f"{self._path}: Spott returned the same cursor twice, so the list would never end. "
                "Run again; if it happens again, report it to Spott."
            )
            raise PaginationLoopError(msg)
        self._seen.add(hash(cursor))


class RestartLimiter:
    """Limits how often a list is read again from its first page, after Spott rejected a cursor."""

    def __init__(self) -> None:
        self._most_pages = 0
        self._restarts = 0

    def check(self, error: InvalidCursorError, pages: int) -> None:
        """Count and log a restart because of this error, after this many pages since the last start.

        Raises:
            InvalidCursorError: `MAX_RESTARTS` restarts in a row brought no progress.
        """
        if pages > self._most_pages:
            self._most_pages, self._restarts = pages, 0
        if self._restarts == MAX_RESTARTS:
            msg = (
                f"{error}; reading from the first page again failed {MAX_RESTARTS} times. "
                "Run again later; if it happens again, report it to Spott."
            )
            raise InvalidCursorError(msg) from None
        self._restarts += 1
        logger.warning("%s; reading from the first page again (%d of %d)", error, self._restarts, MAX_RESTARTS)
