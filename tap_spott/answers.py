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
    ForbiddenError,
    GoneError,
    KeyRefusedError,
    RefusedError,
    SlowDownError,
    TransientError,
)
from tap_spott.incremental import Clock

if TYPE_CHECKING:
    import requests

LONG_AGO = 1e9
"""A larger number of seconds is no wait but a time, counted from 1970."""


class Page(NamedTuple):
    """A page of a list: its items, the next page's cursor or number if there is one, and Spott's clock if it shows."""

    items: list[dict[str, Any]]
    cursor: str | int | None
    clock: Clock | None


class Answer(NamedTuple):
    """A body that was JSON, and Spott's clock if the answer shows it."""

    body: Any
    clock: Clock | None


def judge(path: str, response: requests.Response, body: bytes, clock: Clock | None) -> Answer:
    """Return the answer of a request that has succeeded.

    Raises:
        SpottError: It has not; which one tells whether there is a point in trying again.
    """
    status = response.status_code
    if status == HTTPStatus.OK:
        return Answer(_decode(response, body), clock)
    reference = _reference(body)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = read_wait(response.headers.get("Retry-After"), response.headers.get("Date"))
        msg = f"Spott answered 429, the quota is used up{reference}"
        raise SlowDownError(msg, wait)
    if status == HTTPStatus.REQUEST_TIMEOUT or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        wait = read_wait(response.headers.get("Retry-After"), response.headers.get("Date"))
        msg = f"Spott answered {status}{reference}"
        raise TransientError(msg, wait)
    if status == HTTPStatus.UNAUTHORIZED:
        msg = (
            f"Spott rejected the API key (401{reference}). "
            "Check the setting api_key: keys are made in Spott under Settings > API Keys."
        )
        raise KeyRefusedError(msg)
    if status == HTTPStatus.FORBIDDEN:
        msg = (
            f"Spott does not let this API key read GET {path} (403{reference}). "
            "Ask your Spott administrator for a key that may, or deselect the stream."
        )
        raise ForbiddenError(msg)
    if status == HTTPStatus.NOT_FOUND:
        msg = f"GET {path}: Spott knows no such address (404{reference}). Check the setting api_url."
        raise GoneError(msg)
    if response.is_redirect:
        host = urlsplit(response.headers["Location"]).netloc or "another path"
        msg = (
            f"GET {path}: Spott redirects to {_plain(host)} ({status}), where the API key is not sent. "
            "Check the setting api_url."
        )
        raise RefusedError(msg)
    msg = f"GET {path}: Spott refused the request ({status}{reference}). Check the settings of the tap."
    raise RefusedError(msg)


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


def _reference(body: bytes) -> str:
    """Return the error code and the request id of a documented error body, and nothing else of it."""
    try:
        error = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(error, dict):
        return ""
    code, request_id = error.get("message"), error.get("requestId")
    parts = [code] if isinstance(code, str) and re.fullmatch(r"[A-Z][A-Z0-9_]{2,79}", code) else []
    if isinstance(request_id, str) and re.fullmatch(r"[\w.:-]{1,100}", request_id, re.ASCII):
        parts.append(f"request {request_id}")
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
