"""Reading in windows loses nothing: shown against a list in memory."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from itertools import islice
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spott_client.errors import PaginationLoopError
from spott_client.models import Page
from spott_client.worker_pool import WorkerPool
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
    Server,
    at,
)


@cache
def workers(count: int) -> WorkerPool:
    """Return workers that all tests share: their threads live as long as the process."""
    return WorkerPool(count)


def steps_of(server: Server, stretch: Window, concurrency: int, *, heeds_until: bool = True) -> Iterator[RecordBatch]:
    return WindowReader(server.ask, "/list", workers(concurrency), lambda: heeds_until).read(stretch)


def keys_of(step: RecordBatch) -> list[tuple[int, int]]:
    return [(record["id"], record["version"]) for record in step.records]


def read(server: Server, stretch: Window = EVERYTHING, concurrency: int = 4) -> Counter[int]:
    """Read to the end, and return how often each contact was given."""
    return Counter(number for step in steps_of(server, stretch, concurrency) for number, _ in keys_of(step))


# Contacts come in groups: ties, clumps and wide stretches, with nothing in between.
GROUPS = st.lists(
    st.tuples(
        st.sampled_from([1, SECOND, 60 * SECOND, DAY, YEAR, 40 * YEAR]).flatmap(lambda most: st.integers(-most, 0)),
        st.integers(1, 40),
        st.sampled_from([0, MICROSECOND, 250, MILLISECOND, SECOND, 60 * SECOND, DAY]),
    ),
    max_size=6,
)


class Case(NamedTuple):
    """A list, what of it is to be read, and how."""

    server: Server
    stretch: Window
    concurrency: int
    fewest: int
    """How few contacts a window may be meant to hold; the fewer, the more windows meet where contacts lie."""


@st.composite
def cases(draw: st.DrawFn, *, changes: bool = True, past: bool = False) -> Case:
    """Draw a case; `past` keeps all watermarks at NOW or before it."""
    offsets = [start + number * apart for start, count, apart in draw(GROUPS) for number in range(count)]
    watermarks = [at(offset) for offset in offsets if offset <= 0 or not past]
    server = Server(
        watermarks,
        page_size=draw(st.integers(1, 50) if len(watermarks) < 100 else st.integers(3, 50)),
        order=draw(st.sampled_from(sorted(ORDERS))),
        hints=draw(st.sampled_from(HINTS)),
        tells_time=draw(st.sampled_from([True, True, True, False])),
        doubt=draw(st.sampled_from([0, MILLISECOND, 3 * SECOND])),
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
def narrow_windows(fewest: int) -> Iterator[None]:
    """Let windows hold so few contacts, so that a hundred of them need many windows, as a million does in life."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(slicer, "MIN_RECORDS", fewest)
        patch.setattr(slicer, "MAX_RECORDS", 4 * fewest)
        yield


@settings(deadline=None, max_examples=200)
@given(cases())
def test_what_a_step_vouches_for_was_given_before_whatever_changes_meanwhile(case: Case) -> None:
    server, (since, until) = case.server, case.stretch
    began, at_first = server.now, server.owed(since, until or server.now)
    reached: list[datetime] = []
    seen: set[tuple[int, int]] = set()
    with narrow_windows(case.fewest):
        for step in steps_of(server, case.stretch, case.concurrency):
            seen.update(keys_of(step))
            if step.reached:
                reached.append(step.reached)
                assert server.owed(since, step.reached) <= seen
    if server.tells_time:
        assert reached == sorted(reached)
        assert reached[-1] == min(until or began, began - server.doubt)
    else:
        assert not reached
        assert at_first & server.owed(since, until or server.now) <= seen


@settings(deadline=None, max_examples=200)
@given(cases(), st.integers(0, 120))
def test_interrupted_anywhere_and_begun_again_where_it_was_it_is_complete(case: Case, steps: int) -> None:
    server, (since, until) = case.server, case.stretch
    kept: set[tuple[int, int]] = set()
    reached = since
    with narrow_windows(case.fewest):
        given_so_far: set[tuple[int, int]] = set()
        for step in islice(steps_of(server, case.stretch, case.concurrency), steps):
            given_so_far.update(keys_of(step))
            if step.reached:
                kept, reached = set(given_so_far), step.reached
        for step in steps_of(server, Window(reached, until), case.concurrency):
            kept.update(keys_of(step))
            if step.reached:
                assert server.owed(since, step.reached) <= kept


