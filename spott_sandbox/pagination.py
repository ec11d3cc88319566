"""A page of a list, and how each family of lists tells whether there are more."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from spott_sandbox.cursors import renew_cursor, write_cursor
from spott_sandbox.dataset import World
from spott_sandbox.endpoints import Family, List
from spott_sandbox.generate.shapes import Record
from spott_sandbox.queries import ListQuery
from spott_sandbox.rows import Row
from spott_sandbox.settings import FaultKind, Settings
from spott_sandbox.store import encode_json


@dataclass(slots=True)
class Page:
    """A page.

    Attributes:
        rows: The records.
        cursor: Names the next page, or the end of this one if it is the last; None for an empty page.
        more: Whether there are more.
        number: The page's number, from 0.
        total: How many records all pages have, where that is told.
    """

    rows: list[Row]
    cursor: str | None
    more: bool
    number: int = 0
    total: int = 0


def read_page(world: World, asked: List, query: ListQuery) -> Page:
    """Return the page that is asked for.

    Raises:
        HTTPException: The cursor is not one of this list and these filters (400).
    """
    table = world.table(asked.stream)
    found = table.between(query.since, query.until, query.after)
    rows = (row for row in found if row.group == asked.group and _is_wanted(world, row, query))
    if asked.family == "whole":
        return Page(list(rows), None, more=False)
    if asked.family == "numbered":
        everything = list(rows)
        start, end = query.page * query.limit, (query.page + 1) * query.limit
        return Page(everything[start:end], None, end < len(everything), query.page, len(everything))
    first = list(islice(rows, query.limit + 1))
    page = first[: query.limit]
    cursor = write_cursor(page[-1].watermark, page[-1].id, query.filters) if page else None
    return Page(page, cursor, len(first) > query.limit)


def spoil_page(page: Page, query: ListQuery, fault: FaultKind | None) -> Page:
    """Return what a fault of lists makes of a page; the page itself for any other."""
    if fault == "empty_page":
        return Page([], renew_cursor(query.cursor, query.filters), more=True)
    if fault == "endless_cursor":
        return Page(page.rows, query.cursor or page.cursor, more=True)
    return page


def envelope(family: Family, page: Page, settings: Settings) -> bytes:
    """Return what follows a page's records in the answer's JSON."""
    beside = _ENVELOPES[family](page, settings)
    return b"".join(b',"%b":%b' % (name.encode(), encode_json(value)) for name, value in beside.items())


def _is_wanted(world: World, row: Row, query: ListQuery) -> bool:
    return all(not values or not values.isdisjoint(each.held(world, row)) for each, values in query.wanted.items())


def _cursor(page: Page, settings: Settings) -> Record:
    last: dict[str, Record] = {"missing": {}, "null": {"cursor": None}, "empty": {"cursor": ""}}
    return {"pagination": {"cursor": page.cursor} if page.more else last[settings.last_page]}


def _has_more(page: Page, settings: Settings) -> Record:
    cursor = page.cursor if page.more or settings.last_cursor else None
    return {"pagination": {"cursor": cursor, "hasMore": page.more}}


def _page_info(page: Page, _: Settings) -> Record:
    return {"pageInfo": {"nextCursor": page.cursor if page.more else None, "hasNextPage": page.more}}


def _numbered(page: Page, _: Settings) -> Record:
    return {"pagination": {"totalItems": page.total, "page": page.number, "hasNextPage": page.more}}


def _whole(_: Page, __: Settings) -> Record:
    return {}


_ENVELOPES: dict[Family, Callable[[Page, Settings], Record]] = {
    "cursor": _cursor,
    "has_more": _has_more,
    "page_info": _page_info,
    "numbered": _numbered,
    "whole": _whole,
}
