"""Test each fault, its rate and its limits."""

import time
from contextlib import suppress
from typing import get_args

import pytest
import requests

from spott_sandbox import Sandbox
from spott_sandbox.settings import FaultKind
from tests.sandbox.client import (
    CONTACTS,
    OPPORTUNITIES,
    PAGE_NUMBERED,
    PAGINATED,
    UNPAGINATED,
    get,
    next_page_params,
    read_pages,
    records,
    send,
)

STATUS_KINDS = ("500", "502", "503", "504", "408", "429")


@pytest.mark.parametrize("kind", STATUS_KINDS)
def test_status_faults(sandbox: Sandbox, kind: str) -> None:
    sandbox.settings(faults={kind: 1})
    response = send(sandbox, CONTACTS)
    assert response.status_code == response.json()["status"] == int(kind)
    assert ("retry-after" in response.headers) == (kind == "429")


@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [
        ("html", 200, "<!DOCTYPE"),
        ("html_503", 503, "<!DOCTYPE"),
        ("not_json", 200, '{"items":[{'),
        ("wrong_shape", 200, '{"items":null}'),
        ("redirect", 307, ""),
        ("500_after", 500, '{"status":500'),
    ],
)
def test_response_faults(sandbox: Sandbox, kind: str, status: int, start: str) -> None:
    sandbox.settings(faults={kind: 1}, redirect_to="http://example.invalid/")
    response = send(sandbox, CONTACTS)
    assert response.status_code == status
    assert response.text.startswith(start)
    assert response.headers.get("location") == ("http://example.invalid/" if kind == "redirect" else None)


@pytest.mark.parametrize(
    ("kind", "error", "reason"),
    [
        ("cut_off", requests.exceptions.ChunkedEncodingError, "IncompleteRead"),
        ("cut_off_chunked", requests.exceptions.ChunkedEncodingError, "prematurely|InvalidChunkLength"),
        ("reset", requests.exceptions.ConnectionError, "reset by peer"),
        ("reset_before", requests.exceptions.ConnectionError, "reset by peer"),
        ("reset_mid", requests.exceptions.ChunkedEncodingError, "reset by peer"),
        ("hang", requests.exceptions.ReadTimeout, "timed out"),
    ],
)
def test_connection_faults(sandbox: Sandbox, kind: str, error: type[Exception], reason: str) -> None:
    sandbox.settings(faults={kind: 1})
    with pytest.raises(error, match=reason):
        send(sandbox, CONTACTS, timeout=0.3)
    sandbox.settings(faults=None)
    assert send(sandbox, CONTACTS).status_code == 200
    assert sandbox.requests()[0]["fault"] == kind


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_fault_determines_whether_request_is_processed(sandbox: Sandbox, kind: str) -> None:
    client = sandbox.directory()["clients"][0]["id"]
    before = len(sandbox.records("client_contacts"))
    sandbox.settings(faults={kind: 1}, drip_seconds=0)
    with suppress(requests.RequestException):
        send(sandbox, f"{CONTACTS}/{client}", "POST", timeout=0.3, json={"firstName": "A", "lastName": "B"})
    unprocessed = kind in {*STATUS_KINDS, "reset_before"}
    assert len(sandbox.records("client_contacts")) == before + (0 if unprocessed else 1)


def test_hang_ends_with_response(sandbox: Sandbox) -> None:
    sandbox.settings(faults={"hang": 1}, hang_seconds=0.1)
    assert send(sandbox, CONTACTS).elapsed.total_seconds() >= 0.1


def test_drip_delays_each_byte(sandbox: Sandbox) -> None:
    sandbox.settings(faults={"drip": 1}, drip_seconds=0.002)
    started = time.monotonic()
    assert send(sandbox, f"{CONTACTS}/nobody").json()["status"] == 404
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("stream", ["client_contacts", "opportunities", "clients"])
def test_empty_pages_lose_no_records(sandbox: Sandbox, stream: str) -> None:
    sandbox.settings(faults={"empty_page": 0.5})
    pages = read_pages(sandbox, PAGINATED[stream], limit=5)
    assert [] in pages
    assert [record for page in pages for record in page] == records(sandbox.records(stream))


@pytest.mark.parametrize("stream", ["client_contacts", "opportunities", "clients"])
def test_endless_cursor_repeats(sandbox: Sandbox, stream: str) -> None:
    sandbox.settings(faults={"endless_cursor": 1})
    params = next_page_params(send(sandbox, PAGINATED[stream]).json())
    assert params
    assert next_page_params(get(sandbox, PAGINATED[stream], **params).json()) == params


@pytest.mark.parametrize("kind", ["empty_page", "endless_cursor"])
def test_pagination_faults_skip_lists_without_cursors(sandbox: Sandbox, kind: str) -> None:
    paths = [*(PAGINATED[stream] for stream in PAGE_NUMBERED), UNPAGINATED["pipeline_stages"][0]]
    before = [send(sandbox, path).json() for path in paths]
    sandbox.settings(faults={kind: 1})
    assert [send(sandbox, path).json() for path in paths] == before
    assert {request["fault"] for request in sandbox.requests()} == {None}


@pytest.mark.parametrize("stream", ["client_contacts", "clients", "placements"])
def test_invalid_cursor_rejects_only_pages_after_the_first(sandbox: Sandbox, stream: str) -> None:
    sandbox.settings(faults={"invalid_cursor": 1})
    first = send(sandbox, PAGINATED[stream])
    assert first.status_code == 200
    params = next_page_params(first.json())
    assert params
    assert get(sandbox, PAGINATED[stream], **params).status_code == 400


def test_faults_depend_on_seed_limit_and_paths(sandbox: Sandbox) -> None:
    def run() -> list[int]:
        sandbox.settings(faults={"500": 0.3, "503": 0.3}, fault_seed=5)
        return [get(sandbox, CONTACTS, limit=1).status_code for _ in range(20)]

    assert run() == run()
    assert set(run()) == {200, 500, 503}
    sandbox.settings(faults={"500": 1}, fault_limit={"500": 2}, fault_paths="^/opp")
    assert [send(sandbox, OPPORTUNITIES).status_code for _ in range(3)] == [500, 500, 200]
    assert send(sandbox, CONTACTS).status_code == 200
