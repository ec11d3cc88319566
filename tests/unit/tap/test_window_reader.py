"""WindowReader reads every record of an in-memory list, with any order, hints and changes."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import islice, product
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spott_client.errors import PaginationLoopError
from spott_client.models import Page
from spott_client.worker_pool import WorkerPool
from tap_spott.endpoints import ListEndpoint
from tap_spott.sync import slicer
from tap_spott.sync.types import FutureStartError, RecordBatch, Window
from tap_spott.sync.window_reader import PAGES_AHEAD, WindowReader
from tests.support.fake_list import (
    DAY,
    EVERYTHING,
    HINTS,
    MICROSECOND,
    MILLISECOND,
    NOW,
    ORDERS,
    SECOND,
    YEAR,
    FakeList,
    at,
)


@cache
def pool(size: int) -> WorkerPool:
    """Return a pool that all tests share: its threads live as long as the process."""
    return WorkerPool(size)


def batches_of(server: FakeList, time_range: Window, concurrency: int) -> Iterator[RecordBatch]:
    return WindowReader(server, pool(concurrency)).read(time_range)


def keys_of(batch: RecordBatch) -> list[tuple[int, int]]:
    return [(record["id"], record["version"]) for record in batch.records]


def read(server: FakeList, time_range: Window = EVERYTHING, concurrency: int = 4) -> Counter[int]:
    """Read to the end, and return how often each record came."""
    return Counter(number for batch in batches_of(server, time_range, concurrency) for number, _ in keys_of(batch))


# Records come in groups: equal watermarks, dense groups and sparse ones, with gaps between.
GROUPS = st.lists(
    st.tuples(
        st.sampled_from([1, SECOND, 60 * SECOND, DAY, YEAR, 40 * YEAR]).flatmap(lambda most: st.integers(-most, 0)),
        st.integers(1, 40),
        st.sampled_from([0, MICROSECOND, 250, MILLISECOND, SECOND, 60 * SECOND, DAY]),
    ),
    max_size=6,
)


class Case(NamedTuple):
    """A list, the range to read, and how to read it."""

    server: FakeList
    time_range: Window
    concurrency: int
    min_records: int
    """The smallest target size of a window: the smaller, the more windows meet among records."""


@st.composite
def cases(draw: st.DrawFn, *, changes: bool = True, past: bool = False) -> Case:
    """Draw a case; `past` keeps all watermarks at or before NOW."""
    offsets = [start + number * apart for start, count, apart in draw(GROUPS) for number in range(count)]
    watermarks = [at(offset) for offset in offsets if offset <= 0 or not past]
    server = FakeList(
        watermarks,
        page_size=draw(st.integers(1, 50) if len(watermarks) < 100 else st.integers(3, 50)),
        order=draw(st.sampled_from(sorted(ORDERS))),
        hints=draw(st.sampled_from(HINTS)),
        sends_time=draw(st.sampled_from([True, True, True, False])),
        time_error=draw(st.sampled_from([0, MILLISECOND, 3 * SECOND])),
        empty_pages=draw(st.booleans()),
        changes=draw(st.dictionaries(st.integers(1, 40), st.integers(0, 60), max_size=8)) if changes else None,
    )
    bounds = st.integers(-41 * YEAR, DAY).map(at) | st.sampled_from([NOW, *watermarks])
    since, until = draw(st.none() | bounds), draw(st.none() | bounds)
    if since and until:
        since, until = sorted([since, until])
    since = since and min(since, NOW)
    return Case(server, Window(since, until), draw(st.integers(1, 8)), draw(st.sampled_from([4, 10, 40])))


@contextmanager
def narrow_windows(min_records: int) -> Iterator[None]:
    """Make windows so small that a hundred records need many, as a million records do in production."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slicer, "MIN_RECORDS", min_records)
        patch.setattr(slicer, "MAX_RECORDS", 4 * min_records)
        yield


