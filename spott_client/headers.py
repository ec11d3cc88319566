"""DOC."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from spott_client.models import ServerTime

if TYPE_CHECKING:
    import requests


MAX_DELTA_SECONDS = 1e9
"""A larger number of seconds is no wait but a time, counted from 1970."""


def safe_header_value(text: str) -> str:
    """Return a word from a header if it is one, so that nothing else gets into a message."""
    return text if re.fullmatch(r"[\w.:/+ -]{1,100}", text, re.ASCII) else "something else"


def parse_server_time(response: requests.Response, took: float) -> ServerTime | None:
    """Return what the server's clock showed from when the request left: `Date`, in whole seconds, is set at the end."""
    date = _parse_http_date(response.headers.get("Date"))
    with suppress(OverflowError):  # the year 9999 tells no time either
        return ServerTime(date - timedelta(seconds=took), date + timedelta(seconds=1)) if date else None
    return None


def _parse_http_date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)


def parse_retry_after(text: str | None, now: str | None) -> float | None:
    """Read a wait that is given in seconds, as a date, or in seconds since 1970; None if it is nothing of these."""
    text = (text or "").strip()
    server_now = _parse_http_date(now)
    if re.fullmatch(r"\d{1,15}(\.\d{1,9})?", text, re.ASCII):
        seconds = float(text)
        since_1970 = seconds > MAX_DELTA_SECONDS
        if not since_1970:
            return seconds
        return max(seconds - server_now.timestamp(), 0.0) if server_now else None
    date = _parse_http_date(text)
    return max((date - server_now).total_seconds(), 0.0) if date and server_now else None
