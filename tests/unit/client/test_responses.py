"""Tests of decoding responses and of the errors for failed requests."""

from typing import Any

import pytest
import requests

from spott_client.errors import (
    AuthenticationError,
    ErrorResponse,
    InvalidCursorError,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RetryableError,
    SpottError,
    UnexpectedRedirectError,
)
from spott_client.models import APIResponse, Request
from spott_client.responses import parse_object, parse_response

READ = Request("GET", "/x", {})
WRITE = Request("PATCH", "/x", {}, b"{}")


def response(status: int, **headers: str) -> requests.Response:
    result = requests.Response()
    result.status_code = status
    result.headers.update({name.replace("_", "-"): value for name, value in headers.items()})
    return result


def test_object_without_required_field_is_retryable() -> None:
    assert parse_object("id", APIResponse({"id": 0}, None)) == {"id": 0}
    others: list[Any] = [{}, {"id": None}, {"items": [{"id": "a"}]}, [], "id", None]
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
def test_status_determines_the_error(status: int, kind: type[SpottError], message: str) -> None:
    with pytest.raises(kind) as error:
        parse_response(READ, response(status), b"", None)
    assert type(error.value) is kind
    assert message in str(error.value)


@pytest.mark.parametrize("status", [400, 404, 410, 422])
def test_rejected_cursor_has_an_error_of_its_own(status: int) -> None:
    follows = READ._replace(follows_page=True)
    with pytest.raises(InvalidCursorError, match=rf"^GET /x: Spott rejected the cursor of the next page \({status}\)$"):
        parse_response(follows, response(status), b"", None)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (403, PermissionDeniedError), (503, RetryableError)]
)
def test_other_errors_stay_as_they_are_for_a_next_page(status: int, kind: type[SpottError]) -> None:
    with pytest.raises(kind) as error:
        parse_response(READ._replace(follows_page=True), response(status), b"", None)
    assert type(error.value) is kind


@pytest.mark.parametrize("location", ["https://evil.example/x?key=1", "/other"])
def test_redirect_error_names_only_the_host(location: str) -> None:
    host = "another path" if location.startswith("/") else "evil.example"
    with pytest.raises(
        UnexpectedRedirectError, match=rf"GET /x: Spott redirects to {host} \(302\), where the API key is not"
    ):
        parse_response(READ, response(302, Location=location), b"", None)


def test_redirect_error_hides_an_invalid_host() -> None:
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
def test_error_shows_only_code_and_request_id_of_the_body(body: bytes, shown: str) -> None:
    with pytest.raises(RetryableError) as error:
        parse_response(READ, response(500), body, None)
    assert str(error.value) == f"Spott returned 500{shown}"


@pytest.mark.parametrize("status", [408, 429, 503])
def test_error_keeps_retry_after(status: int) -> None:
    with pytest.raises(RetryableError) as error:
        parse_response(READ, response(status, Retry_After="7"), b"", None)
    assert error.value.retry_after == 7


def test_lone_surrogates_are_replaced() -> None:
    result = parse_response(READ, response(200), rb'{"a": "cut \ud83d", "b": "Zo\u00eb \ud83d\ude00"}', None)
    assert result.body == {"a": "cut \N{REPLACEMENT CHARACTER}", "b": "Zoë 😀"}


@pytest.mark.parametrize(
    ("body", "decoded"),
    [
        pytest.param(rb'{"a\u0000": ["\u0000", "b\u0000\u0000c"]}', {"a": ["", "bc"]}, id="keys and values"),
        pytest.param(rb'["2024-01-31T10:20:30\u0000Z"]', ["2024-01-31T10:20:30Z"], id="timestamp"),
        pytest.param(rb'["\\u0000", "\\\u0000"]', [r"\u0000", "\\"], id="after a backslash"),
        pytest.param(rb'["\ud83d\u0000"]', ["\N{REPLACEMENT CHARACTER}"], id="after a lone surrogate"),
    ],
)
def test_nul_is_removed(body: bytes, decoded: object) -> None:
    assert parse_response(READ, response(200), body, None).body == decoded


@pytest.mark.parametrize("body", [b"", b'{"items":[{"id":"c', b"<html>Zoe</html>", b"[" * 100_000, b"\xff"])
def test_invalid_json_is_retryable_and_not_shown(body: bytes) -> None:
    with pytest.raises(RetryableError) as error:
        parse_response(READ, response(200, Content_Type="text/html; charset=utf-8"), body, None)
    assert str(error.value) == f"Spott's response is not JSON, or is truncated (text/html, {len(body)} bytes)"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_write_accepts_an_empty_body(status: int) -> None:
    assert parse_response(WRITE, response(status), b"", None).body is None


@pytest.mark.parametrize("status", [301, 304, 307])
def test_redirect_does_not_confirm_a_write(status: int) -> None:
    with pytest.raises((UnexpectedRedirectError, InvalidRequestError)):
        parse_response(WRITE, response(status), b"", None)
    with pytest.raises((UnexpectedRedirectError, InvalidRequestError), match=r"^PATCH /x: Spott"):
        parse_response(WRITE, response(status, Location="https://elsewhere.example/"), b"", None)


def test_invalid_json_does_not_confirm_a_write() -> None:
    with pytest.raises(RetryableError, match="not JSON, or is truncated"):
        parse_response(WRITE, response(200, Content_Type="text/html"), b"<html>", None)
    with pytest.raises(RetryableError, match="not JSON, or is truncated"):
        parse_response(WRITE, response(200, Content_Type="application/json"), b'{"id": "c', None)


def test_error_carries_the_documented_body() -> None:
    body = b'{"status":0,"message":"Name too long for Ada","requestId":"r1","errors":[{"path":"firstName"}]}'
    with pytest.raises(InvalidRequestError) as error:
        parse_response(WRITE, response(400), body, None)
    assert error.value.response == ErrorResponse(400, "Name too long for Ada", "r1", [{"path": "firstName"}])
    assert "Ada" not in str(error.value)
