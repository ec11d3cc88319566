"""Details are asked for once each, in the order in which they became due; what is gone is skipped, to a point."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tap_spott.client import SpottClient
from tap_spott.details import AHEAD, GONE_AT_MOST, Detail, DetailSource
from tap_spott.due import Due
from tap_spott.endpoints import DetailEndpoint
from tap_spott.errors import ForbiddenError, GoneError
from tap_spott.incremental import Step
from tap_spott.pace import Workers
from tap_spott.stream import DetailStream
from tests.lists import BEGAN, Server, Spott

THEN = "2025-05-31T00:00:00Z"
THERE = {"id": "there", "parts": [{"part": 1}], "pagination": {"cursor": "2"}}


class Things(DetailStream):
    """An object for each record."""

    name = "things"
    replication_key = "modifiedAt"
    detail = DetailEndpoint(path="/things/{}", noun="thing")


class Parts(DetailStream):
    """A list for each record; its records carry no time of change."""

    name = "parts"
    detail = DetailEndpoint(path="/things/{}/parts", noun="thing", id_column="thingId", rows="parts")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server.running() as running:
        yield running


def source_of(client: SpottClient, stream: type[DetailStream], records: list[dict[str, Any]]) -> DetailSource:
    """Return a source that takes note of records, and then that all until BEGAN are known."""
    source = DetailSource(stream, client, Workers(2))
    source.note(Step(records, None), THEN)
    source.note(Step([], BEGAN), THEN)
    return source


def test_each_is_asked_for_once_with_the_time_of_what_made_it_due(server: Server) -> None:
    server.spott = Spott()
    records = [{"id": name, "modifiedAt": time} for name, time in [("b", "2"), ("a", None), ("b", "3"), ("c", 17)]]
    details = list(source_of(server.client(), Things, records).results)
    assert details == [
        Detail(Due("b", "2", None), THERE),
        Detail(Due("a", None, None), THERE),
        Detail(Due("c", None, None), THERE),
        Detail(Due(None, None, BEGAN), None),
    ]
    assert sorted(path for path, _ in server.spott.asked) == ["/things/a", "/things/b", "/things/c"]


def test_without_a_time_of_change_it_is_that_of_the_reading(server: Server) -> None:
    server.spott = Spott()
    detail, _ = source_of(server.client(), Parts, [{"thingId": 7, "modifiedAt": "2"}]).results
    assert detail == Detail(Due("7", THEN, None), [{"part": 1}, {"part": 2}])
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
    assert client.tally.skipped == 1
    assert [record.getMessage() for record in caplog.records] == ["things: thing 01 is gone (404), skipped"]


def test_where_all_are_gone_the_address_is_wrong(server: Server) -> None:
    server.spott = Spott()
    server.spott.refused |= {f"/things/{number:02}": 404 for number in range(GONE_AT_MOST + 1)}
    assert len(list(source_of(server.client(), Things, ids(GONE_AT_MOST)).results)) == GONE_AT_MOST + 1
    with pytest.raises(GoneError, match="Spott knows no such address"):
        list(source_of(server.client(), Things, ids(GONE_AT_MOST + 1)).results)


def test_where_one_is_there_any_number_may_be_gone(server: Server) -> None:
    server.spott = Spott()
    server.spott.refused |= {f"/things/{number:02}": 404 for number in range(1, 60)}
    details = list(source_of(server.client(), Things, ids(60)).results)
    assert [detail.due.id for detail in details if detail.body] == ["00"]


def test_what_is_refused_ends_the_reading(server: Server) -> None:
    server.spott = Spott()
    server.spott.refused["/things/00"] = 403
    with pytest.raises(ForbiddenError):
        list(source_of(server.client(), Things, ids(2)).results)


def test_only_so_many_are_read_ahead(server: Server) -> None:
    server.spott = Spott()
    source = source_of(server.client(), Things, [{"id": f"ahead-{number}"} for number in range(99)])
    asked: set[str] = set()
    deadline = time.monotonic() + 10
    while len(asked) < 2 * AHEAD and time.monotonic() < deadline:
        # An earlier test's workers may still be at it.
        asked = {path for path, _ in server.spott.asked if "ahead" in path}
        time.sleep(0.2)
    assert len([path for path, _ in server.spott.asked if "ahead" in path]) == 2 * AHEAD
    assert source.due == 99


def test_what_nobody_waits_for_is_not_asked_for(server: Server) -> None:
    server.spott = Spott()
    workers = Workers(1)
    source = DetailSource(Things, server.client(), workers)
    source.note(Step([{"id": f"unwanted-{number}"} for number in range(AHEAD)], None), THEN)
    source.stop()
    workers.submit(str, "after what is left").result(timeout=10)
    assert list(source.results) == []
    assert len([path for path, _ in server.spott.asked if "unwanted" in path]) < AHEAD
