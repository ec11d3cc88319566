"""Where a sync starts: at its bookmark, at `start_date` or at the beginning, never later than Spott's time."""

import re

import pytest

from spott_sandbox import Sandbox
from tests.support.tap import State, select, settings, sync

BEGINNING = "2024-05-01T00:00:00.000Z"
CONTACTS = select("client_contacts")
DETAILS = "client_contact_details"


def first_modified_since(sandbox: Sandbox, state: State | None = None, **config: object) -> tuple[str | None, str]:
    """Sync contacts, and return the `modifiedSince` of the first request and the log."""
    sandbox.clear_requests()
    output = sync(settings(sandbox, **config), state, CONTACTS)
    assert output.status == 0, output.stderr
    ((modified_since, *_), *_) = [request["query"].get("modifiedSince", [None]) for request in sandbox.requests()]
    return modified_since, output.stderr


def state_with(bookmark: str) -> State:
    return {"bookmarks": {"client_contacts": {"replication_key_value": bookmark}}}


@pytest.mark.parametrize(
    ("bookmark", "config", "expected"),
    [
        pytest.param(None, {}, None, id="neither"),
        pytest.param(None, {"start_date": "2024-05-01"}, BEGINNING, id="start_date"),
        pytest.param(BEGINNING, {"lookback_seconds": 0}, BEGINNING, id="bookmark"),
        pytest.param(BEGINNING, {}, "2024-04-30T23:59:00.000Z", id="bookmark, minus the look-back"),
        pytest.param(
            BEGINNING, {"start_date": "2025-01-01"}, "2024-04-30T23:59:00.000Z", id="bookmark before start_date"
        ),
        pytest.param(
            "2024-06-01", {"start_date": "2024-05-01"}, "2024-05-31T23:59:00.000Z", id="bookmark after start_date"
        ),
        pytest.param(
            "2024-05-01T00:00:00.000500Z",
            {"lookback_seconds": 0},
            "2024-05-01T00:00:00.000500Z",
            id="bookmark with microseconds",
        ),
        pytest.param("2024-05-01T02:00:00+02:00", {"lookback_seconds": 0}, BEGINNING, id="bookmark with an offset"),
    ],
)
def test_first_request_starts_at_the_bookmark_or_start_date(
    sandbox: Sandbox, bookmark: str | None, config: dict[str, object], expected: str | None
) -> None:
    modified_since, log = first_modified_since(sandbox, state_with(bookmark) if bookmark else None, **config)
    assert modified_since == expected
    assert f": {f'since {expected}' if expected else 'from the beginning'} client_contacts\n" in log


def test_start_date_in_the_future_reads_from_now(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox, start_date="2999-01-01"), catalog=CONTACTS)
    warning = re.search(
        r"client_contacts: start_date is later than Spott's clock \((\S+)\); reading from now", output.stderr
    )
    assert warning
    assert output.records("client_contacts") == []
    assert [request["query"]["modifiedSince"] for request in sandbox.requests()][1:] == [[warning[1]]]
    assert output.state["bookmarks"]["client_contacts"]["replication_key_value"] < warning[1]


def test_bookmark_in_the_future_reads_from_the_start_date(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox, start_date="2024-05-01"), state_with("2999-01-01"), CONTACTS)
    assert "the bookmark is later than Spott's clock" in output.stderr
    assert f"and can't be used; reading from {BEGINNING}" in output.stderr
    assert sandbox.requests()[1]["query"]["modifiedSince"] == [BEGINNING]
    assert output.records("client_contacts")


@pytest.mark.parametrize("bookmark", ["2024-05-01T00:01:00Z", "2025-01-01T00:00:00Z"], ids=["at the end", "after it"])
def test_bookmark_at_or_after_the_end_date_stays(sandbox: Sandbox, bookmark: str) -> None:
    state = {"bookmarks": {stream: {"replication_key_value": bookmark} for stream in ("client_contacts", DETAILS)}}
    output = sync(settings(sandbox, end_date="2024-05-01"), state, select(*state["bookmarks"]))
    assert output.status == 0
    assert sandbox.requests() == []
    assert [entry["replication_key_value"] for entry in output.state["bookmarks"].values()] == [bookmark, bookmark]


def test_stream_at_the_end_date_emits_nothing_while_others_catch_up(sandbox: Sandbox) -> None:
    state = state_with("2025-01-01T00:00:00Z")
    output = sync(settings(sandbox, end_date="2024-05-01"), state, select("client_contacts", DETAILS))
    assert output.records("client_contacts") == []
    assert output.records(DETAILS)
    assert [entry["replication_key_value"] for entry in output.state["bookmarks"].values()] == [
        "2025-01-01T00:00:00Z",
        BEGINNING,
    ]