@settings(deadline=None, max_examples=100)
@given(cases(changes=False, past=True))
def test_it_gives_the_stretch_and_nothing_else_at_any_concurrency(case: Case) -> None:
    expected = {number for number, _ in case.server.owed(case.stretch.since, case.stretch.until or NOW)}
    with narrow_windows(case.fewest):
        assert set(read(case.server, case.stretch, 1)) == expected
        assert set(read(case.server, case.stretch, case.concurrency)) == expected


@settings(deadline=None, max_examples=100)
@given(cases(changes=False, past=True))
def test_windows_meet_between_milliseconds_so_that_no_contact_lies_in_two(case: Case) -> None:
    with narrow_windows(case.fewest):
        read(case.server, case.stretch, case.concurrency)
    ends = {window.until for window in case.server.windows if window.until} - {
        case.stretch.until,
        NOW,
        NOW + case.server.doubt,
    }
    assert all(end.microsecond % 1000 for end in ends)


def evenly(count: int, over: int, ends: int = 0) -> list[datetime]:
    """Return watermarks spread evenly over so many microseconds, the last one so long after NOW."""
    return [at(ends - over + (number + 1) * over // count) for number in range(count)]


@pytest.mark.parametrize("since", [None, at(-YEAR)], ids=["since ever", "since a year ago"])
@pytest.mark.parametrize("contacts", [0, 1, 50], ids=["none", "one", "a full page"])
def test_a_stretch_that_fits_on_a_page_costs_one_request(contacts: int, since: datetime | None) -> None:
    server = Server(evenly(contacts, 30 * DAY))
    steps = list(steps_of(server, Window(since, None), 8))
    assert server.asks == 1
    assert [len(step.records) for step in steps] == [contacts, 0]
    assert steps[-1].reached == NOW


@pytest.mark.parametrize("since", [None, at(-YEAR)], ids=["since ever", "since a year ago"])
@pytest.mark.parametrize("concurrency", [1, 4, 16])
def test_contacts_spread_evenly_cost_little_more_than_their_pages_and_come_once(
    concurrency: int, since: datetime | None
) -> None:
    server = Server(evenly(6000, YEAR))
    given_times = read(server, Window(since, None), concurrency)
    assert given_times == Counter(range(6000))
    assert server.asks <= 1.3 * 6000 / 50


@pytest.mark.parametrize("hints", HINTS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_long_reading_has_many_checkpoints_whatever_order_and_times_suggest(order: str, hints: str) -> None:
    server, unsaved, most_unsaved = Server(evenly(6000, YEAR), order=order, hints=hints), 0, 0
    for step in steps_of(server, Window(at(-YEAR), None), 4):
        unsaved = 0 if step.reached else unsaved + len(step.records)
        most_unsaved = max(most_unsaved, unsaved)
    assert most_unsaved <= 1000
    assert server.asks <= 1.5 * 6000 / 50


@pytest.mark.parametrize(
    ("hints", "since", "most_extra"),
    [
        pytest.param("equal", at(-41 * YEAR), 20, id="since long ago"),
        pytest.param("missing", at(-41 * YEAR), 20, id="since long ago, without times"),
        pytest.param("missing", None, 20, id="since ever, without times"),
        # The first page shows a time 40 years before the others: the estimate made of it has to be thrown away.
        pytest.param("equal", None, 80, id="since ever, after one that is old"),
    ],
)
def test_forty_empty_years_before_the_contacts_cost_few_requests(
    hints: str, since: datetime | None, most_extra: int
) -> None:
    dense = evenly(6000, YEAR)
    alone, after_a_void = Server(dense, hints=hints), Server([at(-41 * YEAR), *dense], hints=hints)
    read(alone, Window(since and at(-YEAR), None))
    assert len(read(after_a_void, Window(since, None))) == 6001
    assert after_a_void.asks <= alone.asks + most_extra


@pytest.mark.parametrize(
    ("hints", "since", "most_extra"),
    [
        pytest.param("equal", None, 40, id="since ever"),
        # Windows narrow down on the instant eightfold at a time, and a few pages are read again each time.
        pytest.param("equal", at(-YEAR), 100, id="since a year ago"),
        pytest.param("missing", at(-YEAR), 100, id="since a year ago, without times"),
        pytest.param("missing", None, 120, id="since ever, without times"),
    ],
)
def test_thousands_of_contacts_at_one_instant_cost_few_requests_more_than_their_pages(
    hints: str, since: datetime | None, most_extra: int
) -> None:
    server = Server([at(-30 * DAY)] * 5000, hints=hints)
    assert len(read(server, Window(since, None))) == 5000
    assert server.asks <= 5000 / 50 + most_extra


@pytest.mark.parametrize("until", [at(DAY), at(400 * DAY), at(7000 * YEAR)], ids=["tomorrow", "next year", "9025"])
@pytest.mark.parametrize("since", [None, at(-YEAR)], ids=["since ever", "since a year ago"])
def test_an_end_in_the_future_ends_the_reading_now(since: datetime | None, until: datetime) -> None:
    server = Server(evenly(2000, YEAR))
    steps = list(steps_of(server, Window(since, until), 4))
    assert {number for step in steps for number, _ in keys_of(step)} == set(range(2000))
    assert steps[-1].reached == NOW
    assert server.asks <= 2000 / 50 + 30


def test_a_list_that_knows_no_end_is_read_in_one_piece() -> None:
    server = Server(evenly(500, YEAR))
    steps = list(steps_of(server, Window(at(-YEAR), None), 4, heeds_until=False))
    assert set(server.windows) == {Window(at(-YEAR), None)}
    assert [number for step in steps for number, _ in keys_of(step)] == list(range(500))
    assert [step.reached for step in steps if not step.records] == [NOW]


@pytest.mark.parametrize("heeds_until", [True, False], ids=["in many windows", "in one piece"])
def test_a_slow_reader_finds_a_bounded_number_of_pages_read_ahead(*, heeds_until: bool) -> None:
    concurrency, taken = 3, 0
    server = Server(evenly(3000, YEAR), page_size=5)
    for step in steps_of(server, Window(at(-YEAR), None), concurrency, heeds_until=heeds_until):
        taken += bool(step.records)
        assert server.asks - taken <= concurrency * (PAGES_AHEAD + 1) + 5


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_cursor_that_comes_again_ends_the_reading(concurrency: int) -> None:
    server = Server(evenly(500, YEAR))

    def ask(window: Window, cursor: str | int | None) -> Page:
        page = server.ask(window, None)
        assert server.asks < 100, "it would never end"
        return page._replace(cursor="again" if cursor else "first")

    with pytest.raises(PaginationLoopError, match=r"/list.*same cursor twice"):
        list(WindowReader(ask, "/list", workers(concurrency), lambda: True).read(EVERYTHING))


def test_a_beginning_later_than_the_servers_clock_is_told_before_anything_is_given() -> None:
    server = Server([*evenly(500, YEAR), at(DAY)])
    reading = WindowReader(server.ask, "/list", workers(4), lambda: True)
    with pytest.raises(FutureStartError) as ahead:
        next(reading.read(Window(at(1), None)))
    assert ahead.value.now == NOW
    assert server.asks == 1
    with pytest.raises(FutureStartError):
        next(reading.read(Window(at(1), at(DAY))))
    assert server.asks == 1, "the clock is known by now"


def test_a_beginning_that_may_be_now_is_read_but_no_later_time_is_vouched_for() -> None:
    server = Server([at(0), at(SECOND)], doubt=2 * SECOND)
    steps = list(steps_of(server, Window(at(SECOND), None), 4))
    assert [number for step in steps for number, _ in keys_of(step)] == [1]
    assert steps[-1].reached == at(-2 * SECOND)


def test_a_later_stretch_of_the_same_reading_ends_at_the_same_now() -> None:
    server = Server(evenly(200, YEAR))
    reading = WindowReader(server.ask, "/list", workers(4), lambda: True)
    ends = [list(reading.read(stretch))[-1].reached for stretch in (Window(None, at(-DAY)), Window(at(-DAY), None))]
    assert ends == [at(-DAY), NOW]
    assert all(window.until for window in server.windows), "it is known by now, and can be asked for"


def test_a_failed_request_ends_the_reading_with_its_error() -> None:
    server = Server(evenly(500, YEAR))

    def ask(window: Window, cursor: str | int | None) -> Page:
        if server.asks > 3:
            msg = "no answer"
            raise ConnectionError(msg)
        return server.ask(window, cursor)

    with pytest.raises(ConnectionError, match="no answer"):
        list(WindowReader(ask, "/list", workers(4), lambda: True).read(EVERYTHING))
