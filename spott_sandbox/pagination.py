"""Pages of a list, and the response fields of each pagination style."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from spott_sandbox.cursors import encode_cursor, renew_cursor
from spott_sandbox.dataset import Dataset
from spott_sandbox.endpoints import ListEndpoint, Pagination
from spott_sandbox.generate.shapes import Record
from spott_sandbox.queries import ListQuery
from spott_sandbox.rows import Row
from spott_sandbox.settings import FaultKind, Settings
from spott_sandbox.store import encode_json


@dataclass(slots=True)
class Page:
    """One page of a list.

    Attributes:
        rows: The rows.
        cursor: The cursor after the last row; None for an empty page.
        has_more: Whether another page follows.
        number: The page number, from 0.
        total: Records on all pages, for lists that paginate by number.
    """

    rows: list[Row]
    cursor: str | None
    has_more: bool
    number: int = 0
    total: int = 0


def get_page(dataset: Dataset, endpoint: ListEndpoint, query: ListQuery) -> Page:
    """Return the requested page.

    Raises:
        HTTPException: The cursor is invalid or belongs to another query (400).
    """
    found = dataset.table(endpoint.table).scan(query.since, query.until, query.after)
    rows = (row for row in found if row.group == endpoint.group and _matches(dataset, row, query))
    if endpoint.pagination == "none":
        return Page(list(rows), None, has_more=False)
    if endpoint.pagination == "page_number":
        matching = list(rows)
        start, end = query.page * query.limit, (query.page + 1) * query.limit
        return Page(matching[start:end], None, end < len(matching), query.page, len(matching))
    first = list(islice(rows, query.limit + 1))
    page = first[: query.limit]
    cursor = encode_cursor(page[-1].watermark, page[-1].id, query.scope) if page else None
    return Page(page, cursor, len(first) > query.limit)


def apply_page_fault(page: Page, query: ListQuery, fault: FaultKind | None) -> Page:
    """Return the page as a pagination fault changes it; any other fault leaves it as it is."""
    if fault == "empty_page":
        return Page([], renew_cursor(query.cursor, query.scope), has_more=True)
    if fault == "endless_cursor":
        return Page(page.rows, query.cursor or page.cursor, has_more=True)
    return page


def pagination_fields(pagination: Pagination, page: Page, settings: Settings) -> bytes:
    """Return the JSON that follows the page's records in the response."""
    fields = _FIELDS[pagination](page, settings)
    return b"".join(b',"%b":%b' % (name.encode(), encode_json(value)) for name, value in fields.items())


def _matches(dataset: Dataset, row: Row, query: ListQuery) -> bool:
    return all(
        not values or not values.isdisjoint(each.record_values(dataset, row))
        for each, values in query.filter_values.items()
    )


def _cursor(page: Page, settings: Settings) -> Record:
    last: dict[str, Record] = {"missing": {}, "null": {"cursor": None}, "empty": {"cursor": ""}}
    return {"pagination": {"cursor": page.cursor} if page.has_more else last[settings.last_page]}


def _has_more(page: Page, settings: Settings) -> Record:
    cursor = page.cursor if page.has_more or settings.last_cursor else None
    return {"pagination": {"cursor": cursor, "hasMore": page.has_more}}


def _page_info(page: Page, _: Settings) -> Record:
    return {"pageInfo": {"nextCursor": page.cursor if page.has_more else None, "hasNextPage": page.has_more}}


def _page_number(page: Page, _: Settings) -> Record:
    return {"pagination": {"totalItems": page.total, "page": page.number, "hasNextPage": page.has_more}}


def _none(_: Page, __: Settings) -> Record:
    return {}


_FIELDS: dict[Pagination, Callable[[Page, Settings], Record]] = {
    "cursor": _cursor,
    "has_more": _has_more,
    "page_info": _page_info,
    "page_number": _page_number,
    "none": _none,
}