@given(cases())
def test_checkpoint_covers_only_emitted_records(case: Case) -> None:
    server, (since, until) = case.server, case.time_range
    began, at_first = server.now, server.expected(since, until or server.now)
    checkpoints: list[datetime] = []
    seen: set[tuple[int, int]] = set()
    with narrow_windows(case.min_records):
        for batch in batches_of(server, case.time_range, case.concurrency):
            seen.update(keys_of(batch))
            if batch.checkpoint:
                checkpoints.append(batch.checkpoint)
                assert server.expected(since, batch.checkpoint) <= seen
    if server.sends_time:
        assert checkpoints == sorted(checkpoints)
        assert checkpoints[-1] == min(until or began, began - server.time_error)
    else:
        assert not checkpoints
        assert at_first & server.expected(since, until or server.now) <= seen


@given(cases(), st.integers(0, 120))
def test_interrupted_read_resumed_from_checkpoint_is_complete(case: Case, batches: int) -> None:
    server, (since, until) = case.server, case.time_range
    kept: set[tuple[int, int]] = set()
    checkpoint = since
    with narrow_windows(case.min_records):
        emitted: set[tuple[int, int]] = set()
        for batch in islice(batches_of(server, case.time_range, case.concurrency), batches):
            emitted.update(keys_of(batch))
            if batch.checkpoint:
                kept, checkpoint = set(emitted), batch.checkpoint
        for batch in batches_of(server, Window(checkpoint, until), case.concurrency):
            kept.update(keys_of(batch))
            if batch.checkpoint:
                assert server.expected(since, batch.checkpoint) <= kept


@given(cases(changes=False, past=True))
def test_read_yields_exactly_the_range_at_any_concurrency(case: Case) -> None:
    expected = {number for number, _ in case.server.expected(case.time_range.since, case.time_range.until or NOW)}
    with narrow_windows(case.min_records):
        assert set(read(case.server, case.time_range, 1)) == expected
        assert set(read(case.server, case.time_range, case.concurrency)) == expected


@given(cases(changes=False, past=True))
def test_windows_meet_between_milliseconds(case: Case) -> None:
    with narrow_windows(case.min_records):
        read(case.server, case.time_range, case.concurrency)
    ends = {window.until for window in case.server.windows if window.until} - {
        case.time_range.until,
        NOW,
        NOW + case.server.time_error,
    }
    assert all(end.microsecond % 1000 for end in ends)


