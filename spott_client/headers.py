"""Parse response headers: the server's time, waits, and values that messages may show."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache

import requests

from spott_client.models import ServerTime

MAX_DELTA_SECONDS = 1e9
"""A larger number is a Unix timestamp rather than a number of seconds to wait."""


def safe_header_value(text: str) -> str:
    """Return a header's value if it is a plain word, so that a message shows nothing else."""
    return text if re.fullmatch(r"[\w.:/+ -]{1,100}", text, re.ASCII) else "something else"


def parse_server_time(response: requests.Response, elapsed: float) -> ServerTime | None:
    """Return the server's time while it processed a request that took `elapsed` seconds; None without a valid `Date`.

    The server sets `Date` when it responds, in whole seconds.
    """
    date = _parse_http_date(response.headers.get("Date"))
    with suppress(OverflowError):  # a date in the year 9999 is as useless as none
        return ServerTime(date - timedelta(seconds=elapsed), date + timedelta(seconds=1)) if date else None
    return None


@lru_cache(maxsize=1)  # many responses come in the same second
def _parse_http_date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def parse_retry_after(text: str | None, server_date: str | None) -> float | None:
    """Return the seconds to wait, or None if the header is missing or invalid.

    The header holds seconds, an HTTP date or a Unix timestamp; the latter two are compared with the `Date` header.
    """
    text = (text or "").strip()
    now = _parse_http_date(server_date)
    if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", text, re.ASCII):
        seconds = float(text)
        if seconds <= MAX_DELTA_SECONDS:
            return seconds
        return max(seconds - now.timestamp(), 0.0) if now else None
    date = _parse_http_date(text)
    return max((date - now).total_seconds(), 0.0) if date and now else None
