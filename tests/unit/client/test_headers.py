"""Tests of parsing response headers."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from spott_client.headers import parse_retry_after, parse_server_time
from spott_client.models import ServerTime

DATE = "Sat, 31 May 2025 10:20:30 GMT"
DATED = datetime(2025, 5, 31, 10, 20, 30, tzinfo=UTC)


def response(date: str) -> requests.Response:
    result = requests.Response()
    result.headers["Date"] = date
    return result


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        pytest.param("7", None, 7, id="seconds"),
        pytest.param(" 0.5 ", None, 0.5, id="a fraction"),
        pytest.param("Sat, 31 May 2025 10:21:30 GMT", DATE, 60, id="a date"),
        pytest.param("Sat, 31 May 2025 12:21:30 +0200", DATE, 60, id="a date with an offset"),
        pytest.param("Sat, 31 May 2025 10:00:00 GMT", DATE, 0, id="a past date"),
        pytest.param("Sat, 31 May 2025 10:21:30 GMT", None, None, id="a date without the server's date"),
        pytest.param(str(int(DATED.timestamp()) + 60), DATE, 60, id="a Unix timestamp"),
        pytest.param(str(int(DATED.timestamp()) - 60), DATE, 0, id="a past Unix timestamp"),
        pytest.param(str(int(DATED.timestamp()) + 60), None, None, id="a Unix timestamp without the server's date"),
        pytest.param("soon", DATE, None, id="a word"),
        pytest.param("-7", DATE, None, id="negative"),
        pytest.param("", DATE, None, id="empty"),
        pytest.param(None, DATE, None, id="none"),
    ],
)
def test_retry_after_accepts_each_format(text: str | None, now: str | None, expected: float | None) -> None:
    assert parse_retry_after(text, now) == expected


def test_server_time_lies_between_the_request_and_the_end_of_the_date() -> None:
    expected = ServerTime(DATED - timedelta(seconds=2.5), DATED + timedelta(seconds=1))
    assert parse_server_time(response(DATE), 2.5) == expected


@pytest.mark.parametrize("date", ["", "soon", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_invalid_date_gives_no_server_time(date: str) -> None:
    assert parse_server_time(response(date), 1) is None