def evenly(count: int, over: int, ends: int = 0) -> list[datetime]:
    """Return watermarks spread evenly over `over` microseconds, the last one `ends` after NOW."""
    return [at(ends - over + (number + 1) * over // count) for number in range(count)]


@pytest.mark.parametrize("since", [None, at(-YEAR)], ids=["since ever", "since a year ago"])
@pytest.mark.parametrize("contacts", [0, 1, 50], ids=["none", "one", "a full page"])
def test_range_that_fits_on_a_page_costs_one_request(contacts: int, since: datetime | None) -> None:
    server = FakeList(evenly(contacts, 30 * DAY))
    batches = list(batches_of(server, Window(since, None), 8))
    assert server.requests == 1
    assert [len(batch.records) for batch in batches] == [contacts, 0]
    assert batches[-1].checkpoint == NOW


@pytest.mark.parametrize("since", [None, at(-YEAR)], ids=["since ever", "since a year ago"])
@pytest.mark.parametrize("concurrency", [1, 4, 16])
def test_evenly_spread_records_cost_little_more_than_their_pages(concurrency: int, since: datetime | None) -> None:
    server = FakeList(evenly(6000, YEAR))
    counts = read(server, Window(since, None), concurrency)
    assert counts == Counter(range(6000))
    assert server.requests <= 1.3 * 6000 / 50


@pytest.mark.parametrize("readable_cursors", [True, False], ids=["readable cursors", "opaque cursors"])
@pytest.mark.parametrize("hints", HINTS)
@pytest.mark.parametrize("order", ORDERS)
def test_long_read_has_many_checkpoints_in_any_order(order: str, hints: str, *, readable_cursors: bool) -> None:
    server = FakeList(evenly(6000, YEAR), order=order, hints=hints, readable_cursors=readable_cursors)
    assert most_unsaved(server, Window(at(-YEAR), None)) <= 1000
    assert server.requests <= 1.2 * 6000 / 50 + 2


def most_unsaved(server: FakeList, time_range: Window) -> int:
    """Read to the end, and return how many records an interruption could lose at most."""
    unsaved, most = 0, 0
    for batch in batches_of(server, time_range, 4):
        unsaved = 0 if batch.checkpoint else unsaved + len(batch.records)
        most = max(most, unsaved)
    return most


def denser(count: int, over: int) -> list[datetime]:
    """Return watermarks that become denser and denser, up to NOW."""
    return [at(round(over * ((number + 1) / count) ** 0.5) - over) for number in range(count)]


def sparser(count: int, over: int) -> list[datetime]:
    """Return watermarks that become sparser and sparser, up to NOW."""
    return [at(round(over * ((number + 1) / count) ** 2) - over) for number in range(count)]


def bursts(count: int, over: int) -> list[datetime]:
    """Return watermarks within minutes, at five times far apart from each other."""
    return sorted(at(number % 5 * over // 6 + number * SECOND // 50 - over) for number in range(count))


def at_once(count: int, over: int) -> list[datetime]:
    """Return equal watermarks."""
    return [at(-over // 2)] * count


@pytest.mark.parametrize("spread", [evenly, denser, sparser, bursts, at_once])
@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("hints", ["equal", "missing"])
@pytest.mark.parametrize("readable_cursors", [True, False], ids=["readable cursors", "opaque cursors"])
def test_first_read_costs_little_more_than_its_pages(
    spread: Callable[[int, int], list[datetime]], order: str, hints: str, *, readable_cursors: bool
) -> None:
    for records, since in product((0, 1, 50, 51, 120, 300, 600, 1000, 3000), (None, at(-4 * YEAR))):
        server = FakeList(spread(records, 3 * YEAR), order=order, hints=hints, readable_cursors=readable_cursors)
        assert len(read(server, Window(since, None))) == records
        assert server.requests <= 1.2 * max(-(-records // 50), 1) + 2, records


@pytest.mark.parametrize(
    ("spread", "readable_cursors", "since", "most"),
    [
        (evenly, True, None, 1000),
        (denser, True, None, 2000),
        (evenly, False, at(-3 * YEAR), 2000),
        (evenly, False, None, 8000),
    ],
)
def test_large_list_without_times_has_checkpoints(
    spread: Callable[[int, int], list[datetime]], since: datetime | None, most: int, *, readable_cursors: bool
) -> None:
    server = FakeList(spread(20_000, 3 * YEAR), hints="missing", readable_cursors=readable_cursors)
    assert most_unsaved(server, Window(since, None)) <= most
    assert server.requests <= 1.2 * 20_000 / 50 + 2


@pytest.mark.parametrize(
    ("hints", "since", "most_extra"),
    [
        pytest.param("equal", at(-41 * YEAR), 20, id="since long ago"),
        pytest.param("missing", at(-41 * YEAR), 20, id="since long ago, without times"),
        pytest.param("missing", None, 20, id="since ever, without times"),
        # The first page shows a time 40 years before the others, so the slicer has to discard its estimate.
        pytest.param("equal", None, 80, id="since ever, after one that is old"),
    ],
)
def test_empty_years_before_the_records_cost_few_requests(hints: str, since: datetime | None, most_extra: int) -> None:
    dense = evenly(6000, YEAR)
    alone, after_gap = FakeList(dense, hints=hints), FakeList([at(-41 * YEAR), *dense], hints=hints)
    read(alone, Window(since and at(-YEAR), None))
    assert len(read(after_gap, Window(since, None))) == 6001
    assert after_gap.requests <= alone.requests + most_extra


@pytest.mark.parametrize(
    ("hints", "since", "most_extra"),
    [
        pytest.param("equal", None, 40, id="since ever"),
        # Each split narrows the window eightfold, and a few pages are read again each time.
        pytest.param("equal", at(-YEAR), 100, id="since a year ago"),
        pytest.param("missing", at(-YEAR), 100, id="since a year ago, without times"),
        pytest.param("missing", None, 120, id="since ever, without times"),
    ],
)
def test_records_with_one_watermark_cost_few_extra_requests(
    hints: str, since: datetime | None, most_extra: int
) -> None:
    server = FakeList([at(-30 * DAY)] * 5000, hints=hints)
    assert len(read(server, Window(since, None))) == 5000
    assert server.requests <= 5000 / 50 + most_extra


@pytest.mark.parametrize("until", [at(DAY), at(400 * DAY), at(7000 * YEAR)], ids=["tomorrow", "next year", "9025"])
@pytest.mark.parametrize("since", [None, at(-YEAR)], ids=["since ever", "since a year ago"])
def test_range_with_a_future_end_is_read_up_to_now(since: datetime | None, until: datetime) -> None:
    server = FakeList(evenly(2000, YEAR))
    batches = list(batches_of(server, Window(since, until), 4))
    assert {number for batch in batches for number, _ in keys_of(batch)} == set(range(2000))
    assert batches[-1].checkpoint == NOW
    assert server.requests <= 2000 / 50 + 30


class ListWithoutUntil(FakeList):
    """A list that doesn't support `modifiedUntil`."""

    endpoint = ListEndpoint(path="/list")


def test_list_without_modified_until_is_read_as_one_window() -> None:
    server = ListWithoutUntil(evenly(500, YEAR))
    batches = list(batches_of(server, Window(at(-YEAR), None), 4))
    assert set(server.windows) == {Window(at(-YEAR), None)}
    assert [number for batch in batches for number, _ in keys_of(batch)] == list(range(500))
    assert [batch.checkpoint for batch in batches if not batch.records] == [NOW]


@pytest.mark.parametrize("list_type", [FakeList, ListWithoutUntil], ids=["in many windows", "in one piece"])
def test_pages_read_ahead_are_bounded(list_type: type[FakeList]) -> None:
    concurrency, taken = 3, 0
    server = list_type(evenly(3000, YEAR), page_size=5)
    for batch in batches_of(server, Window(at(-YEAR), None), concurrency):
        taken += bool(batch.records)
        assert server.requests - taken <= concurrency * (PAGES_AHEAD + 1) + 5


class RepeatingList(FakeList):
    """A list that sends the same cursor again and again."""

    def get_page(self, window: Window, cursor: str | int | None) -> Page:
        page = super().get_page(window, None)
        assert self.requests < 100, "the read would never end"
        return page._replace(cursor="again" if cursor else "first")


@pytest.mark.parametrize("concurrency", [1, 4])
def test_repeated_cursor_ends_the_read(concurrency: int) -> None:
    with pytest.raises(PaginationLoopError, match=r"/list.*cursor twice"):
        list(batches_of(RepeatingList(evenly(500, YEAR)), EVERYTHING, concurrency))


def test_start_later_than_server_time_raises_before_the_first_record() -> None:
    server = FakeList([*evenly(500, YEAR), at(DAY)])
    reader = WindowReader(server, pool(4))
    with pytest.raises(FutureStartError) as error:
        next(reader.read(Window(at(1), None)))
    assert error.value.now == NOW
    assert server.requests == 1
    with pytest.raises(FutureStartError):
        next(reader.read(Window(at(1), at(DAY))))
    assert server.requests == 1, "the server time is known by now"


def test_start_within_clock_error_is_read_without_later_checkpoint() -> None:
    server = FakeList([at(0), at(SECOND)], time_error=2 * SECOND)
    batches = list(batches_of(server, Window(at(SECOND), None), 4))
    assert [number for batch in batches for number, _ in keys_of(batch)] == [1]
    assert batches[-1].checkpoint == at(-2 * SECOND)


def test_later_range_of_the_same_read_ends_at_the_same_time() -> None:
    server = FakeList(evenly(200, YEAR))
    reader = WindowReader(server, pool(4))
    ends = [
        list(reader.read(time_range))[-1].checkpoint for time_range in (Window(None, at(-DAY)), Window(at(-DAY), None))
    ]
    assert ends == [at(-DAY), NOW]
    assert all(window.until for window in server.windows), "the end is known by now, and is requested"


class BrokenList(FakeList):
    """A list that doesn't respond after some requests."""

    def get_page(self, window: Window, cursor: str | int | None) -> Page:
        if self.requests > 3:
            msg = "no response"
            raise ConnectionError(msg)
        return super().get_page(window, cursor)


def test_failed_request_ends_the_read_with_its_error() -> None:
    with pytest.raises(ConnectionError, match="no response"):
        list(batches_of(BrokenList(evenly(500, YEAR)), EVERYTHING, 4))
