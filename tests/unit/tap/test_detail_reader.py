"""Details are requested once each, in order; records that are not found are skipped, up to a limit."""

import logging
import time
from collections.abc import Iterator
from threading import Semaphore
from typing import Any

import pytest

from spott_client.client import SpottClient
from spott_client.errors import InvalidCursorError, NotFoundError, PermissionDeniedError
from spott_client.worker_pool import WorkerPool
from tap_spott.endpoints import DetailEndpoint
from tap_spott.sync.detail_queue import QueueItem
from tap_spott.sync.detail_reader import (
    DETAILS_AHEAD,
    MAX_NOT_FOUND,
    Detail,
    DetailReader,
    DetailSpec,
)
from tap_spott.sync.types import RecordBatch
from tests.support.client import wait_until
from tests.support.fake_server import START, FakeServer, FakeSpott

THEN = "2025-05-31T00:00:00Z"
THERE = {"id": "there", "parts": [{"part": 1}], "pagination": {"cursor": "2"}}


THINGS = DetailSpec(
    stream="things", endpoint=DetailEndpoint(path="/things/{}", record_name="thing"), timestamp_column="modifiedAt"
)
PARTS = DetailSpec(
    stream="parts",
    endpoint=DetailEndpoint(path="/things/{}/parts", record_name="thing", id_column="thingId", records_key="parts"),
    timestamp_column=None,
)


@pytest.fixture(scope="module")
def server() -> Iterator[FakeServer]:
    with FakeServer.running() as running:
        yield running


def reader_of(
    client: SpottClient, spec: DetailSpec, records: list[dict[str, Any]], early: Semaphore | None = None
) -> DetailReader:
    """Return a reader with these records queued, and a checkpoint at START."""
    reader = DetailReader(spec, client, WorkerPool(2), early or Semaphore(DETAILS_AHEAD))
    reader.enqueue(RecordBatch(records, None), THEN)
    reader.enqueue(RecordBatch([], START), THEN)
    return reader


def test_each_record_is_requested_once_with_its_first_time_of_change(server: FakeServer) -> None:
    server.spott = FakeSpott()
    records = [{"id": name, "modifiedAt": time} for name, time in [("b", "2"), ("a", None), ("b", "3"), ("c", 17)]]
    details = list(reader_of(server.client(), THINGS, records).results)
    assert details == [
        Detail(QueueItem("b", "2", None), THERE),
        Detail(QueueItem("a", None, None), THERE),
        Detail(QueueItem("c", None, None), THERE),
        Detail(QueueItem(None, None, START), None),
    ]
    assert sorted(path for path, _ in server.spott.requests) == ["/things/a", "/things/b", "/things/c"]


def test_records_without_time_of_change_get_the_start_of_the_read(server: FakeServer) -> None:
    server.spott = FakeSpott()
    detail, _ = reader_of(server.client(), PARTS, [{"thingId": 7, "modifiedAt": "2"}]).results
    assert detail == Detail(QueueItem("7", THEN, None), [{"part": 1}, {"part": 2}])
    assert [query.get("cursor") for _, query in server.spott.requests] == [None, ["2"]]


@pytest.mark.parametrize("status", [404, 410])
def test_rejected_cursor_restarts_the_list_of_a_record(server: FakeServer, status: int) -> None:
    server.spott = FakeSpott()
    server.spott.rejected_cursors = {1: status}
    detail, _ = reader_of(server.client(), PARTS, [{"thingId": 7}]).results
    assert detail.body == [{"part": 1}, {"part": 2}]
    assert [query.get("cursor") for _, query in server.spott.requests] == [None, ["2"], None, ["2"]]


def test_cursors_of_a_record_that_are_always_rejected_end_the_read(server: FakeServer) -> None:
    server.spott = FakeSpott()
    server.spott.rejected_cursors = dict.fromkeys(range(99), 404)
    with pytest.raises(InvalidCursorError, match="failed 3 times"):
        list(reader_of(server.client(), PARTS, [{"thingId": 7}]).results)
    assert len(server.spott.requests) == 4 * 2


def test_records_without_id_are_not_requested(server: FakeServer) -> None:
    server.spott = FakeSpott()
    assert len(list(reader_of(server.client(), THINGS, [{}, {"id": None}, {"id": ""}]).results)) == 1


def test_id_is_escaped_in_the_path(server: FakeServer) -> None:
    server.spott = FakeSpott()
    details = list(reader_of(server.client(), THINGS, [{"id": "../a?b=c/%"}]).results)
    assert server.spott.requests == [("/things/..%2Fa%3Fb%3Dc%2F%25", {})]
    assert details[0].item.id == "../a?b=c/%"


def ids(count: int) -> list[dict[str, Any]]:
    return [{"id": f"{number:02}"} for number in range(count)]


