"""What answers mean: pages in every envelope, errors that say what to do and show no body, waits, the clock."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from spott_client.errors import (
    AuthenticationError,
    ErrorResponse,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RetryableError,
    SpottError,
    UnexpectedRedirectError,
)
from spott_client.headers import parse_retry_after, parse_server_time
from spott_client.models import APIResponse, Request
from spott_client.pagination import parse_page
from spott_client.responses import parse_object, parse_response

ONE = [{"id": "a"}]
READ = Request("GET", "/x", {})
WRITE = Request("PATCH", "/x", {}, b"{}")
DATE = "Sat, 31 May 2025 10:20:30 GMT"
DATED = datetime(2025, 5, 31, 10, 20, 30, tzinfo=UTC)


def response(status: int, **headers: str) -> requests.Response:
    answer = requests.Response()
    answer.status_code = status
    answer.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return answer


@pytest.mark.parametrize(
    ("body", "items", "cursor"),
    [
        pytest.param({"items": ONE}, ONE, None, id="nothing but items"),
        pytest.param({"items": ONE, "pagination": None}, ONE, None, id="null for pagination"),
        pytest.param({"items": ONE, "pagination": {}}, ONE, None, id="no cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": None}}, ONE, None, id="null for the cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": ""}}, ONE, None, id="empty cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": "c"}}, ONE, "c", id="cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": 7}}, ONE, "7", id="number for a cursor"),
        pytest.param({"items": [], "pagination": {"cursor": "c"}}, [], "c", id="empty page with a cursor"),
        pytest.param({"items": ONE, "pagination": {"cursor": "c", "hasMore": True}}, ONE, "c", id="more"),
        pytest.param({"items": ONE, "pagination": {"cursor": "c", "hasMore": False}}, ONE, None, id="no more"),
        pytest.param({"items": ONE, "pageInfo": {"nextCursor": "c", "hasNextPage": True}}, ONE, "c", id="other words"),
        pytest.param({"items": ONE, "pageInfo": {"nextCursor": "c", "hasNextPage": False}}, ONE, None, id="other end"),
        pytest.param({"notes": ONE, "pagination": {"cursor": "c"}}, ONE, "c", id="the list's own name for records"),
        pytest.param(ONE, ONE, None, id="nothing but records"),
        pytest.param([], [], None, id="no records"),
    ],
)
def test_pages_with_cursors(body: Any, items: list[Any], cursor: str | None) -> None:  # noqa: ANN401 - any JSON
    assert parse_page("notes", None, APIResponse(body, None)) == (items, cursor, None)


@pytest.mark.parametrize(
    ("body", "number", "following"),
    [
        pytest.param({"items": ONE, "pagination": {"hasMore": True}}, 0, 1, id="more after the first"),
        pytest.param({"items": ONE, "pagination": {"hasMore": True}}, 7, 8, id="more"),
        pytest.param({"items": ONE, "pagination": {"hasMore": False}}, 7, None, id="no more"),
        pytest.param({"items": ONE, "pageInfo": {"hasNextPage": True}}, 7, 8, id="other words"),
        pytest.param({"items": ONE}, 7, None, id="says nothing"),
        pytest.param({"items": [], "pagination": {"hasMore": False}}, 7, None, id="empty, no more"),
        pytest.param(ONE, 0, None, id="nothing but records"),
    ],
)
def test_pages_with_numbers(body: Any, number: int, following: int | None) -> None:  # noqa: ANN401 - any JSON
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
def test_what_is_no_page_may_be_one_the_next_time(
    body: Any,  # noqa: ANN401 - any JSON
    number: int | None,
    message: str,
) -> None:
    with pytest.raises(RetryableError, match=message):
        parse_page("notes", number, APIResponse(body, None))


def test_an_object_is_known_by_a_field_that_it_always_has() -> None:
    assert parse_object("id", APIResponse({"id": 0}, None)) == {"id": 0}
    others: list[Any] = [{}, {"id": None}, {"items": ONE}, [], "id", None]
    for body in others:
        with pytest.raises(RetryableError):
            parse_object("id", APIResponse(body, None))


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [
        (401, AuthenticationError, "Spott rejected the API key (401). Check the setting api_key"),
        (
            403,
            PermissionDeniedError,
            "GET /x: the API key has no permission for this (403). Ask your Spott administrator",
        ),
        (404, NotFoundError, "GET /x: not found (404). Check the setting api_url."),
        (408, RetryableError, "Spott returned 408"),
        (429, RateLimitError, "rate limit exceeded (429)"),
        (500, RetryableError, "Spott returned 500"),
        (599, RetryableError, "Spott returned 599"),
        (
            204,
            InvalidRequestError,
            "GET /x: Spott rejected the request (204). Check the tap's settings, or deselect the stream.",
        ),
        (
            400,
            InvalidRequestError,
            "GET /x: Spott rejected the request (400). Check the tap's settings, or deselect the stream.",
        ),
    ],
)
def test_each_status_has_its_error(status: int, kind: type[SpottError], message: str) -> None:
    with pytest.raises(kind) as error:
        parse_response(READ, response(status), b"", None)
    assert type(error.value) is kind
    assert message in str(error.value)


@pytest.mark.parametrize("location", ["https://evil.example/x?key=1", "/other"])
def test_a_redirect_names_the_host_and_nothing_else(location: str) -> None:
    host = "another path" if location.startswith("/") else "evil.example"
    with pytest.raises(
        UnexpectedRedirectError, match=rf"GET /x: Spott redirects to {host} \(302\), where the API key is not"
    ):
        parse_response(READ, response(302, Location=location), b"", None)


def test_a_redirect_to_no_host_name_is_not_repeated() -> None:
    with pytest.raises(UnexpectedRedirectError, match="redirects to something else"):
        parse_response(READ, response(302, Location="https://Zoë <zoe@example.com>/"), b"", None)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        pytest.param(
            b'{"message": "LIMIT_EXCEEDED", "requestId": "req-1"}', ", LIMIT_EXCEEDED, request req-1", id="both"
        ),
        pytest.param(b'{"message": "Zoe, zoe@example.com", "requestId": "req-1"}', ", request req-1", id="a sentence"),
        pytest.param(b'{"message": "ZOE", "requestId": "Zoe Doe"}', ", ZOE", id="no id"),
        pytest.param(b'{"message": "", "requestId": 7}', "", id="neither"),
        pytest.param(b'["LIMIT_EXCEEDED"]', "", id="a list"),
        pytest.param(b"<html>", "", id="no JSON"),
        pytest.param(b"", "", id="nothing"),
    ],
)
def test_of_an_error_body_only_its_code_and_request_id_are_shown(body: bytes, shown: str) -> None:
    with pytest.raises(RetryableError) as error:
        parse_response(READ, response(500), body, None)
    assert str(error.value) == f"Spott returned 500{shown}"


@pytest.mark.parametrize("status", [408, 429, 503])
def test_a_wait_that_is_asked_for_is_kept(status: int) -> None:
    with pytest.raises(RetryableError) as error:
        parse_response(READ, response(status, Retry_After="7"), b"", None)
    assert error.value.retry_after == 7


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        pytest.param("7", None, 7, id="seconds"),
        pytest.param(" 0.5 ", None, 0.5, id="a fraction"),
        pytest.param("Sat, 31 May 2025 10:21:30 GMT", DATE, 60, id="a date"),
        pytest.param("Sat, 31 May 2025 12:21:30 +0200", DATE, 60, id="a date elsewhere"),
        pytest.param("Sat, 31 May 2025 10:00:00 GMT", DATE, 0, id="a date that is over"),
        pytest.param("Sat, 31 May 2025 10:21:30 GMT", None, None, id="a date, but not whose"),
        pytest.param(str(int(DATED.timestamp()) + 60), DATE, 60, id="seconds since 1970"),
        pytest.param(str(int(DATED.timestamp()) - 60), DATE, 0, id="seconds since 1970, over"),
        pytest.param(str(int(DATED.timestamp()) + 60), None, None, id="seconds since 1970, but not whose"),
        pytest.param("soon", DATE, None, id="a word"),
        pytest.param("-7", DATE, None, id="negative"),
        pytest.param("", DATE, None, id="empty"),
        pytest.param(None, DATE, None, id="none"),
    ],
)
def test_waits_are_read_in_every_form(text: str | None, now: str | None, expected: float | None) -> None:
    assert parse_retry_after(text, now) == expected


def test_the_clock_has_shown_what_lies_between_the_request_and_the_end_of_the_date() -> None:
    clock = parse_server_time(response(200, Date=DATE), 2.5)
    assert clock == (DATED - timedelta(seconds=2.5), DATED + timedelta(seconds=1))


@pytest.mark.parametrize("date", ["", "soon", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_what_is_no_date_tells_no_time(date: str) -> None:
    assert parse_server_time(response(200, Date=date), 1) is None


def test_half_an_emoji_is_replaced_and_the_rest_is_kept() -> None:
    answer = parse_response(READ, response(200), rb'{"a": "cut \ud83d", "b": "Zo\u00eb \ud83d\ude00"}', None)
    assert answer.body == {"a": "cut \N{REPLACEMENT CHARACTER}", "b": "Zoë 😀"}


@pytest.mark.parametrize("body", [b"", b'{"items":[{"id":"c', b"<html>Zoe</html>", b"[" * 100_000, b"\xff"])
def test_what_is_not_json_may_be_the_next_time_and_is_not_shown(body: bytes) -> None:
    with pytest.raises(RetryableError) as error:
        parse_response(READ, response(200, Content_Type="text/html; charset=utf-8"), body, None)
    assert str(error.value) == f"Spott's response is not JSON, or is truncated (text/html, {len(body)} bytes)"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_write_may_be_answered_without_a_body(status: int) -> None:
    assert parse_response(WRITE, response(status), b"", None).body is None


@pytest.mark.parametrize("status", [301, 304, 307])
def test_a_redirect_confirms_no_write_whether_it_says_where_to_or_not(status: int) -> None:
    with pytest.raises((UnexpectedRedirectError, InvalidRequestError)):
        parse_response(WRITE, response(status), b"", None)
    with pytest.raises((UnexpectedRedirectError, InvalidRequestError), match=r"^PATCH /x: Spott"):
        parse_response(WRITE, response(status, Location="https://elsewhere.example/"), b"", None)


def test_what_is_no_json_confirms_no_write() -> None:
    with pytest.raises(RetryableError, match="not JSON, or is truncated"):
        parse_response(WRITE, response(200, Content_Type="text/html"), b"<html>", None)
    with pytest.raises(RetryableError, match="not JSON, or is truncated"):
        parse_response(WRITE, response(200, Content_Type="application/json"), b'{"id": "c', None)


def test_what_an_error_says_goes_along_for_the_rejects_file() -> None:
    body = b'{"status":0,"message":"Name too long for Ada","requestId":"r1","errors":[{"path":"firstName"}]}'
    with pytest.raises(InvalidRequestError) as error:
        parse_response(WRITE, response(400), body, None)
    assert error.value.response == ErrorResponse(400, "Name too long for Ada", "r1", [{"path": "firstName"}])
    assert "Ada" not in str(error.value)
