"""What Spott's answers mean: a page, an object, an error that says what to do, a wait, the time on its clock."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from tap_spott.errors import (
    ErrorAnswer,
    ForbiddenError,
    GoneError,
    KeyRefusedError,
    RedirectedError,
    RefusedError,
    SlowDownError,
    SpottError,
    TransientError,
)
from tap_spott.incremental import Clock

if TYPE_CHECKING:
    import requests

    from tap_spott.client import Parameters

PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
"""Statuses that say nothing against the request itself."""

LONG_AGO = 1e9
"""A larger number of seconds is no wait but a time, counted from 1970."""


class Page(NamedTuple):
    """A page of a list: its items, the next page's cursor or number if there is one, and Spott's clock if it shows."""

    items: list[dict[str, Any]]
    cursor: str | int | None
    clock: Clock | None


class Request(NamedTuple):
    """What is asked of Spott.

    Attributes:
        method: GET, POST or PATCH.
        path: Below the API's address.
        parameters: Go into the address.
        body: JSON to send, if any.
        repeatable: Whether it does no harm to make it twice.
    """

    method: str
    path: str
    parameters: Parameters
    body: bytes | None = None
    repeatable: bool = True

    def __str__(self) -> str:
        """Return what messages call it."""
        return f"{self.method} {self.path}"


class Answer(NamedTuple):
    """A body that was JSON (None: a write was answered without), and Spott's clock if the answer shows it."""

    body: Any
    clock: Clock | None


def judge(request: Request, response: requests.Response, body: bytes, clock: Clock | None) -> Answer:
    """Return the answer of a request that has succeeded.

    Raises:
        SpottError: It has not; which one tells whether there is a point in trying again.
    """
    status = response.status_code
    if request.method == "GET" and status == HTTPStatus.OK:
        return Answer(_decode(response, body), clock)
    if request.method != "GET" and HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Answer(_decode_confirmation(response, body), clock)
    error = _error(request, response, _reference(body))
    error.answer = _error_answer(status, body)
    raise error


def _error(request: Request, response: requests.Response, reference: str) -> SpottError:
    status = response.status_code
    if status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _passing_error(response, reference)
    if status == HTTPStatus.UNAUTHORIZED:
        return KeyRefusedError(
            f"Spott rejected the API key (401{reference}). "
            "Check the setting api_key: keys are made in Spott under Settings > API Keys."
        )
    if status == HTTPStatus.FORBIDDEN:
        return _forbidden(request, reference)
    if status == HTTPStatus.NOT_FOUND:
        return GoneError(f"{request}: Spott knows no such address (404{reference}). Check the setting api_url.")
    return _redirected(request, response) if response.is_redirect else _refused(request, f"{status}{reference}")


def _forbidden(request: Request, reference: str) -> ForbiddenError:
    if request.method == "GET":
        return ForbiddenError(
            f"Spott does not let this API key read {request} (403{reference}). "
            "Ask your Spott administrator for a key that may, or deselect the stream."
        )
    return ForbiddenError(
        f"Spott does not let this API key {request} (403{reference}). Ask your Spott administrator for a key that may."
    )


def _redirected(request: Request, response: requests.Response) -> RedirectedError:
    host = urlsplit(response.headers["Location"]).netloc or "another path"
    return RedirectedError(
        f"{request}: Spott redirects to {_plain(host)} ({response.status_code}), where the API key is not sent. "
        "Check the setting api_url."
    )


def _refused(request: Request, why: str) -> RefusedError:
    if request.method == "GET":
        return RefusedError(
            f"{request}: Spott refused the request ({why}). Check the settings of the tap, or deselect the stream."
        )
    return RefusedError(f"{request}: Spott refused the request ({why}). Check the record.")


def _passing_error(response: requests.Response, reference: str) -> TransientError:
    wait = read_wait(response.headers.get("Retry-After"), response.headers.get("Date"))
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return SlowDownError(f"Spott answered 429, the quota is used up{reference}", wait, untouched=True)
    return TransientError(f"Spott answered {response.status_code}{reference}", wait)


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
        content_type = _plain(response.headers.get("Content-Type", "nothing").partition(";")[0])
        msg = f"Spott's answer is not JSON, or cut off ({content_type}, {len(body)} bytes)"
        raise TransientError(msg) from None


