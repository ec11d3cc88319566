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
        stats, rest = slicer.next_window(time_range)
        if rest is None:
            assert stats.window == time_range
        else:
            assert_parts(time_range, (stats.window, rest))
        stats = read(slicer, stats, time_range.until, pages)
        slicer.observe(stats, Window(stats.window.since, stats.window.until or time_range.until))


@given(INSTANTS, PAGES)
def test_slicer_splits_an_unbounded_window_before_now(now: datetime, pages: list[tuple[int, list[datetime]]]) -> None:
    read(WindowSlicer(), WindowStats(Window(None, None)), now, pages)


def read(
    slicer: WindowSlicer, stats: WindowStats, now: datetime, pages: list[tuple[int, list[datetime]]]
) -> WindowStats:
    """Read a window, and each window that it is split into instead; samples have as many records as the pages."""
    for records, times in pages:
        stats.add(records, times)
        slicer.add_page(records)
        end = stats.window.until or now
        if sample := slicer.next_sample(stats, end):
            assert_parts(Window(None, end), (Window(None, sample.since), Window(sample.since, end)))
            if parts := slicer.split(stats, end, sample, records):
                assert_parts(Window(stats.window.since, end), parts)
                stats = WindowStats(parts[0])
    return stats


def test_repeated_slicing_ends() -> None:
    slicer, monday = WindowSlicer(), WindowStats(Window(MONDAY, TUESDAY), expected=200)
    monday.add(200, [])
    slicer.observe(monday, monday.window)
    rest: Window | None = Window(MONDAY, datetime(2026, 1, 1, tzinfo=UTC))
    windows = []
    while rest:
        stats, rest = slicer.next_window(rest)
        windows.append(stats.window)
    assert windows[0].since == MONDAY
    assert windows[-1].until == datetime(2026, 1, 1, tzinfo=UTC)
    assert [window.until for window in windows[:-1]] == [window.since for window in windows[1:]]
