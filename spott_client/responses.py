"""What Spott's answers mean: a page, an object, an error that says what to do, a wait, the time on its clock."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

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
from spott_client.headers import parse_retry_after, safe_header_value
from spott_client.models import APIResponse, Request, ServerTime

if TYPE_CHECKING:
    import requests


RETRYABLE_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""Statuses that say nothing against the request itself."""


def parse_response(request: Request, response: requests.Response, body: bytes, clock: ServerTime | None) -> APIResponse:
    """Return the answer of a request that has succeeded.

    Raises:
        SpottError: It has not; which one tells whether there is a point in trying again.
    """
    status = response.status_code
    if request.method == "GET" and status == HTTPStatus.OK:
        return APIResponse(_decode(response, body), clock)
    if request.method != "GET" and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return APIResponse(_decode_confirmation(response, body), clock)
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
            "Check the setting api_key: keys are made in Spott under Settings > API Keys."
        )
    if status == HTTPStatus.FORBIDDEN:
        return _permission_denied(request, reference)
    if status == HTTPStatus.NOT_FOUND:
        return NotFoundError(f"{request}: Spott knows no such address (404{reference}). Check the setting api_url.")
    return (
        _unexpected_redirect(request, response)
        if response.is_redirect
        else _invalid_request(request, f"{status}{reference}")
    )


def _permission_denied(request: Request, reference: str) -> PermissionDeniedError:
    if request.method == "GET":
        return PermissionDeniedError(
            f"Spott does not let this API key read {request} (403{reference}). "
            "Ask your Spott administrator for a key that may, or deselect the stream."
        )
    return PermissionDeniedError(
        f"Spott does not let this API key {request} (403{reference}). Ask your Spott administrator for a key that may."
    )


def _unexpected_redirect(request: Request, response: requests.Response) -> UnexpectedRedirectError:
    host = urlsplit(response.headers["Location"]).netloc or "another path"
    return UnexpectedRedirectError(
        f"{request}: Spott redirects to {safe_header_value(host)} ({response.status_code}), "
        "where the API key is not sent. "
        "Check the setting api_url."
    )


def _invalid_request(request: Request, why: str) -> InvalidRequestError:
    if request.method == "GET":
        return InvalidRequestError(
            f"{request}: Spott refused the request ({why}). Check the settings of the tap, or deselect the stream."
        )
    return InvalidRequestError(f"{request}: Spott refused the request ({why}). Check the record.")


def _retryable_error(response: requests.Response, reference: str) -> RetryableError:
    wait = parse_retry_after(response.headers.get("Retry-After"), response.headers.get("Date"))
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitError(f"Spott answered 429, the quota is used up{reference}", wait, not_processed=True)
    return RetryableError(f"Spott answered {response.status_code}{reference}", wait)


def _decode_confirmation(response: requests.Response, body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """Read the answer to a write, which need not have a body; but a page of HTML is somebody else's answer."""
    content_type = response.headers.get("Content-Type", "").lower()
    return _decode(response, body) if body and ("json" in content_type or "html" in content_type) else None


def _decode(response: requests.Response, body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError):
        pass
    try:
        return _decode_leniently(body)
    except (ValueError, RecursionError):
        content_type = safe_header_value(response.headers.get("Content-Type", "nothing").partition(";")[0])
        msg = f"Spott's answer is not JSON, or cut off ({content_type}, {len(body)} bytes)"
        raise RetryableError(msg) from None


def _decode_leniently(body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """Decode text that was cut in the middle of an emoji: JavaScript sends the lone half, which UTF-8 can't hold."""
    text = json.dumps(json.loads(body), ensure_ascii=False)
    return msgspec.json.decode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def object_body(answer: APIResponse) -> dict[str, Any]:
    """Return a body that is a JSON object.

    Raises:
        RetryableError: It is something else.
    """
    if not isinstance(answer.body, dict):
        msg = "Spott's answer is not an object"
        raise RetryableError(msg)
    return answer.body


def parse_object(required_field: str, answer: APIResponse) -> dict[str, Any]:
    """Return an object that has this field.

    Raises:
        RetryableError: It is something else.
    """
    body = object_body(answer)
    if body.get(required_field) is None:
        msg = f"Spott's answer has no `{required_field}`"
        raise RetryableError(msg)
    return body


def _parse_error_body(status: int, body: bytes) -> ErrorResponse:
    """Read the documented error body (page "Update client contact"), as far as this is one."""
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
    """Return the error code and the request id of a documented error body, and nothing else of it."""
    error = _parse_error_body(0, body)
    parts = [error.message] if re.fullmatch(r"[A-Z][A-Z0-9_]{2,79}", error.message or "") else []
    if re.fullmatch(r"[\w.:-]{1,100}", error.request_id or "", re.ASCII):
        parts.append(f"request {error.request_id}")
    return "".join(f", {part}" for part in parts)
