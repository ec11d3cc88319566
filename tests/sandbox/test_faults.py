"""Each fault is what it says, and strikes as often as told."""

import time
from contextlib import suppress
from typing import get_args

import pytest
import requests

from spott_sandbox import Sandbox
from spott_sandbox.settings import FaultKind
from tests.sandbox.api import (
    CONTACTS,
    NUMBERED,
    OPPORTUNITIES,
    PAGED,
    WHOLE,
    ask,
    call,
    following_page,
    read_pages,
    records,
)

STATUS_KINDS = ("500", "502", "503", "504", "408", "429")


@pytest.mark.parametrize("kind", STATUS_KINDS)
def test_fault_status(sandbox: Sandbox, kind: str) -> None:
    sandbox.settings(faults={kind: 1})
    answer = call(sandbox, CONTACTS)
    assert answer.status_code == answer.json()["status"] == int(kind)
    assert ("retry-after" in answer.headers) == (kind == "429")


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
def test_fault_other_body(sandbox: Sandbox, kind: str, status: int, start: str) -> None:
    sandbox.settings(faults={kind: 1}, redirect_to="http://example.invalid/")
    answer = call(sandbox, CONTACTS)
    assert answer.status_code == status
    assert answer.text.startswith(start)
    assert answer.headers.get("location") == ("http://example.invalid/" if kind == "redirect" else None)


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
def test_fault_broken_connection(sandbox: Sandbox, kind: str, error: type[Exception], reason: str) -> None:
    sandbox.settings(faults={kind: 1})
    with pytest.raises(error, match=reason):
        call(sandbox, CONTACTS, timeout=0.3)
    sandbox.settings(faults=None)
    assert call(sandbox, CONTACTS).status_code == 200
    assert sandbox.requests()[0]["fault"] == kind


@pytest.mark.parametrize("kind", get_args(FaultKind))
def test_fault_strikes_before_or_after_the_request_is_acted_upon(sandbox: Sandbox, kind: str) -> None:
    client = sandbox.directory()["clients"][0]["id"]
    before = len(sandbox.records("client_contacts"))
    sandbox.settings(faults={kind: 1}, drip_seconds=0)
    with suppress(requests.RequestException):
        call(sandbox, f"{CONTACTS}/{client}", "POST", timeout=0.3, json={"firstName": "A", "lastName": "B"})
    undone = kind in {*STATUS_KINDS, "reset_before"}
    assert len(sandbox.records("client_contacts")) == before + (0 if undone else 1)


def test_fault_hang_ends(sandbox: Sandbox) -> None:
    sandbox.settings(faults={"hang": 1}, hang_seconds=0.1)
    assert call(sandbox, CONTACTS).elapsed.total_seconds() >= 0.1


def test_fault_drip(sandbox: Sandbox) -> None:
    sandbox.settings(faults={"drip": 1}, drip_seconds=0.002)
    started = time.monotonic()
    assert call(sandbox, f"{CONTACTS}/nobody").json()["status"] == 404
    assert time.monotonic() - started >= 0.2


@pytest.mark.parametrize("stream", ["client_contacts", "opportunities", "clients"])
def test_fault_empty_page_loses_nothing(sandbox: Sandbox, stream: str) -> None:
    sandbox.settings(faults={"empty_page": 0.5})
    pages = read_pages(sandbox, PAGED[stream], limit=5)
    assert [] in pages
    assert [record for page in pages for record in page] == records(sandbox.records(stream))


@pytest.mark.parametrize("stream", ["client_contacts", "opportunities", "clients"])
def test_fault_endless_cursor(sandbox: Sandbox, stream: str) -> None:
    sandbox.settings(faults={"endless_cursor": 1})
    following = following_page(call(sandbox, PAGED[stream]).json())
    assert following
    assert following_page(ask(sandbox, PAGED[stream], **following).json()) == following


@pytest.mark.parametrize("kind", ["empty_page", "endless_cursor"])
def test_faults_of_cursors_spare_lists_without(sandbox: Sandbox, kind: str) -> None:
    paths = [*(PAGED[stream] for stream in NUMBERED), WHOLE["pipeline_stages"][0]]
    before = [call(sandbox, path).json() for path in paths]
    sandbox.settings(faults={kind: 1})
    assert [call(sandbox, path).json() for path in paths] == before
    assert {request["fault"] for request in sandbox.requests()} == {None}


def test_faults_are_drawn_by_seed_limited_and_confined(sandbox: Sandbox) -> None:
    def run() -> list[int]:
        sandbox.settings(faults={"500": 0.3, "503": 0.3}, fault_seed=5)
        return [ask(sandbox, CONTACTS, limit=1).status_code for _ in range(20)]

    assert run() == run()
    assert set(run()) == {200, 500, 503}
    sandbox.settings(faults={"500": 1}, fault_limit={"500": 2}, fault_paths="^/opp")
    assert [call(sandbox, OPPORTUNITIES).status_code for _ in range(3)] == [500, 500, 200]
    assert call(sandbox, CONTACTS).status_code == 200
