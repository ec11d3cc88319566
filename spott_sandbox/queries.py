"""Query parameters of the list endpoints."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.requests import Request

from spott_sandbox.cursors import read_cursor
from spott_sandbox.errors import bad_request
from spott_sandbox.instants import parse, parse_strict

_MOST = 50
_FOREVER = 2**62


@dataclass(slots=True)
class ListQuery:
    """One page that a reader asks for; times in microseconds since 1970, both included."""

    limit: int
    since: int
    until: int
    company_ids: frozenset[str]
    cursor: str | None
    path: str

    @property
    def filters(self) -> str:
        """What must stay the same from page to page."""
        return f"{self.path} {self.since} {self.until} {sorted(self.company_ids)}"

    @property
    def after(self) -> tuple[int, str] | None:
        """Watermark and id of the record that the cursor continues after, None for the first page."""
        return read_cursor(self.cursor, self.filters) if self.cursor else None


def contacts_query(request: Request) -> ListQuery:
    """Read the query of "Get client contacts".

    Raises:
        HTTPException: A parameter is out of its range or form (400).
    """
    query = request.query_params
    return ListQuery(
        limit=_limit(query),
        since=_instant(query, "modifiedSince", 0, parse_strict),
        until=_instant(query, "modifiedUntil", _FOREVER, parse_strict),
        company_ids=frozenset(),
        cursor=query.get("cursor"),
        path=request.url.path,
    )


def opportunities_query(request: Request) -> ListQuery:
    """Read the query of "Get opportunities".

    Raises:
        HTTPException: A parameter is out of its range or form (400).
    """
    query = request.query_params
    return ListQuery(
        limit=_limit(query),
        since=_instant(query, "modifiedSince", 0, parse),
        until=_FOREVER,
        company_ids=frozenset(query.getlist("companyIds")),
        cursor=query.get("cursor"),
        path=request.url.path,
    )


def _limit(query: QueryParams) -> int:
    text = query.get("limit", "25")
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= _MOST):
        message = f"limit must be an integer from 1 to {_MOST}"
        raise bad_request(message)
    return int(text)


def _instant(query: QueryParams, name: str, default: int, read: Callable[[str], int]) -> int:
    if name not in query:
        return default
    try:
        return read(query[name])
    except ValueError as error:
        message = f"{name}: {error}"
        raise bad_request(message) from error