def test_record_not_found_is_skipped_counted_and_named(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    server.spott, client = FakeSpott(), server.client()
    server.spott.error_statuses["/things/01"] = 404
    with caplog.at_level(logging.WARNING):
        details = list(reader_of(client, THINGS, ids(3)).results)
    assert [detail.body for detail in details] == [THERE, None, THERE, None]
    assert client.stats.skipped == 1
    assert [record.getMessage() for record in caplog.records] == ["things: thing 01 not found (404); skipped"]


def test_if_no_record_is_found_the_read_fails(server: FakeServer) -> None:
    server.spott = FakeSpott()
    server.spott.error_statuses |= {f"/things/{number:02}": 404 for number in range(MAX_NOT_FOUND + 1)}
    assert len(list(reader_of(server.client(), THINGS, ids(MAX_NOT_FOUND)).results)) == MAX_NOT_FOUND + 1
    with pytest.raises(NotFoundError, match=r"not found \(404\)"):
        list(reader_of(server.client(), THINGS, ids(MAX_NOT_FOUND + 1)).results)


def test_if_one_record_is_found_any_number_may_be_missing(server: FakeServer) -> None:
    server.spott = FakeSpott()
    server.spott.error_statuses |= {f"/things/{number:02}": 404 for number in range(1, 60)}
    details = list(reader_of(server.client(), THINGS, ids(60)).results)
    assert [detail.item.id for detail in details if detail.body] == ["00"]


def test_forbidden_record_ends_the_read(server: FakeServer) -> None:
    server.spott = FakeSpott()
    server.spott.error_statuses["/things/00"] = 403
    with pytest.raises(PermissionDeniedError):
        list(reader_of(server.client(), THINGS, ids(2)).results)


def requests_for(server: FakeServer, text: str) -> list[str]:
    """Return the requested paths with this text; an earlier test's pool may still send others."""
    return [path for path, _ in server.spott.requests if text in path]


def test_early_details_of_all_streams_are_bounded_together(server: FakeServer) -> None:
    server.spott, early = FakeSpott(), Semaphore(30)
    first = reader_of(server.client(), THINGS, [{"id": f"early-a{number}"} for number in range(10)], early)
    second = reader_of(server.client(), THINGS, [{"id": f"early-b{number}"} for number in range(50)], early)
    checkpoint = 1  # takes a permit too
    wait_until(lambda: len(requests_for(server, "early")) >= 30 - checkpoint)
    time.sleep(0.2)
    assert len(requests_for(server, "early")) == 30 - checkpoint
    assert (first.queued, second.queued) == (10, 50)
    assert len(list(second.results)) == 50 + checkpoint, "the others are requested once the lists have been read"


def test_records_behind_a_failing_one_are_requested_and_yielded_in_order(server: FakeServer) -> None:
    server.spott, pool = FakeSpott(), WorkerPool(2)
    server.spott.error_statuses |= {"/things/behind-1": 503, "/things/behind-2": 503}
    reader = DetailReader(THINGS, server.client(pool, max_retries=8), pool, Semaphore(DETAILS_AHEAD))
    names = [f"behind-{number}" for number in range(DETAILS_AHEAD + 20)]
    reader.enqueue(RecordBatch([{"id": name} for name in names], None), THEN)
    results = iter(reader.results)
    first = next(results)
    wait_until(lambda: len({*requests_for(server, "behind")}) >= DETAILS_AHEAD)
    assert list(reader.results.ready()) == []
    time.sleep(0.1)
    assert len({*requests_for(server, "behind")}) == DETAILS_AHEAD
    server.spott.error_statuses.clear()
    assert [(detail.item.id, detail.body) for detail in [first, *results]] == [(name, THERE) for name in names]


def test_single_worker_requests_nothing_while_a_record_waits_for_its_retry(server: FakeServer) -> None:
    server.spott, pool = FakeSpott(), WorkerPool(1)
    server.spott.error_statuses["/things/serial-0"] = 503
    reader = DetailReader(THINGS, server.client(pool, max_retries=8), pool, Semaphore(DETAILS_AHEAD))
    reader.enqueue(RecordBatch([{"id": f"serial-{number}"} for number in range(3)], None), THEN)
    wait_until(lambda: len(requests_for(server, "serial")) > 1)
    server.spott.error_statuses.clear()
    assert len(list(reader.results)) == 3
    assert requests_for(server, "serial") == sorted(requests_for(server, "serial"))


def test_stop_cancels_pending_requests(server: FakeServer) -> None:
    server.spott = FakeSpott()
    pool = WorkerPool(1)
    reader = DetailReader(THINGS, server.client(), pool, Semaphore(DETAILS_AHEAD))
    reader.enqueue(RecordBatch([{"id": f"unwanted-{number}"} for number in range(32)], None), THEN)
    reader.stop()
    pool.submit(str, "after what is left").result(timeout=10)
    assert list(reader.results) == []
    assert len(requests_for(server, "unwanted")) < 32


def test_stop_ends_retries(server: FakeServer) -> None:
    server.spott, pool = FakeSpott(), WorkerPool(2)
    server.spott.error_statuses |= {"/things/stopped-0": 503, "/things/stopped-1": 503}
    client = server.client(pool, max_retries=8)
    reader = DetailReader(THINGS, client, pool, Semaphore(DETAILS_AHEAD))
    reader.enqueue(RecordBatch([{"id": "stopped-0"}, {"id": "stopped-1"}], None), THEN)
    wait_until(lambda: client.stats.retries == 2)
    reader.stop()
    time.sleep(1.1)  # the first wait takes at most a second
    assert sorted(requests_for(server, "stopped")) == ["/things/stopped-0", "/things/stopped-1"]
