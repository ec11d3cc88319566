"""Tests of parsing and formatting timestamps."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spott_client.timestamps import format_timestamp, parse_timestamp

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
INSTANTS = st.datetimes(timezones=st.just(UTC))

PATTERN = re.compile(
    r"^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|"
    r"\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|"
    r"(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z))$"
)
"""Pattern of `modifiedSince` and `modifiedUntil` on the documentation page "Get client contacts"."""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("2024-01-31T10:20:30Z", "2024-01-31T10:20:30.000Z", id="seconds"),
        pytest.param("2024-01-31T10:20:30.5Z", "2024-01-31T10:20:30.500Z", id="one digit"),
        pytest.param("2024-01-31T10:20:30.123Z", "2024-01-31T10:20:30.123Z", id="milliseconds"),
        pytest.param("2024-01-31T10:20:30.123456Z", "2024-01-31T10:20:30.123456Z", id="microseconds"),
        pytest.param("2024-01-31T10:20:30.123456999Z", "2024-01-31T10:20:30.123456Z", id="nanoseconds are cut off"),
        pytest.param("2024-01-31T10:20:30.000000001Z", "2024-01-31T10:20:30.000Z", id="one nanosecond"),
        pytest.param("2024-01-31T10:20Z", "2024-01-31T10:20:00.000Z", id="minutes"),
        pytest.param("2024-01-31", "2024-01-31T00:00:00.000Z", id="date only"),
        pytest.param("2024-01-31T10:20:30", "2024-01-31T10:20:30.000Z", id="naive is UTC"),
        pytest.param("2024-01-31 10:20:30", "2024-01-31T10:20:30.000Z", id="space instead of T"),
        pytest.param("2024-01-31T10:20:30+02:00", "2024-01-31T08:20:30.000Z", id="east"),
        pytest.param("2024-01-31T23:20:30-05:30", "2024-02-01T04:50:30.000Z", id="west, another day"),
        pytest.param("2024-01-31T10:20:30+00:00", "2024-01-31T10:20:30.000Z", id="offset zero"),
        pytest.param("2024-01-31T10:20:30+0200", "2024-01-31T08:20:30.000Z", id="offset without colon"),
        pytest.param("2024-01-31t10:20:30Z", "2024-01-31T10:20:30.000Z", id="lower case t"),
        pytest.param("2024-01-31T10:20:30z", "2024-01-31T10:20:30.000Z", id="lower case z"),
        pytest.param("  2024-01-31T10:20:30Z\n", "2024-01-31T10:20:30.000Z", id="whitespace around"),
        pytest.param("2024-02-29", "2024-02-29T00:00:00.000Z", id="leap day"),
        pytest.param("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z", id="the first instant"),
        pytest.param("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z", id="the last instant"),
    ],
)
def test_parser_accepts_iso_8601(text: str, expected: str) -> None:
    instant = parse_timestamp(text)
    assert instant.utcoffset() == timedelta(0)
    assert format_timestamp(instant) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("  ", id="blank"),
        pytest.param("yesterday", id="word"),
        pytest.param("1706696430", id="seconds since 1970"),
        pytest.param("2024-02-30T00:00:00Z", id="no such day"),
        pytest.param("2023-02-29", id="no leap year"),
        pytest.param("2024-13-01", id="no such month"),
        pytest.param("2024-01-31T25:00:00Z", id="no such hour"),
        pytest.param("31/01/2024", id="another order"),
        pytest.param("2024-1-31", id="one digit"),
        pytest.param("2024-01-31T10:20:30Z and more", id="more behind it"),
        pytest.param("2024-01-31T10:20:30 Europe/Brussels", id="zone by name"),
        pytest.param("0000-01-01T00:00:00Z", id="year 0"),
        pytest.param("10000-01-01T00:00:00Z", id="year 10000"),
        pytest.param("0001-01-01T00:00:00+01:00", id="before year 1 in UTC"),
        pytest.param("9999-12-31T23:59:59-01:00", id="after year 9999 in UTC"),
    ],
)
def test_parser_rejects_other_text(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_timestamp(text)


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the local timezone to New York."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("new_york")
def test_text_without_offset_is_utc_in_any_local_timezone() -> None:
    assert datetime(2024, 1, 31).astimezone().utcoffset() == timedelta(hours=-5)
    assert format_timestamp(parse_timestamp("2024-01-31T10:20:30")) == "2024-01-31T10:20:30.000Z"


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_formatted_timestamp_matches_documented_pattern(instant: datetime, offset: int) -> None:
    try:
        elsewhere = instant.astimezone(timezone(timedelta(minutes=offset)))
    except OverflowError:
        elsewhere = instant
    text = format_timestamp(elsewhere)
    assert PATTERN.match(text)
    assert datetime.fromisoformat(text) == instant
    assert parse_timestamp(text) == instant


@pytest.mark.parametrize("instant", [FIRST, LAST, datetime(2024, 2, 29, tzinfo=UTC), datetime(400, 2, 29, tzinfo=UTC)])
def test_extreme_timestamps_match_documented_pattern(instant: datetime) -> None:
    assert PATTERN.match(format_timestamp(instant))
    assert parse_timestamp(format_timestamp(instant)) == instant


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        pytest.param(datetime(2024, 1, 31, tzinfo=UTC), "2024-01-31T00:00:00.000Z", id="always milliseconds"),
        pytest.param(datetime(2024, 1, 31, 0, 0, 0, 5000, UTC), "2024-01-31T00:00:00.005Z", id="milliseconds"),
        pytest.param(datetime(2024, 1, 31, 0, 0, 0, 500, UTC), "2024-01-31T00:00:00.000500Z", id="between them"),
    ],
)
def test_formatter_uses_microseconds_only_if_needed(instant: datetime, expected: str) -> None:
    assert format_timestamp(instant) == expected
