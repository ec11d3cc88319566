"""Tests of parsing pages, following them, and detecting loops."""

import base64
import json
from typing import Any

import pytest

from spott_client.errors import InvalidCursorError, PaginationLoopError, RetryableError
from spott_client.models import APIResponse, Page
from spott_client.pagination import (
    MAX_PAGE_NUMBER,
    MAX_RESTARTS,
    LoopDetector,
    Pagination,
    RestartLimiter,
    page_times,
    parse_page,
)
from spott_client.timestamps import format_timestamp
from tests.support.client import make_client
from tests.support.stub_server import StubResponse, StubServer

ONE = [{"id": "a"}]


@pytest.mark.parametrize(
    ("body", "items", "cursor"),
    [
        pytest.param({"items": ONE}, ONE, None, id="items only"),
        pytest.param({"items": ONE, "pagination": None}, ONE, None, id="null for pagination"),
        pytest.param({"items": ONE, "pagination": {}}, ONE, None, id="no cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": None}}, ONE, None, id="null for the cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": ""}}, ONE, None, id="empty cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": "c"}}, ONE, "c", id="cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": 7}}, ONE, "7", id="number for a cursor"),
        pytest.param({"items": [], "pagination": {"cursor": "c"}}, [], "c", id="empty page with a cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": "c", "hasMore": True}}, ONE, "c", id="more"),
        pytest.param({"items": ONE, "pagination": {"cursor": "c", "hasMore": False}}, ONE, None, id="no more"),
        pytest.param({"items": ONE, "pageInfo": {"nextCursor": "c", "hasNextPage": True}}, ONE, "c", id="pageInfo"),
        pytest.param(
            {"items": ONE, "pageInfo": {"nextCursor": "c", "hasNextPage": False}}, ONE, None, id="pageInfo, no more"
        ),
        pytest.param({"notes": ONE, "pagination": {"cursor": "c"}}, ONE, "c", id="the list's own name for records"),
        pytest.param(ONE, ONE, None, id="a list"),
        pytest.param([], [], None, id="an empty list"),
    ],
)
def test_parser_finds_records_and_cursor(body: Any, items: list[Any], cursor: str | None) -> None:  # noqa: ANN401 - any JSON
    assert parse_page("notes", None, APIResponse(body, None)) == Page(items, cursor, None, [])


@pytest.mark.parametrize(
    ("body", "number", "following"),
    [
        pytest.param({"items": ONE, "pagination": {"hasMore": True}}, 0, 1, id="more after the first"),
        pytest.param({"items": ONE, "pagination": {"hasMore": True}}, 7, 8, id="more"),
        pytest.param({"items": ONE, "pagination": {"hasMore": False}}, 7, None, id="no more"),
        pytest.param({"items": ONE, "pageInfo": {"hasNextPage": True}}, 7, 8, id="pageInfo"),
        pytest.param({"items": ONE}, 7, None, id="no metadata"),
        pytest.param({"items": [], "pagination": {"hasMore": False}}, 7, None, id="empty, no more"),
        pytest.param(ONE, 0, None, id="a list"),
    ],
)
def test_parser_finds_next_page_number(body: Any, number: int, following: int | None) -> None:  # noqa: ANN401 - any JSON
    assert parse_page("notes", number, APIResponse(body, None)).cursor == following


@pytest.mark.parametrize(
    ("body", "number", "message"),
    [
        pytest.param("text", None, "is not a JSON object", id="text"),
        pytest.param(None, None, "is not a JSON object", id="null"),
        pytest.param({}, None, "has no list of records", id="no items"),
        pytest.param({"items": None}, None, "has no list of records", id="null for items"),
        pytest.param({"items": {"id": "a"}}, None, "has no list of records", id="object for items"),
        pytest.param({"items": ["a"]}, None, "has no list of records", id="text for an item"),
        pytest.param([1], None, "has no list of records", id="numbers for records"),
        pytest.param(
            {"items": ONE, "pagination": {"hasMore": True}}, None, "another page, but has no cursor", id="no cursor"
        ),
        pytest.param(
            {"items": [], "pagination": {"hasMore": True}},
            3,
            "another page, but this one is empty",
            id="empty, but more",
        ),
    ],
)
def test_invalid_page_is_retryable(
    body: Any,  # noqa: ANN401 - any JSON
    number: int | None,
    message: str,
) -> None:
    with pytest.raises(RetryableError, match=message):
        parse_page("notes", number, APIResponse(body, None))


def page(cursor: str | None) -> StubResponse:
    return StubResponse(200, json.dumps({"items": [], "pagination": {"cursor": cursor}}).encode())


