"""Query parameters of the lists."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.requests import Request

from spott_sandbox.cursors import read_cursor
from spott_sandbox.endpoints import List
from spott_sandbox.errors import bad_request
from spott_sandbox.filters import Filter

_FOREVER = 2**62


@dataclass(slots=True)
class ListQuery:
    """One page that a reader asks for.

    Attributes:
        limit: The most records on it.
        since: Lowest watermark, itself included, in microseconds since 1970.
        until: Highest watermark, itself included.
        wanted: The values that the filters ask for.
        cursor: Names the page, where pages are named so.
        page: The page's number, where pages have numbers.
        path: The list's.
    """

    limit: int
    since: int
    until: int
    wanted: dict[Filter, frozenset[str]]
    cursor: str | None
    page: int
    path: str

    @property
    def filters(self) -> str:
        """What must stay the same from page to page."""
        wanted = {chosen.name: sorted(values) for chosen, values in self.wanted.items()}
        return f"{self.path} {self.since} {self.until} {wanted}"

    @property
    def after(self) -> tuple[int, str] | None:
        """Watermark and id of the record that the cursor continues after, None for the first page."""
        return read_cursor(self.cursor, self.filters) if self.cursor else None


def read_query(request: Request, asked: List, *, undocumented_until: bool) -> ListQuery:
    """Read the parameters that a list takes, and ignore others.

    Args:
        request: The request.
        asked: The list.
        undocumented_until: Whether lists take `modifiedUntil` where only others' code shows that they do.

    Raises:
        HTTPException: A parameter is out of its range or form (400).
    """
    query = request.query_params
    limit, page, cursor = _FOREVER, 0, None
    if asked.family == "numbered":
        limit, page = _whole(query, "pageSize", 20, 1, 100), _whole(query, "page", 0, 0, 10_000)
    elif asked.family != "whole":
        limit, cursor = _whole(query, "limit", 25, 1, 50), query.get("cursor")
    takes_until = undocumented_until if asked.until is None else asked.until
    return ListQuery(
        limit=limit,
        since=_instant(query, "modifiedSince", asked.since) or 0,
        until=(_instant(query, "modifiedUntil", asked.since) if takes_until else None) or _FOREVER,
        wanted={each: each.values(query) for each in asked.filters},
        cursor=cursor,
        page=page,
        path=asked.path,
    )


def _whole(query: QueryParams, name: str, default: int, low: int, high: int) -> int:
    text = query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        message = f"{name} must be an integer from {low} to {high}"
        raise bad_request(message)
    return int(text)


def _instant(query: QueryParams, name: str, read: Callable[[str], int] | None) -> int | None:
    if read is None or name not in query:
        return None
    try:
        return read(query[name])
    except ValueError as error:
        message = f"{name}: {error}"
        raise bad_request(message) from error
