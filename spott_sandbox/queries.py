"""Query parameters of the list endpoints."""

from dataclasses import dataclass

from starlette.datastructures import QueryParams
from starlette.requests import Request

from spott_sandbox.cursors import decode_cursor
from spott_sandbox.endpoints import ListEndpoint
from spott_sandbox.errors import bad_request
from spott_sandbox.filters import Filter

_FOREVER = 2**62


@dataclass(slots=True)
class ListQuery:
    """A request for one page of a list.

    Attributes:
        path: The list's path.
        limit: Maximum records on the page.
        since: Lowest watermark, inclusive, in microseconds since 1970.
        until: Highest watermark, inclusive.
        filter_values: The requested values of each filter.
        cursor: The cursor, for lists that paginate by cursor.
        page: The page number, for lists that paginate by number.
    """

    path: str
    limit: int
    since: int
    until: int
    filter_values: dict[Filter, frozenset[str]]
    cursor: str | None = None
    page: int = 0

    @property
    def scope(self) -> str:
        """The endpoint and filters, which must be the same for every page."""
        values = {each.name: sorted(values) for each, values in self.filter_values.items()}
        return f"{self.path} {self.since} {self.until} {values}"

    @property
    def after(self) -> tuple[int, str] | None:
        """Watermark and ID of the record that the cursor continues after; None for the first page."""
        return decode_cursor(self.cursor, self.scope) if self.cursor else None


def parse_query(request: Request, endpoint: ListEndpoint, *, undocumented_until: bool) -> ListQuery:
    """Parse the parameters of a list, and ignore unknown ones.

    Args:
        request: The request.
        endpoint: The list.
        undocumented_until: Whether a list supports `modifiedUntil` if only third-party clients send it.

    Raises:
        HTTPException: A parameter is out of range or malformed (400).
    """
    params = request.query_params
    supports_until = undocumented_until if endpoint.supports_until is None else endpoint.supports_until
    query = ListQuery(
        path=endpoint.path,
        limit=_FOREVER,
        since=_parse_bound(params, "modifiedSince", endpoint) or 0,
        until=(_parse_bound(params, "modifiedUntil", endpoint) if supports_until else None) or _FOREVER,
        filter_values={each: each.parse(params) for each in endpoint.filters},
    )
    if endpoint.pagination == "page_number":
        query.limit = _parse_integer(params, "pageSize", 20, 1, 100)
        query.page = _parse_integer(params, "page", 0, 0, 10_000)
    elif endpoint.pagination != "none":
        query.limit = _parse_integer(params, "limit", 25, 1, 50)
        query.cursor = params.get("cursor")
    return query


def _parse_integer(params: QueryParams, name: str, default: int, low: int, high: int) -> int:
    text = params.get(name, str(default))
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        message = f"{name} must be an integer from {low} to {high}"
        raise bad_request(message)
    return int(text)


def _parse_bound(params: QueryParams, name: str, endpoint: ListEndpoint) -> int | None:
    if endpoint.parse_bound is None or name not in params:
        return None
    try:
        return endpoint.parse_bound(params[name])
    except ValueError as error:
        message = f"{name}: {error}"
        raise bad_request(message) from error
