"""Tests of windows, their slicing by size, and the lookback."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spott_client.timestamps import format_timestamp, parse_timestamp
from tap_spott.streams.base import apply_lookback
from tap_spott.sync.slicer import WindowSlicer, WindowStats
from tap_spott.sync.types import Window

FIRST, LAST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
INSTANTS = st.datetimes(timezones=st.just(UTC))


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
def test_lookback_stops_at_the_first_instant(bookmark: str, seconds: int, expected: str) -> None:
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
def test_window_contains_both_its_bounds(window: Window, instant: datetime, *, expected: bool) -> None:
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


@given(
    st.lists(
        st.tuples(st.none() | INSTANTS, INSTANTS, PAGES) | st.tuples(st.none() | NEAR, NEAR, NEAR_PAGES),
        max_size=6,
    )
)
def test_split_windows_adjoin_and_cover_the_whole(
    readings: list[tuple[datetime | None, datetime, list[tuple[int, list[datetime]]]]],
) -> None:
    slicer = WindowSlicer()
    for since, until, pages in readings:
        time_range = Window(since and min(since, until), max(since or until, until))
        assert time_range.until
        window, rest = slicer.next_window(time_range)
        if rest is None:
            assert window == time_range
        else:
            assert_parts(time_range, (window, rest))
        end = window.until or time_range.until
        progress = WindowStats(window)
        for records, times in pages:
            progress.records += records
            progress.observe(times)
            if progress.needs_estimate and (parts := slicer.split_if_too_large(progress, end)):
                assert_parts(Window(window.since, end), parts)
                window = parts[0]
                progress = WindowStats(window)
                end = parts[0].until or end
        slicer.observe(Window(window.since, end), progress.records)


@given(INSTANTS, PAGES)
def test_slicer_splits_an_unbounded_window_before_now(now: datetime, pages: list[tuple[int, list[datetime]]]) -> None:
    slicer, progress = WindowSlicer(), WindowStats(Window(None, None))
    for records, times in pages:
        progress.records += records
        progress.observe(times)
        if progress.needs_estimate and (parts := slicer.split_if_too_large(progress, now)):
            assert_parts(Window(None, now), parts)


def test_repeated_slicing_ends() -> None:
    slicer = WindowSlicer()
    slicer.observe(Window(MONDAY, TUESDAY), 200)
    rest: Window | None = Window(MONDAY, datetime(2026, 1, 1, tzinfo=UTC))
    windows = []
    while rest:
        window, rest = slicer.next_window(rest)
        windows.append(window)
    assert windows[0].since == MONDAY
    assert windows[-1].until == datetime(2026, 1, 1, tzinfo=UTC)
    assert [window.until for window in windows[:-1]] == [window.since for window in windows[1:]]
