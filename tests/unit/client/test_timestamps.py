"""Times are read leniently and written strictly; windows are cut without a gap."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spott_client.timestamps import format_timestamp, parse_timestamp
from tap_spott.streams.base import apply_lookback
from tap_spott.sync.slicer import WindowSlicer, WindowStats
from tap_spott.sync.types import Window

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
INSTANTS = st.datetimes(timezones=st.just(UTC))

PATTERN = re.compile(
    r"^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29|"
    r"\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)|"
    r"(?:02)-(?:0[1-9]|1\d|2[0-8])))T(?:(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z))$"
)
"""Of `modifiedSince` and `modifiedUntil`, from the documentation page "Get client contacts"."""


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
def test_times_are_read_leniently(text: str, expected: str) -> None:
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
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_timestamp(text)


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this machine be in New York meanwhile."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("new_york")
def test_a_time_without_offset_is_utc_wherever_this_machine_is() -> None:
    assert datetime(2024, 1, 31).astimezone().utcoffset() == timedelta(hours=-5)
    assert format_timestamp(parse_timestamp("2024-01-31T10:20:30")) == "2024-01-31T10:20:30.000Z"


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_times_are_written_in_utc_as_the_documentation_wants_them(instant: datetime, offset: int) -> None:
    try:
        elsewhere = instant.astimezone(timezone(timedelta(minutes=offset)))
    except OverflowError:
        elsewhere = instant
    text = format_timestamp(elsewhere)
    assert PATTERN.match(text)
    assert datetime.fromisoformat(text) == instant
    assert parse_timestamp(text) == instant


@pytest.mark.parametrize("instant", [FIRST, LAST, datetime(2024, 2, 29, tzinfo=UTC), datetime(400, 2, 29, tzinfo=UTC)])
def test_extreme_times_are_written_as_the_documentation_wants_them(instant: datetime) -> None:
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
def test_times_are_written_as_finely_as_needed(instant: datetime, expected: str) -> None:
    assert format_timestamp(instant) == expected


@pytest.mark.parametrize(
    ("bookmark", "seconds", "expected"),
    [
        pytest.param("2024-01-31T00:01:00Z", 60, "2024-01-31T00:00:00.000Z", id="a minute"),
        pytest.param("2024-01-31T00:01:00Z", 0, "2024-01-31T00:01:00.000Z", id="nothing"),
        pytest.param("2024-01-31T00:00:00.000500Z", 1, "2024-01-30T23:59:59.000500Z", id="a second"),
        pytest.param("0001-01-01T00:00:30Z", 60, "0001-01-01T00:00:00.000Z", id="before year 1"),
        pytest.param("0001-01-01T00:00:00Z", 31_536_000, "0001-01-01T00:00:00.000Z", id="a year before year 1"),
    ],
)
def test_looking_back(bookmark: str, seconds: int, expected: str) -> None:
    assert format_timestamp(apply_lookback(parse_timestamp(bookmark), seconds)) == expected


MONDAY, TUESDAY, WEDNESDAY = (datetime(2024, 1, day, tzinfo=UTC) for day in (1, 2, 3))
MOMENT = timedelta.resolution


@pytest.mark.parametrize(
    ("window", "instant", "expected"),
    [
        pytest.param(Window(None, None), FIRST, True, id="no bounds, first instant"),
        pytest.param(Window(None, None), LAST, True, id="no bounds, last instant"),
        pytest.param(Window(MONDAY, WEDNESDAY), TUESDAY, True, id="inside"),
        pytest.param(Window(MONDAY, WEDNESDAY), MONDAY, True, id="at its beginning"),
        pytest.param(Window(MONDAY, WEDNESDAY), WEDNESDAY, True, id="at its end"),
        pytest.param(Window(MONDAY, WEDNESDAY), MONDAY - MOMENT, False, id="just before"),
        pytest.param(Window(MONDAY, WEDNESDAY), WEDNESDAY + MOMENT, False, id="just after"),
        pytest.param(Window(MONDAY, None), LAST, True, id="no end"),
        pytest.param(Window(MONDAY, None), FIRST, False, id="no end, before"),
        pytest.param(Window(None, MONDAY), FIRST, True, id="no beginning"),
        pytest.param(Window(None, MONDAY), TUESDAY, False, id="no beginning, after"),
        pytest.param(Window(MONDAY, MONDAY), MONDAY, True, id="a single instant"),
    ],
)
def test_a_window_holds_both_its_ends(window: Window, instant: datetime, *, expected: bool) -> None:
    assert window.contains(instant) is expected


def assert_parts(whole: Window, parts: tuple[Window, Window]) -> None:
    first, rest = parts
    assert first.since == whole.since
    assert rest.until == whole.until
    assert first.until is not None
    assert first.until == rest.since
    assert first.since is None or first.since < first.until
    assert rest.until is None or first.until < rest.until
    assert first.until.microsecond % 1000, "windows meet between milliseconds"


PAGES = st.lists(st.tuples(st.integers(0, 50), st.lists(INSTANTS, max_size=4)), max_size=12)
NEAR = st.integers(0, 10**7).map(
    lambda microseconds: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
)
NEAR_PAGES = st.lists(st.tuples(st.integers(0, 50), st.lists(NEAR, max_size=4)), max_size=12)


@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.tuples(st.none() | INSTANTS, INSTANTS, PAGES) | st.tuples(st.none() | NEAR, NEAR, NEAR_PAGES),
        max_size=6,
    )
)
def test_parts_of_a_stretch_adjoin_and_cover_it_whatever_the_records_hint(
    readings: list[tuple[datetime | None, datetime, list[tuple[int, list[datetime]]]]],
) -> None:
    cutter = WindowSlicer()
    for since, until, pages in readings:
        stretch = Window(since and min(since, until), max(since or until, until))
        assert stretch.until
        window, rest = cutter.cut(stretch)
        if rest is None:
            assert window == stretch
        else:
            assert_parts(stretch, (window, rest))
        end = window.until or stretch.until
        progress = WindowStats(window)
        for records, times in pages:
            progress.records += records
            progress.see(times)
            if progress.is_due and (parts := cutter.judge(progress, end)):
                assert_parts(Window(window.since, end), parts)
                window = parts[0]
                progress = WindowStats(window)
                end = parts[0].until or end
        cutter.learn(Window(window.since, end), progress.records)


@settings(deadline=None, max_examples=100)
@given(INSTANTS, PAGES)
def test_a_first_window_without_bounds_is_cut_before_now(
    now: datetime, pages: list[tuple[int, list[datetime]]]
) -> None:
    cutter, progress = WindowSlicer(), WindowStats(Window(None, None))
    for records, times in pages:
        progress.records += records
        progress.see(times)
        if progress.is_due and (parts := cutter.judge(progress, now)):
            assert_parts(Window(None, now), parts)


def test_repeated_cutting_ends() -> None:
    cutter = WindowSlicer()
    cutter.learn(Window(MONDAY, TUESDAY), 200)
    rest: Window | None = Window(MONDAY, datetime(2026, 1, 1, tzinfo=UTC))
    windows = []
    while rest:
        window, rest = cutter.cut(rest)
        windows.append(window)
    assert windows[0].since == MONDAY
    assert windows[-1].until == datetime(2026, 1, 1, tzinfo=UTC)
    assert [window.until for window in windows[:-1]] == [window.since for window in windows[1:]]
