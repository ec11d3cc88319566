"""DOC."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar

from spott_client.errors import (
    PaginationLoopError,
    RetryableError,
    SpottError,
)
from spott_client.models import APIResponse, Page
from spott_client.responses import _object_body

if TYPE_CHECKING:
    from spott_client.models import APIResponse


def parse_page(rows: str, number: int | None, answer: APIResponse) -> Page:
    """Return a page of a list, in whichever of the documented envelopes it comes.

    Args:
        rows: What the answer may call the records, beside `items`; an answer may also be nothing but the records.
        number: Of the page that was asked for, where pages have numbers.
        answer: Whatever came back.

    Raises:
        RetryableError: It is something else, or says that more is to follow but not where.
    """
    body = {"items": answer.body} if isinstance(answer.body, list) else _object_body(answer)
    items = body.get("items", body.get(rows))
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        msg = "Spott's answer has no list of items"
        raise RetryableError(msg)
    place: dict[str, Any] = {}
    for name in ("pagination", "pageInfo"):
        place |= found if isinstance(found := body.get(name), dict) else {}
    more = place.get("hasMore", place.get("hasNextPage"))
    follows = _next_cursor(place, more) if number is None else _next_page_number(number, more, items)
    return Page(items, follows, answer.server_time)


def _next_cursor(place: dict[str, Any], more: object) -> str | None:
    cursor = place.get("cursor") or place.get("nextCursor")
    if more is False or (not cursor and more is None):
        return None
    if not cursor:
        msg = "Spott's answer says that there is more, but has no cursor"
        raise RetryableError(msg)
    return str(cursor)


def _next_page_number(number: int, more: object, items: list[Any]) -> int | None:
    if more and not items:
        msg = "Spott's answer is an empty page, but says that there is more"
        raise RetryableError(msg)
    return number + 1 if more else None


T = TypeVar("T")

E = TypeVar("E", bound=SpottError)

MAX_PAGE_NUMBER = 10_000
"""The largest number that a page can have (documentation page "List placements")."""

logger = logging.getLogger("tap-spott.client")


class LoopDetector:
    """The cursors that a list has been continued with, to notice when it would never end."""

    def __init__(self, path: str) -> None:
        """Take the list's path, for the message."""
        self._path = path
        self._seen: set[int] = set()

    def check(self, cursor: str | int) -> None:
        """Remember a cursor, or a page's number.

        Raises:
            PaginationLoopError: It has been given before, or is larger than Spott allows.
        """
        if isinstance(cursor, int) and cursor > MAX_PAGE_NUMBER:
            msg = f"{self._path}: Spott says that pages follow the {MAX_PAGE_NUMBER}th. Report it to Spott."
            raise PaginationLoopError(msg)
        if hash(cursor) in self._seen:
            msg = (
                f"{self._path}: Spott gave the same cursor twice, so its pages would never end. "
                "Run again; if it stays so, report it to Spott."
            )
            raise PaginationLoopError(msg)
        self._seen.add(hash(cursor))
