"""Turn HTTP responses into decoded bodies or errors."""

import json
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import msgspec
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
from spott_client.headers import parse_retry_after, safe_header_value
from spott_client.models import APIResponse, Json, Request, ServerTime

NUL = re.compile(rb"\\u0000")
"""A NUL character in JSON, unless it comes after an escaped backslash. Searching for it is faster than `in`."""

ESCAPED_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
"""A NUL character in JSON: not after an escaped backslash, which would make it the text `\\u0000`."""

RETRYABLE_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""Client error statuses after which the same request may succeed."""


def parse_response(
    request: Request, response: requests.Response, body: bytes, server_time: ServerTime | None
) -> APIResponse:
    """Decode a successful response.

    Raises:
        SpottError: The request failed; the subclass says whether a retry may help.
    """
    status = response.status_code
    if request.method == "GET" and status == HTTPStatus.OK:
        return APIResponse(_decode(response, body), server_time)
    if request.method != "GET" and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return APIResponse(_decode_confirmation(response, body), server_time)
    error = _to_error(request, response, _safe_reference(body))
    error.response = _parse_error_body(status, body)
    raise error


def _to_error(request: Request, response: requests.Response, reference: str) -> SpottError:
    status = response.status_code
    if status in RETRYABLE_STATUSES or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _retryable_error(response, reference)
    if status == HTTPStatus.UNAUTHORIZED:
        return AuthenticationError(
            f"Spott rejected the API key (401{reference}). "
            "Check the setting api_key; API keys are created in Spott under Settings > API Keys."
        )
    if status == HTTPStatus.FORBIDDEN:
        return _permission_denied(request, reference)
    if response.is_redirect:
        return _unexpected_redirect(request, response)
    return _invalid_request(request, status, reference)


def _permission_denied(request: Request, reference: str) -> PermissionDeniedError:
    advice = "Ask your Spott administrator for access"
    if request.method == "GET":
        advice = "Ask your Spott administrator for access, or deselect the stream"
    return PermissionDeniedError(f"{request}: the API key has no permission for this (403{reference}). {advice}.")


def _unexpected_redirect(request: Request, response: requests.Response) -> UnexpectedRedirectError:
    host = urlsplit(response.headers["Location"]).netloc or "another path"
    return UnexpectedRedirectError(
        f"{request}: Spott redirects to {safe_header_value(host)} ({response.status_code}), "
        "where the API key is not sent. Check the setting api_url."
    )


def _invalid_request(request: Request, status: int, reference: str) -> InvalidRequestError:
    if request.follows_page and status >= HTTPStatus.BAD_REQUEST:
        return InvalidCursorError(f"{request}: Spott rejected the cursor of the next page ({status}{reference})")
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(f"{request}: not found (404{reference}). Check the setting api_url.")
    advice = "Check the tap's settings, or deselect the stream" if request.method == "GET" else "Check the record"
    return InvalidRequestError(f"{request}: Spott rejected the request ({status}{reference}). {advice}.")


def _retryable_error(response: requests.Response, reference: str) -> RetryableError:
    wait = parse_retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitError(f"rate limit exceeded (429{reference})", wait, not_processed=True)
    return RetryableError(f"Spott returned {response.status_code}{reference}", wait)


def _decode_confirmation(response: requests.Response, body: bytes) -> Json:
    """Decode the response to a write. Its body is optional, but an HTML page comes from something else than Spott."""
    content_type = response.headers.get("Content-Type", "").lower()
    return _decode(response, body) if body and ("json" in content_type or "html" in content_type) else None


def _decode(response: requests.Response, body: bytes) -> Json:
    """Decode JSON. NUL characters, which PostgreSQL refuses, are removed, and lone surrogates replaced."""
    if NUL.search(body):
        body = ESCAPED_NUL.sub(rb"\1", body)
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        pass
    try:
        return _decode_leniently(body)
    except (ValueError, RecursionError):
        content_type = safe_header_value(response.headers.get("Content-Type", "no type").partition(";")[0])
        msg = f"Spott's response is not JSON, or is truncated ({content_type}, {len(body)} bytes)"
        raise RetryableError(msg) from None


def _decode_leniently(body: bytes) -> Json:
    """Decode JSON with lone surrogates, which JavaScript writes for truncated emoji and UTF-8 can't represent."""
    text = json.dumps(json.loads(body), ensure_ascii=False)
    return msgspec.json.decode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def object_body(response: APIResponse) -> dict[str, Any]:
    """Return a body that is a JSON object.

    Raises:
        RetryableError: The body is something else.
    """
    if not isinstance(response.body, dict):
        msg = "Spott's response is not a JSON object"
        raise RetryableError(msg)
    return response.body


def parse_object(required_field: str, response: APIResponse) -> dict[str, Any]:
    """Return a body that is a JSON object with this field.

    Raises:
        RetryableError: The body is something else, or the field is missing or null.
    """
    body = object_body(response)
    if body.get(required_field) is None:
        msg = f"Spott's response has no `{required_field}`"
        raise RetryableError(msg)
    return body


def _parse_error_body(status: int, body: bytes) -> ErrorResponse:
    """Parse the documented fields of an error body (documentation page "Update client contact")."""
    try:
        error = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return ErrorResponse(status)
    if not isinstance(error, dict):
        return ErrorResponse(status)
    message, request_id, errors = error.get("message"), error.get("requestId"), error.get("errors")
    return ErrorResponse(
        status,
        message if isinstance(message, str) else None,
        request_id if isinstance(request_id, str) else None,
        errors if isinstance(errors, list) else None,
    )


def _safe_reference(body: bytes) -> str:
    """Return the error code and request ID of an error body: all that a message may show of it."""
    error = _parse_error_body(0, body)
    parts = [error.message] if re.fullmatch(r"[A-Z][A-Z0-9_]{2,79}", error.message or "") else []
    if re.fullmatch(r"[\w.:-]{1,100}", error.request_id or "", re.ASCII):
        parts.append(f"request {error.request_id}")
    return "".join(f", {part}" for part in parts)
