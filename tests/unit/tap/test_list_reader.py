"""A checkpoint of ListReader is complete, for each kind of list: read over HTTP while records change."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from spott_client.errors import InvalidCursorError, NotFoundError
from spott_client.pagination import Pagination
from spott_client.worker_pool import WorkerPool
from tap_spott.endpoints import FilterSupport, ListEndpoint
from tap_spott.sync.endpoint_reader import EndpointReader
from tap_spott.sync.list_reader import ListReader
from tap_spott.sync.requester import ListFilters, ListRequester
from tap_spott.sync.types import StartTimes
from tests.support.fake_server import START, Change, FakeServer, FakeSpott


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer.running() as running:
        yield running


BOUNDED = ListEndpoint(path="/bounded", supports_modified_since=True, modified_until=FilterSupport.DOCUMENTED)
UNBOUNDED = ListEndpoint(path="/unbounded", supports_modified_since=True)
NUMBERED = ListEndpoint(
    path="/numbered", supports_modified_since=True, pagination=Pagination.PAGE_NUMBER, records_key="rows"
)
NO_FILTERS = ListEndpoint(path="/numbered", pagination=Pagination.PAGE_NUMBER, records_key="rows")
ALL = ListEndpoint(path="/all")
FILTERED = {
    "modified_until": BOUNDED,
    "undocumented modified_until, supported": replace(BOUNDED, modified_until=FilterSupport.UNKNOWN),
    "undocumented modified_until, unsupported": replace(UNBOUNDED, modified_until=FilterSupport.UNKNOWN),
    "modified_since only": UNBOUNDED,
    "page numbers": NUMBERED,
    "page numbers, fallback": replace(UNBOUNDED, path="/gone", fallback=NUMBERED),
}
LISTS = FILTERED | {"page numbers, no filters": NO_FILTERS, "not paginated": ALL}
POOL = WorkerPool(2)
ONE = frozenset({"x"})


def requester_of(server: FakeServer, endpoint: ListEndpoint, **filters: Any) -> ListRequester:  # noqa: ANN401 - as ListFilters
    defaults: dict[str, Any] = {"page_size": 2, "modified_until": None, "company_ids": []}
    return ListRequester(endpoint, server.client(), ListFilters(**defaults | filters), POOL)


def reader_of(server: FakeServer, *endpoints: ListEndpoint, **filters: Any) -> ListReader:  # noqa: ANN401 - as ListFilters
    readers = [EndpointReader(requester_of(server, endpoint, **filters), POOL) for endpoint in endpoints]
    return ListReader(readers, {}, None)


CHANGES = st.dictionaries(
    st.integers(1, 30),
    st.builds(Change, st.sampled_from(["touched", "deleted", "added"]), st.integers(0, 11)),
    max_size=10,
)
AGES = st.lists(st.integers(0, 8) | st.integers(0, 10_000_000), max_size=12)


@pytest.mark.parametrize("kind", FILTERED)
@given(AGES, CHANGES, st.integers(1, 5), st.none() | st.integers(0, 20))
def test_checkpoint_covers_only_emitted_records(
    server: FakeServer, kind: str, ages: list[int], changes: dict[int, Change], page_size: int, back: int | None
) -> None:
    server.spott = FakeSpott(ages, changes)
    since = None if back is None else START - timedelta(seconds=back)
    seen: set[tuple[int, int]] = set()
    for batch, _ in reader_of(server, FILTERED[kind], page_size=page_size).read({"x": since}, frozenset()):
        seen.update((record["id"], record["version"]) for record in batch.records)
        if batch.checkpoint:
            assert server.spott.expected(since, batch.checkpoint) <= seen


@pytest.mark.parametrize("kind", LISTS)
@given(AGES, CHANGES, st.integers(1, 5))
@example(ages=[1, 0], changes={1: Change("deleted", 1)}, page_size=1)  # leaves nothing on the second page
def test_full_table_read_yields_every_lasting_record_before_its_checkpoint(
    server: FakeServer, kind: str, ages: list[int], changes: dict[int, Change], page_size: int
) -> None:
    server.spott = FakeSpott(ages, changes)
    batches = [batch for batch, _ in reader_of(server, LISTS[kind], page_size=page_size).read({"x": None}, ONE)]
    if batches[-1].checkpoint:
        assert set(range(len(ages))) & server.spott.rows.keys() <= {r["id"] for batch in batches for r in batch.records}


@pytest.mark.parametrize("kind", LISTS)
def test_unchanging_list_ends_with_a_checkpoint(server: FakeServer, kind: str) -> None:
    server.spott = FakeSpott([5, 4, 3, 2, 1])
    batches = [batch for batch, _ in reader_of(server, LISTS[kind]).read({"x": None}, ONE)]
    assert {record["id"] for batch in batches for record in batch.records} == set(range(5))
    assert batches[-1].checkpoint is not None


@pytest.mark.parametrize("kind", FILTERED)
def test_list_that_keeps_changing_gets_no_checkpoint(server: FakeServer, kind: str) -> None:
    server.spott = FakeSpott(range(8), {request: Change("touched", request * 5 % 8) for request in range(500)})
    batches = [batch for batch, _ in reader_of(server, FILTERED[kind]).read({"x": None}, ONE)]
    assert batches[-1].checkpoint is None


def test_full_table_read_catches_up_until_the_changes_fit_on_a_page(server: FakeServer) -> None:
    server.spott = FakeSpott([5, 4], {1: Change("touched", 0), 2: Change("touched", 1)})
    batches = [batch for batch, _ in reader_of(server, UNBOUNDED, page_size=1).read({"x": None}, ONE)]
    assert batches[-1].checkpoint is not None
    catch_ups = [query for _, query in server.spott.requests if "modifiedSince" in query]
    assert ["cursor" in query for query in catch_ups] == [False, True, False], "two pages, then one"


def test_several_endpoints_get_a_checkpoint_only_if_all_are_stable(server: FakeServer) -> None:
    for changes, is_complete in (({}, True), ({n: Change("touched", n * 5 % 8) for n in range(99)}, False)):
        server.spott = FakeSpott(range(8), changes)
        batches = [batch for batch, _ in reader_of(server, NO_FILTERS, ALL).read({"x": None}, ONE)]
        assert all(batch.checkpoint is None for batch in batches[:-1])
        assert (batches[-1].checkpoint is not None) is is_complete


@pytest.mark.parametrize("full_table_streams", [frozenset(), ONE], ids=["incremental", "full table"])
@pytest.mark.parametrize("kind", ["page numbers", "page numbers, no filters", "not paginated"])
def test_single_page_costs_one_request(server: FakeServer, kind: str, full_table_streams: frozenset[str]) -> None:
    server.spott = FakeSpott([1, 2])
    list(reader_of(server, LISTS[kind]).read({"x": START - timedelta(days=1)}, full_table_streams))
    assert len(server.spott.requests) == 1


def test_list_without_filters_is_read_once_if_no_rows_will_be_deleted(server: FakeServer) -> None:
    server.spott = FakeSpott(range(5))
    list(reader_of(server, NO_FILTERS).read({"x": None}, frozenset()))
    assert [query["page"] for _, query in server.spott.requests] == [["0"], ["1"], ["2"]]


STARTS = st.none() | st.integers(0, 20).map(lambda back: START - timedelta(seconds=back))


@pytest.mark.parametrize("kind", FILTERED)
@given(AGES, st.dictionaries(st.sampled_from("abc"), STARTS, min_size=1), st.integers(1, 5))
def test_each_stream_gets_the_list_from_its_start(
    server: FakeServer, kind: str, ages: list[int], starts: StartTimes, page_size: int
) -> None:
    server.spott = FakeSpott(ages)
    got: dict[str, set[tuple[int, int]]] = defaultdict(set)
    reader = reader_of(server, FILTERED[kind], page_size=page_size)
    for batch, streams in reader.read(starts, frozenset()):
        for stream in streams:
            got[stream].update((record["id"], record["version"]) for record in batch.records)
    assert reader.completed_for == starts.keys()
    for stream, since in starts.items():
        expected = server.spott.expected(since, START)
        assert expected <= got[stream]
        if kind == "modified_until":
            assert got[stream] == expected


@pytest.mark.parametrize("kind", ["modified_since only", "page numbers"])
def test_list_without_modified_until_is_read_once_for_all_streams(server: FakeServer, kind: str) -> None:
    server.spott = FakeSpott([9, 1])
    starts: StartTimes = {"a": START - timedelta(seconds=20), "b": START - timedelta(seconds=5)}
    list(reader_of(server, LISTS[kind]).read(starts, frozenset()))
    assert len(server.spott.requests) == 1


def test_stream_ahead_of_the_server_restarts_alone(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    server.spott = FakeSpott([50, 40, 3, 2, 1])
    reader = reader_of(server, BOUNDED)
    got: dict[str, set[int]] = defaultdict(set)
    starts: StartTimes = {"ahead": START + timedelta(days=1), "back": START - timedelta(seconds=10)}
    for batch, streams in reader.read(starts, frozenset()):
        for stream in streams:
            got[stream].update(record["id"] for record in batch.records)
    (warning,) = caplog.messages
    assert re.match(r"ahead: the bookmark is later than Spott's clock \(2025-06-01T12:00:0.\.000Z\)", warning)
    assert got == {"ahead": set(range(5)), "back": {2, 3, 4}}


def test_modified_until_is_probed_once(server: FakeServer) -> None:
    server.spott = FakeSpott(range(6))
    starts: StartTimes = {"a": None, "b": START - timedelta(seconds=5)}
    list(reader_of(server, LISTS["undocumented modified_until, unsupported"]).read(starts, frozenset()))
    epoch = "1970-01-01T00:00:00.000Z"
    bounds = [(query.get("modifiedSince"), query.get("modifiedUntil")) for _, query in server.spott.requests]
    assert bounds == [([epoch], [epoch]), (None, None), (None, None), (None, None)]


def test_small_list_is_not_probed(server: FakeServer) -> None:
    server.spott = FakeSpott(range(6))
    list(reader_of(server, LISTS["undocumented modified_until, supported"]).read({"x": None}, frozenset()))
    assert len(server.spott.requests) == 3


@pytest.mark.parametrize("kind", ["supported", "unsupported"])
def test_large_list_is_probed_once(server: FakeServer, kind: str) -> None:
    server.spott = FakeSpott(range(0, 4000, 10))
    list(reader_of(server, LISTS[f"undocumented modified_until, {kind}"]).read({"x": None}, frozenset()))
    untils = [query.get("modifiedUntil") for _, query in server.spott.requests]
    assert untils.count(["1970-01-01T00:00:00.000Z"]) == 1
    assert len(untils) <= 1.2 * 200 + 2


def test_refused_probe_means_no_modified_until(server: FakeServer) -> None:
    server.spott = FakeSpott(range(6))
    requester = requester_of(server, replace(BOUNDED, modified_until=FilterSupport.UNKNOWN), modified_until=START)
    server.spott.error_statuses["/bounded"] = 400
    assert requester.modified_until is None
    server.spott.error_statuses.clear()
    assert requester.modified_until is None, "the probe was sent before"


def test_unsupported_filters_are_not_sent(server: FakeServer) -> None:
    server.spott = FakeSpott([1])
    starts: StartTimes = {"x": START - timedelta(seconds=60)}
    for endpoint in (replace(ALL, parameters={"kind": "a"}), replace(UNBOUNDED, company_filter="company"), UNBOUNDED):
        list(reader_of(server, endpoint, company_ids=["1", "2"]).read(starts, frozenset()))
    since = ["2025-06-01T11:59:00.000Z"]
    assert [query for _, query in server.spott.requests] == [
        {"limit": ["2"], "kind": ["a"]},
        {"limit": ["2"], "modifiedSince": since, "company": ["1", "2"]},
        {"limit": ["2"], "modifiedSince": since},
    ]


@pytest.mark.parametrize(("setting", "sent"), [(1, "1"), (100, "100"), (1000, "100")])
def test_page_size_is_bounded_by_the_endpoint(server: FakeServer, setting: int, sent: str) -> None:
    server.spott = FakeSpott([1])
    endpoint = replace(UNBOUNDED, max_page_size=100)
    list(reader_of(server, endpoint, page_size=setting).read({"x": None}, frozenset()))
    assert [query["limit"] for _, query in server.spott.requests] == [[sent]]


def test_missing_endpoint_uses_its_fallback(server: FakeServer) -> None:
    server.spott = FakeSpott(range(3))
    server.spott.error_statuses["/numbered"] = 404
    list(reader_of(server, replace(NUMBERED, fallback=UNBOUNDED)).read({"x": None}, frozenset()))
    assert [path for path, _ in server.spott.requests] == ["/numbered", "/unbounded", "/unbounded"]
    with pytest.raises(NotFoundError, match=r"GET /numbered: not found \(404\)"):
        list(reader_of(server, NUMBERED).read({"x": None}, frozenset()))


REJECTED = st.dictionaries(st.integers(1, 30), st.sampled_from([400, 404, 410, 422]), max_size=3)
"""Requests whose cursor is rejected, with the status; too few to end a read."""


@pytest.mark.parametrize("kind", FILTERED)
@given(AGES, CHANGES, st.integers(1, 5), REJECTED)
def test_checkpoint_covers_only_emitted_records_if_cursors_are_rejected(
    server: FakeServer, kind: str, ages: list[int], changes: dict[int, Change], page_size: int, rejected: dict[int, int]
) -> None:
    server.spott = FakeSpott(ages, changes)
    server.spott.rejected_cursors = rejected
    seen: set[tuple[int, int]] = set()
    for batch, _ in reader_of(server, FILTERED[kind], page_size=page_size).read({"x": None}, frozenset()):
        seen.update((record["id"], record["version"]) for record in batch.records)
        if batch.checkpoint:
            assert server.spott.expected(None, batch.checkpoint) <= seen


@pytest.mark.parametrize("kind", LISTS)
@given(AGES, CHANGES, st.integers(1, 5), REJECTED)
def test_full_table_read_is_complete_if_cursors_are_rejected(
    server: FakeServer, kind: str, ages: list[int], changes: dict[int, Change], page_size: int, rejected: dict[int, int]
) -> None:
    server.spott = FakeSpott(ages, changes)
    server.spott.rejected_cursors = rejected
    batches = [batch for batch, _ in reader_of(server, LISTS[kind], page_size=page_size).read({"x": None}, ONE)]
    if batches[-1].checkpoint:
        assert set(range(len(ages))) & server.spott.rows.keys() <= {r["id"] for batch in batches for r in batch.records}


@pytest.mark.parametrize("kind", ["modified_until", "modified_since only", "page numbers, no filters"])
def test_rejected_cursor_restarts_its_window_once(
    server: FakeServer, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    server.spott = FakeSpott([5, 4, 3, 2, 1])
    server.spott.rejected_cursors = {2: 410}
    batches = [batch for batch, _ in reader_of(server, LISTS[kind]).read({"x": None}, frozenset())]
    assert {record["id"] for batch in batches for record in batch.records} == set(range(5))
    assert batches[-1].checkpoint is not None
    assert len(server.spott.requests) == 3 + 3
    (warning,) = caplog.messages
    assert warning.endswith(
        "Spott rejected the cursor of the next page (410); reading from the first page again (1 of 3)"
    )


@pytest.mark.parametrize("kind", ["modified_until", "modified_since only", "page numbers"])
def test_cursors_that_are_always_rejected_end_the_read(server: FakeServer, kind: str) -> None:
    server.spott = FakeSpott([5, 4, 3, 2, 1])
    server.spott.rejected_cursors = dict.fromkeys(range(99), 400)
    with pytest.raises(InvalidCursorError, match=r"\(400\); reading from the first page again failed 3 times\."):
        list(reader_of(server, LISTS[kind]).read({"x": None}, frozenset()))
    assert len(server.spott.requests) == 4 * 2


def test_read_that_gets_further_each_time_ends(server: FakeServer) -> None:
    server.spott = FakeSpott(range(12))
    # The reads have one page, then two, three, four and five pages; the sixth is complete.
    server.spott.rejected_cursors = dict.fromkeys([1, 4, 8, 13, 19], 410)
    batches = [batch for batch, _ in reader_of(server, UNBOUNDED).read({"x": None}, frozenset())]
    assert {record["id"] for batch in batches for record in batch.records} == set(range(12))
    assert len(server.spott.requests) == 20 + 6


def test_rejected_cursor_does_not_mean_a_missing_endpoint(server: FakeServer) -> None:
    server.spott = FakeSpott(range(5))
    server.spott.rejected_cursors = {1: 404}
    list(reader_of(server, replace(NUMBERED, fallback=UNBOUNDED)).read({"x": None}, frozenset()))
    assert {path for path, _ in server.spott.requests} == {"/numbered"}


def test_fallback_may_lack_modified_until(server: FakeServer) -> None:
    server.spott = FakeSpott(range(6))
    list(reader_of(server, replace(BOUNDED, path="/gone", fallback=UNBOUNDED)).read({"x": None}, frozenset()))
    assert [path for path, _ in server.spott.requests] == ["/gone", "/unbounded", "/unbounded", "/unbounded"]


def test_endpoints_of_one_stream_add_their_columns(server: FakeServer) -> None:
    server.spott = FakeSpott([1])
    one, other = (
        replace(ALL, extra_columns={"kind": "one"}),
        replace(ALL, path="/others", extra_columns={"kind": "other"}),
    )
    batches = [batch for batch, _ in reader_of(server, one, other).read({"x": None}, frozenset())]
    kinds = [(record["id"], record["kind"]) for batch in batches for record in batch.records]
    assert kinds == [(0, "one"), (0, "other")]