def _decode_leniently(body: bytes) -> Any:  # noqa: ANN401 - JSON may be anything
    """Decode text that was cut in the middle of an emoji: JavaScript sends the lone half, which UTF-8 can't hold."""
    text = json.dumps(json.loads(body), ensure_ascii=False)
    return msgspec.json.decode(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _as_object(answer: Answer) -> dict[str, Any]:
    if not isinstance(answer.body, dict):
        msg = "Spott's answer is not an object"
        raise TransientError(msg)
    return answer.body


def as_object_with(proof: str, answer: Answer) -> dict[str, Any]:
    """Return an object that has this field.

    Raises:
        TransientError: It is something else.
    """
    body = _as_object(answer)
    if body.get(proof) is None:
        msg = f"Spott's answer has no `{proof}`"
        raise TransientError(msg)
    return body


def as_page(rows: str, number: int | None, answer: Answer) -> Page:
    """Return a page of a list, in whichever of the documented envelopes it comes.

    Args:
        rows: What the answer may call the records, beside `items`; an answer may also be nothing but the records.
        number: Of the page that was asked for, where pages have numbers.
        answer: Whatever came back.

    Raises:
        TransientError: It is something else, or says that more is to follow but not where.
    """
    body = {"items": answer.body} if isinstance(answer.body, list) else _as_object(answer)
    items = body.get("items", body.get(rows))
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        msg = "Spott's answer has no list of items"
        raise TransientError(msg)
    place: dict[str, Any] = {}
    for name in ("pagination", "pageInfo"):
        place |= found if isinstance(found := body.get(name), dict) else {}
    more = place.get("hasMore", place.get("hasNextPage"))
    follows = _next_cursor(place, more) if number is None else _next_number(number, more, items)
    return Page(items, follows, answer.clock)


def _next_cursor(place: dict[str, Any], more: object) -> str | None:
    cursor = place.get("cursor") or place.get("nextCursor")
    if more is False or (not cursor and more is None):
        return None
    if not cursor:
        msg = "Spott's answer says that there is more, but has no cursor"
        raise TransientError(msg)
    return str(cursor)


def _next_number(number: int, more: object, items: list[Any]) -> int | None:
    if more and not items:
        msg = "Spott's answer is an empty page, but says that there is more"
        raise TransientError(msg)
    return number + 1 if more else None


def _error_answer(status: int, body: bytes) -> ErrorAnswer:
    """Read the documented error body (page "Update client contact"), as far as this is one."""
    try:
        error = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return ErrorAnswer(status)
    if not isinstance(error, dict):
        return ErrorAnswer(status)
    message, request_id, errors = error.get("message"), error.get("requestId"), error.get("errors")
    return ErrorAnswer(
        status,
        message if isinstance(message, str) else None,
        request_id if isinstance(request_id, str) else None,
        errors if isinstance(errors, list) else None,
    )


def _reference(body: bytes) -> str:
    """Return the error code and the request id of a documented error body, and nothing else of it."""
    error = _error_answer(0, body)
    parts = [error.message] if re.fullmatch(r"[A-Z][A-Z0-9_]{2,79}", error.message or "") else []
    if re.fullmatch(r"[\w.:-]{1,100}", error.request_id or "", re.ASCII):
        parts.append(f"request {error.request_id}")
    return "".join(f", {part}" for part in parts)


def _plain(text: str) -> str:
    """Return a word from a header if it is one, so that nothing else gets into a message."""
    return text if re.fullmatch(r"[\w.:/+ -]{1,100}", text, re.ASCII) else "something else"


def clock_of(response: requests.Response, took: float) -> Clock | None:
    """Return what the server's clock showed from when the request left: `Date`, in whole seconds, is set at the end."""
    date = _http_date(response.headers.get("Date"))
    with suppress(OverflowError):  # the year 9999 tells no time either
        return Clock(date - timedelta(seconds=took), date + timedelta(seconds=1)) if date else None
    return None


def _http_date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def read_wait(text: str | None, now: str | None) -> float | None:
    """Read a wait that is given in seconds, as a date, or in seconds since 1970; None if it is nothing of these."""
    text = (text or "").strip()
    server_now = _http_date(now)
    if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", text, re.ASCII):
        seconds = float(text)
        since_1970 = seconds > LONG_AGO
        if not since_1970:
            return seconds
        return max(seconds - server_now.timestamp(), 0.0) if server_now else None
    date = _http_date(text)
    return max((date - server_now).total_seconds(), 0.0) if date and server_now else None
