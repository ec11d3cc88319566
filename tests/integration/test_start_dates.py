"""Where a sync begins: at its bookmark, its start date or the beginning, and never later than Spott's clock shows."""

import re

import pytest

from spott_sandbox import Sandbox
from tests.support.tap import State, select, settings, sync

BEGINNING = "2024-05-01T00:00:00.000Z"
CONTACTS = select("client_contacts")
DETAILS = "client_contact_details"


def since(sandbox: Sandbox, state: State | None = None, **config: object) -> tuple[str | None, str]:
    """Sync contacts, and return from when on they were first asked for, with what was logged."""
    sandbox.clear_requests()
    output = sync(settings(sandbox, **config), state, CONTACTS)
    assert output.status == 0, output.stderr
    ((asked, *_), *_) = [request["query"].get("modifiedSince", [None]) for request in sandbox.requests()]
    return asked, output.stderr


def state_of(bookmark: str) -> State:
    return {"bookmarks": {"client_contacts": {"replication_key_value": bookmark}}}


@pytest.mark.parametrize(
    ("bookmark", "config", "expected"),
    [
        pytest.param(None, {}, None, id="nothing: from the beginning"),
        pytest.param(None, {"start_date": "2024-05-01"}, BEGINNING, id="start_date"),
        pytest.param(BEGINNING, {"lookback_seconds": 0}, BEGINNING, id="bookmark"),
        pytest.param(BEGINNING, {}, "2024-04-30T23:59:00.000Z", id="bookmark, less a minute"),
        pytest.param(BEGINNING, {"start_date": "2025-01-01"}, "2024-04-30T23:59:00.000Z", id="an earlier bookmark"),
        pytest.param("2024-06-01", {"start_date": "2024-05-01"}, "2024-05-31T23:59:00.000Z", id="a later bookmark"),
        pytest.param("2024-05-01T00:00:00.000500Z", {"lookback_seconds": 0}, "2024-05-01T00:00:00.000500Z", id="fine"),
        pytest.param("2024-05-01T02:00:00+02:00", {"lookback_seconds": 0}, BEGINNING, id="bookmark with an offset"),
    ],
)
def test_a_sync_begins(sandbox: Sandbox, bookmark: str | None, config: dict[str, object], expected: str | None) -> None:
    asked, log = since(sandbox, state_of(bookmark) if bookmark else None, **config)
    assert asked == expected
    assert f": {f'since {expected}' if expected else 'from the beginning'} client_contacts\n" in log


def test_a_start_date_later_than_spotts_clock_reads_from_now(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox, start_date="2999-01-01"), catalog=CONTACTS)
    told = re.search(
        r"client_contacts: start_date is later than Spott's clock \((\S+)\); reading from now", output.stderr
    )
    assert told
    assert output.records("client_contacts") == []
    assert [request["query"]["modifiedSince"] for request in sandbox.requests()][1:] == [[told[1]]]
    assert output.state["bookmarks"]["client_contacts"]["replication_key_value"] < told[1]


def test_a_bookmark_later_than_spotts_clock_reads_from_the_start_date(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox, start_date="2024-05-01"), state_of("2999-01-01"), CONTACTS)
    assert "the bookmark is later than Spott's clock" in output.stderr
    assert f"and can't be used; reading from {BEGINNING}" in output.stderr
    assert sandbox.requests()[1]["query"]["modifiedSince"] == [BEGINNING]
    assert output.records("client_contacts")


@pytest.mark.parametrize("bookmark", ["2024-05-01T00:01:00Z", "2025-01-01T00:00:00Z"], ids=["at the end", "after it"])
def test_a_bookmark_that_has_reached_the_end_date_stays(sandbox: Sandbox, bookmark: str) -> None:
    state = {"bookmarks": {stream: {"replication_key_value": bookmark} for stream in ("client_contacts", DETAILS)}}
    output = sync(settings(sandbox, end_date="2024-05-01"), state, select(*state["bookmarks"]))
    assert output.status == 0
    assert sandbox.requests() == []
    assert [entry["replication_key_value"] for entry in output.state["bookmarks"].values()] == [bookmark, bookmark]


def test_a_stream_that_has_reached_the_end_date_waits_for_the_others(sandbox: Sandbox) -> None:
    state = state_of("2025-01-01T00:00:00Z")
    output = sync(settings(sandbox, end_date="2024-05-01"), state, select("client_contacts", DETAILS))
    assert output.records("client_contacts") == []
    assert output.records(DETAILS)
    assert [entry["replication_key_value"] for entry in output.state["bookmarks"].values()] == [
        "2025-01-01T00:00:00Z",
        BEGINNING,
    ]
