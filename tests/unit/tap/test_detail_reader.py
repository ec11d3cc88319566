"""Details are asked for once each, in the order in which they became due; what is gone is skipped, to a point."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from spott_client.client import SpottClient
from spott_client.errors import NotFoundError, PermissionDeniedError
from spott_client.worker_pool import WorkerPool
from tap_spott.endpoints import DetailEndpoint
from tap_spott.streams.base import DetailStream
from tap_spott.sync.detail_queue import QueueItem
from tap_spott.sync.detail_reader import MAX_NOT_FOUND, PREFETCH_PER_WORKER, Detail, DetailReader
from tap_spott.sync.types import RecordBatch
from tests.support.fake_server import BEGAN, Server, Spott

THEN = "2025-05-31T00:00:00Z"
THERE = {"id": "there", "parts": [{"part": 1}], "pagination": {"cursor": "2"}}


class Things(DetailStream):
    """An object for each record."""

    name = "things"
    replication_key = "modifiedAt"
    detail = DetailEndpoint(path="/things/{}", record_name="thing")


class Parts(DetailStream):
    """A list for each record; its records carry no time of change."""

    name = "parts"
    detail = DetailEndpoint(path="/things/{}/parts", record_name="thing", id_column="thingId", records_key="parts")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server.running() as running:
        yield running


def source_of(client: SpottClient, stream: type[DetailStream], records: list[dict[str, Any]]) -> DetailReader:
    """Return a source that takes note of records, and then that all until BEGAN are known."""
    source = DetailReader(stream, client, WorkerPool(2))
    source.note(RecordBatch(records, None), THEN)
    source.note(RecordBatch([], BEGAN), THEN)
    return source


def test_each_is_asked_for_once_with_the_time_of_what_made_it_due(server: Server) -> None:
    server.spott = Spott()
    records = [{"id": name, "modifiedAt": time} for name, time in [("b", "2"), ("a", None), ("b", "3"), ("c", 17)]]
    details = list(source_of(server.client(), Things, records).results)
    assert details == [
        Detail(QueueItem("b", "2", None), THERE),
        Detail(QueueItem("a", None, None), THERE),
        Detail(QueueItem("c", None, None), THERE),
        Detail(QueueItem(None, None, BEGAN), None),
    ]
    assert sorted(path for path, _ in server.spott.asked) == ["/things/a", "/things/b", "/things/c"]


def test_without_a_time_of_change_it_is_that_of_the_reading(server: Server) -> None:
    server.spott = Spott()
    detail, _ = source_of(server.client(), Parts, [{"thingId": 7, "modifiedAt": "2"}]).results
    assert detail == Detail(QueueItem("7", THEN, None), [{"part": 1}, {"part": 2}])
    assert [query.get("cursor") for _, query in server.spott.asked] == [None, ["2"]]


def test_records_without_id_are_not_asked_for(server: Server) -> None:
    server.spott = Spott()
    assert len(list(source_of(server.client(), Things, [{}, {"id": None}, {"id": ""}]).results)) == 1


def test_an_id_is_no_path(server: Server) -> None:
    server.spott = Spott()
    details = list(source_of(server.client(), Things, [{"id": "../a?b=c/%"}]).results)
    assert server.spott.asked == [("/things/..%2Fa%3Fb%3Dc%2F%25", {})]
    assert details[0].due.id == "../a?b=c/%"


def ids(count: int) -> list[dict[str, Any]]:
    return [{"id": f"{number:02}"} for number in range(count)]


def test_what_is_gone_is_skipped_counted_and_named(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    server.spott, client = Spott(), server.client()
    server.spott.refused["/things/01"] = 404
    with caplog.at_level(logging.WARNING):
        details = list(source_of(client, Things, ids(3)).results)
    assert [detail.body for detail in details] == [THERE, None, THERE, None]
    assert client.stats.skipped == 1
    assert [record.getMessage() for record in caplog.records] == ["things: thing 01 is gone (404), skipped"]


def test_where_all_are_gone_the_address_is_wrong(server: Server) -> None:
    server.spott = Spott()
    server.spott.refused |= {f"/things/{number:02}": 404 for number in range(MAX_NOT_FOUND + 1)}
    assert len(list(source_of(server.client(), Things, ids(MAX_NOT_FOUND)).results)) == MAX_NOT_FOUND + 1
    with pytest.raises(NotFoundError, match="not found"):
        list(source_of(server.client(), Things, ids(MAX_NOT_FOUND + 1)).results)


def test_where_one_is_there_any_number_may_be_gone(server: Server) -> None:
    server.spott = Spott()
    server.spott.refused |= {f"/things/{number:02}": 404 for number in range(1, 60)}
    details = list(source_of(server.client(), Things, ids(60)).results)
    assert [detail.due.id for detail in details if detail.body] == ["00"]


def test_what_is_refused_ends_the_reading(server: Server) -> None:
    server.spott = Spott()
    server.spott.refused["/things/00"] = 403
    with pytest.raises(PermissionDeniedError):
        list(source_of(server.client(), Things, ids(2)).results)


def test_only_so_many_are_read_ahead(server: Server) -> None:
    server.spott = Spott()
    source = source_of(server.client(), Things, [{"id": f"ahead-{number}"} for number in range(99)])
    asked: set[str] = set()
    deadline = time.monotonic() + 10
    while len(asked) < 2 * PREFETCH_PER_WORKER and time.monotonic() < deadline:
        # An earlier test's workers may still be at it.
        asked = {path for path, _ in server.spott.asked if "ahead" in path}
        time.sleep(0.2)
    assert len([path for path, _ in server.spott.asked if "ahead" in path]) == 2 * PREFETCH_PER_WORKER
    assert source.due == 99


def test_what_nobody_waits_for_is_not_asked_for(server: Server) -> None:
    server.spott = Spott()
    workers = WorkerPool(1)
    source = DetailReader(Things, server.client(), workers)
    source.note(RecordBatch([{"id": f"unwanted-{number}"} for number in range(PREFETCH_PER_WORKER)], None), THEN)
    source.stop()
    workers.submit(str, "after what is left").result(timeout=10)
    assert list(source.results) == []
    assert len([path for path, _ in server.spott.asked if "unwanted" in path]) < PREFETCH_PER_WORKER
