"""What a reading vouches for is complete, in each family of lists: asked over HTTP of a server whose records change."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spott_client.client import SpottClient
from spott_client.errors import NotFoundError
from spott_client.pagination import Pagination
from spott_client.worker_pool import WorkerPool
from tap_spott.endpoints import FilterSupport, ListEndpoint
from tap_spott.sync.list_reader import ListReader, Starts
from tap_spott.sync.requester import ListFilters, ListRequester
from tests.support.fake_server import BEGAN, Change, Server, Spott


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server.running() as running:
        yield running


BOUNDED = ListEndpoint(path="/bounded", supports_modified_since=True, modified_until=FilterSupport.DOCUMENTED)
UNBOUNDED = ListEndpoint(path="/unbounded", supports_modified_since=True)
NUMBERED = ListEndpoint(
    path="/numbered", supports_modified_since=True, pagination=Pagination.PAGE_NUMBER, records_key="rows"
)
NO_FILTERS = ListEndpoint(path="/numbered", pagination=Pagination.PAGE_NUMBER, records_key="rows")
ALL = ListEndpoint(path="/all")
FILTERED = {
    "with an end": BOUNDED,
    "that may have an end, and has": replace(BOUNDED, modified_until=FilterSupport.UNKNOWN),
    "that may have an end, and has not": replace(UNBOUNDED, modified_until=FilterSupport.UNKNOWN),
    "without an end": UNBOUNDED,
    "with numbers": NUMBERED,
    "with numbers, where it was": replace(UNBOUNDED, path="/gone", fallback=NUMBERED),
}
FAMILIES = FILTERED | {"with numbers and no filters": NO_FILTERS, "without pages": ALL}
WORKERS = WorkerPool(2)
ONE = frozenset({"x"})


def source_of(client: SpottClient, endpoint: ListEndpoint, **bounds: Any) -> ListRequester:  # noqa: ANN401 - as Bounds
    return ListRequester(
        endpoint, client, WORKERS, ListFilters(**{"page_size": 2, "until": None, "company_ids": []} | bounds)
    )


def reading_of(server: Server, *endpoints: ListEndpoint, page_size: int = 2) -> ListReader:
    sources = [source_of(server.client(), endpoint, page_size=page_size) for endpoint in endpoints]
    return ListReader(sources, {}, lambda _, __: None)


CHANGES = st.dictionaries(
    st.integers(1, 30),
    st.builds(Change, st.sampled_from(["touched", "deleted", "added"]), st.integers(0, 11)),
    max_size=10,
)
AGES = st.lists(st.integers(0, 8) | st.integers(0, 10_000_000), max_size=12)


@pytest.mark.parametrize("family", FILTERED)
@settings(deadline=None, max_examples=40)
@given(AGES, CHANGES, st.integers(1, 5), st.none() | st.integers(0, 20))
def test_what_a_step_vouches_for_was_given_before(
    server: Server, family: str, ages: list[int], changes: dict[int, Change], page_size: int, back: int | None
) -> None:
    server.spott = Spott(ages, changes)
    since = None if back is None else BEGAN - timedelta(seconds=back)
    seen: set[tuple[int, int]] = set()
    for step, _ in reading_of(server, FILTERED[family], page_size=page_size).read({"x": since}, frozenset()):
        seen.update((record["id"], record["version"]) for record in step.records)
        if step.reached:
            assert server.spott.owed(since, step.reached) <= seen


@pytest.mark.parametrize("family", FAMILIES)
@settings(deadline=None, max_examples=40)
@given(AGES, CHANGES, st.integers(1, 5))
@example(ages=[1, 0], changes={1: Change("deleted", 1)}, page_size=1)  # leaves nothing on the second page
def test_what_is_there_all_the_while_is_given_before_deletions_are_announced(
    server: Server, family: str, ages: list[int], changes: dict[int, Change], page_size: int
) -> None:
    server.spott = Spott(ages, changes)
    steps = [step for step, _ in reading_of(server, FAMILIES[family], page_size=page_size).read({"x": None}, ONE)]
    if steps[-1].reached:
        assert set(range(len(ages))) & server.spott.rows.keys() <= {r["id"] for step in steps for r in step.records}


@pytest.mark.parametrize("family", FAMILIES)
def test_of_records_at_rest_all_is_sure(server: Server, family: str) -> None:
    server.spott = Spott([5, 4, 3, 2, 1])
    steps = [step for step, _ in reading_of(server, FAMILIES[family]).read({"x": None}, ONE)]
    assert {record["id"] for step in steps for record in step.records} == set(range(5))
    assert steps[-1].reached is not None


@pytest.mark.parametrize("family", FILTERED)
def test_records_that_never_rest_are_not_vouched_for(server: Server, family: str) -> None:
    server.spott = Spott(range(8), {request: Change("touched", request * 5 % 8) for request in range(500)})
    steps = [step for step, _ in reading_of(server, FILTERED[family]).read({"x": None}, ONE)]
    assert steps[-1].reached is None


def test_of_several_lists_all_have_to_rest(server: Server) -> None:
    for changes, sure in (({}, True), ({n: Change("touched", n * 5 % 8) for n in range(99)}, False)):
        server.spott = Spott(range(8), changes)
        steps = [step for step, _ in reading_of(server, NO_FILTERS, ALL).read({"x": None}, ONE)]
        assert all(step.reached is None for step in steps[:-1])
        assert (steps[-1].reached is not None) is sure


@pytest.mark.parametrize("whole", [frozenset(), ONE], ids=["incremental", "all there is"])
@pytest.mark.parametrize("family", ["with numbers", "with numbers and no filters", "without pages"])
def test_what_fits_on_a_page_is_asked_for_once(server: Server, family: str, whole: frozenset[str]) -> None:
    server.spott = Spott([1, 2])
    list(reading_of(server, FAMILIES[family]).read({"x": BEGAN - timedelta(days=1)}, whole))
    assert len(server.spott.asked) == 1


def test_a_list_without_filters_is_read_once_where_nothing_will_be_deleted(server: Server) -> None:
    server.spott = Spott(range(5))
    list(reading_of(server, NO_FILTERS).read({"x": None}, frozenset()))
    assert [query["page"] for _, query in server.spott.asked] == [["0"], ["1"], ["2"]]


STARTS = st.none() | st.integers(0, 20).map(lambda back: BEGAN - timedelta(seconds=back))


@pytest.mark.parametrize("family", FILTERED)
@settings(deadline=None, max_examples=40)
@given(AGES, st.dictionaries(st.sampled_from("abc"), STARTS, min_size=1), st.integers(1, 5))
def test_each_stream_gets_the_list_from_where_it_needs_it(
    server: Server, family: str, ages: list[int], starts: Starts, page_size: int
) -> None:
    server.spott = Spott(ages)
    got: dict[str, set[tuple[int, int]]] = defaultdict(set)
    reading = reading_of(server, FILTERED[family], page_size=page_size)
    for step, takers in reading.read(starts, frozenset()):
        for stream in takers:
            got[stream].update((record["id"], record["version"]) for record in step.records)
    assert reading.covers == starts.keys()
    for stream, since in starts.items():
        owed = server.spott.owed(since, BEGAN)
        assert owed <= got[stream]
        if family == "with an end":
            assert got[stream] == owed


@pytest.mark.parametrize("family", ["without an end", "with numbers"])
def test_a_list_without_an_end_is_read_once_for_all_streams(server: Server, family: str) -> None:
    server.spott = Spott([9, 1])
    starts: Starts = {"a": BEGAN - timedelta(seconds=20), "b": BEGAN - timedelta(seconds=5)}
    list(reading_of(server, FAMILIES[family]).read(starts, frozenset()))
    assert len(server.spott.asked) == 1


def test_a_stream_that_is_ahead_of_the_clock_begins_again_and_the_others_as_they_were(server: Server) -> None:
    server.spott = Spott([50, 40, 3, 2, 1])
    told = []

    def begin_again(stream: str, now: datetime) -> None:
        told.append((stream, now))

    reading = ListReader([source_of(server.client(), BOUNDED)], {}, begin_again)
    got: dict[str, set[int]] = defaultdict(set)
    starts: Starts = {"ahead": BEGAN + timedelta(days=1), "back": BEGAN - timedelta(seconds=10)}
    for step, takers in reading.read(starts, frozenset()):
        for stream in takers:
            got[stream].update(record["id"] for record in step.records)
    ((stream, now),) = told
    assert stream == "ahead"
    assert BEGAN <= now < BEGAN + timedelta(seconds=10)
    assert got == {"ahead": set(range(5)), "back": {2, 3, 4}}


def test_a_list_is_asked_once_whether_it_has_an_end(server: Server) -> None:
    server.spott = Spott(range(6))
    list(reading_of(server, FAMILIES["that may have an end, and has not"]).read({"x": None}, frozenset()))
    epoch = "1970-01-01T00:00:00.000Z"
    bounds = [(query.get("modifiedSince"), query.get("modifiedUntil")) for _, query in server.spott.asked]
    assert bounds == [(None, None), ([epoch], [epoch]), (None, None), (None, None)]


def test_a_list_that_refuses_an_end_has_none(server: Server) -> None:
    server.spott = Spott(range(6))
    source = source_of(server.client(), replace(BOUNDED, modified_until=FilterSupport.UNKNOWN), until=BEGAN)
    server.spott.refused["/bounded"] = 400
    assert source.until is None
    server.spott.refused.clear()
    assert source.until is None, "it was asked by now"


def test_what_a_list_does_not_filter_by_is_not_asked_for(server: Server) -> None:
    server.spott = Spott([1])
    starts: Starts = {"x": BEGAN - timedelta(seconds=60)}
    for endpoint in (replace(ALL, parameters={"kind": "a"}), replace(UNBOUNDED, company_filter="company"), UNBOUNDED):
        source = source_of(server.client(), endpoint, company_ids=["1", "2"])
        list(ListReader([source], {}, lambda _, __: None).read(starts, frozenset()))
    since = ["2025-06-01T11:59:00.000Z"]
    assert [query for _, query in server.spott.asked] == [
        {"limit": ["2"], "kind": ["a"]},
        {"limit": ["2"], "modifiedSince": since, "company": ["1", "2"]},
        {"limit": ["2"], "modifiedSince": since},
    ]


def test_a_list_that_is_not_there_is_looked_for_where_it_was(server: Server) -> None:
    server.spott = Spott(range(3))
    server.spott.refused["/numbered"] = 404
    list(reading_of(server, replace(NUMBERED, fallback=UNBOUNDED)).read({"x": None}, frozenset()))
    assert [path for path, _ in server.spott.asked] == ["/numbered", "/unbounded", "/unbounded"]
    with pytest.raises(NotFoundError, match="GET /numbered: not found"):
        list(reading_of(server, NUMBERED).read({"x": None}, frozenset()))


def test_a_list_that_has_an_end_where_it_is_may_have_none_where_it_was(server: Server) -> None:
    server.spott = Spott(range(6))
    list(reading_of(server, replace(BOUNDED, path="/gone", fallback=UNBOUNDED)).read({"x": None}, frozenset()))
    assert [path for path, _ in server.spott.asked] == ["/gone", "/unbounded", "/unbounded", "/unbounded"]


def test_lists_that_make_one_stream_add_what_tells_them_apart(server: Server) -> None:
    server.spott = Spott([1])
    one, other = (
        replace(ALL, extra_columns={"kind": "one"}),
        replace(ALL, path="/others", extra_columns={"kind": "other"}),
    )
    steps = [step for step, _ in reading_of(server, one, other).read({"x": None}, frozenset())]
    kinds = [(record["id"], record["kind"]) for step in steps for record in step.records]
    assert kinds == [(0, "one"), (0, "other")]