def test_each_request_carries_the_cursor_of_the_previous_page() -> None:
    with StubServer(page("a"), page("b/&"), page(None)) as server:
        pages = list(make_client(server.url).paginate("/x", {"limit": 2, "companyIds": ["1", "2"]}))
    assert [found.cursor for found in pages] == ["a", "b/&", None]
    query = "/x?limit=2&companyIds=1&companyIds=2"
    assert [path for path, _ in server.requests] == [query, f"{query}&cursor=a", f"{query}&cursor=b%2F%26"]


def test_each_request_carries_the_number_of_its_page() -> None:
    more, last = (
        StubResponse(200, json.dumps({"rows": ONE, "pagination": {"hasMore": more}}).encode()) for more in (True, False)
    )
    with StubServer(more, last) as server:
        client = make_client(server.url)
        pages = list(client.paginate("/x", {"pageSize": 1}, pagination=Pagination.PAGE_NUMBER, records_key="rows"))
    assert [found.items for found in pages] == [ONE, ONE]
    assert [path for path, _ in server.requests] == ["/x?pageSize=1&page=0", "/x?pageSize=1&page=1"]


def test_repeated_cursor_raises_pagination_loop_error() -> None:
    with (
        StubServer(page("a"), page("b"), page("a")) as server,
        pytest.raises(PaginationLoopError, match="/x: Spott returned the same cursor twice"),
    ):
        list(make_client(server.url).paginate("/x", {}))
    assert len(server.requests) == 3


def test_too_large_page_number_raises_pagination_loop_error() -> None:
    detector = LoopDetector("/x")
    detector.check(MAX_PAGE_NUMBER)
    with pytest.raises(PaginationLoopError, match="/x: Spott announces more than 10000 pages"):
        detector.check(MAX_PAGE_NUMBER + 1)


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_rejected_cursor_raises_invalid_cursor_error(status: int) -> None:
    with (
        StubServer(page("a"), StubResponse(status, b"{}")) as server,
        pytest.raises(InvalidCursorError, match=f"GET /x.*{status}"),
    ):
        list(make_client(server.url).paginate("/x", {}))
    assert len(server.requests) == 2


def test_restarts_are_limited_while_no_read_gets_further() -> None:
    limiter, error = RestartLimiter(), InvalidCursorError("GET /x: rejected")
    for pages in (1, 1, 1, 2, 1, 2, 3, 2, 3):
        limiter.check(error, pages)
    with pytest.raises(
        InvalidCursorError, match=rf"GET /x: rejected; .* failed {MAX_RESTARTS} times\. Run again later"
    ):
        limiter.check(error, 3)


SHOWN = base64.urlsafe_b64encode(b'{"modifiedAt": "2025-06-01T12:00:00.000Z", "id": "a?>"}').decode()
MORNING, NOON, EVENING = "2025-06-01T08:00:00Z", "2025-06-01T12:00:00Z", "2025-06-01T18:00:00Z"


def times_of(cursor: str | int | None, *modified: object) -> list[str]:
    """Return the times of a page with this cursor and records with these times."""
    return [format_timestamp(time) for time in page_times([{"modifiedAt": at} for at in modified], cursor)]


@pytest.mark.parametrize("cursor", [SHOWN, SHOWN.rstrip("="), f"{SHOWN.rstrip('=')}.signature"])
def test_cursor_shows_the_time_of_the_last_record(cursor: str) -> None:
    noon = ["2025-06-01T12:00:00.000Z"]
    assert times_of(cursor) == times_of(cursor, None) == times_of(cursor, NOON, MORNING) == noon
    assert times_of(cursor, MORNING, MORNING) == times_of(cursor, MORNING, NOON) == ["2025-06-01T08:00:00.000Z", *noon]
    assert times_of(cursor, EVENING, EVENING) == noon


@pytest.mark.parametrize(
    "cursor", [None, 7, "", "opaque", "x" * 13, "W10", "e30", "Int9", "eyJtb2RpZmllZEF0IjogMX0", "\u20ac"]
)
def test_page_with_an_opaque_cursor_shows_the_times_of_its_records_in_order(cursor: str | int | None) -> None:
    assert times_of(cursor) == times_of(cursor, MORNING, None) == times_of(cursor, 7) == times_of(cursor, "soon") == []
    assert times_of(cursor, NOON) == ["2025-06-01T12:00:00.000Z"] * 2
    assert times_of(cursor, MORNING, MORNING, NOON) == ["2025-06-01T08:00:00.000Z", "2025-06-01T12:00:00.000Z"]
    assert times_of(cursor, MORNING, NOON, MORNING) == []
