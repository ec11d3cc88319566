"""The numbered guarantees of docs/guarantees.md."""

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from spott_sandbox import Sandbox
from tap_spott.streams import definitions
from tap_spott.streams.base import ListStream
from tests.support.oracle import SCHEMAS, assert_equal_to_source, source
from tests.support.tap import (
    CORE,
    STREAMS,
    TAP,
    Output,
    State,
    Warehouse,
    arguments,
    clean_environment,
    full_table,
    kill_after,
    select,
    settings,
    sync,
    sync_in_subprocess,
)

LIST_STREAMS = [stream for stream in definitions.STREAMS if issubclass(stream, ListStream)]
FULL_TABLE = [stream for stream in LIST_STREAMS if stream.replication_key is None]
DETAILS = [stream.name for stream in definitions.STREAMS if stream not in LIST_STREAMS]
LISTS = {endpoint.path for stream in LIST_STREAMS for endpoint in stream.endpoints}


def request_counts(sandbox: Sandbox) -> Counter[str]:
    """Return the number of requests since the log was cleared, by list, and for all details together."""
    paths = (request["path"] for request in sandbox.requests())
    return Counter(path if path in LISTS else "detail" for path in paths)


def sync_all(config: dict[str, Any], state: State | None = None) -> Output:
    """Sync all streams."""
    return sync(config, state, select(*STREAMS))


def test_guarantee_1_complete_first_sync_equals_the_source() -> None:
    warehouse = Warehouse()
    with Sandbox(contacts=100, seed=1, gzip=False) as sandbox:
        output = warehouse.load(sync_in_subprocess(settings(sandbox, concurrency=8), catalog=select(*STREAMS)))
        assert output.status == 0, output.stderr
        assert_equal_to_source(warehouse, sandbox, *STREAMS)
        details = sum(len(source(sandbox, stream)) for stream in DETAILS)
        assert request_counts(sandbox)["detail"] == details
    for stream in CORE:
        assert len(output.records(stream)) == len(warehouse.tables[stream]), f"{stream} has a record twice"


def test_guarantee_1_complete_with_changes_during_the_sync(small: Sandbox) -> None:
    warehouse = Warehouse()
    small.settings(churn=0.3)
    warehouse.load(sync_all(settings(small, page_size=5)))
    small.settings(churn=0)
    warehouse.load(sync_all(settings(small), warehouse.state))
    assert_equal_to_source(warehouse, small, *STREAMS)


def test_guarantee_1_complete_with_a_watermark_later_than_modified_at(sandbox: Sandbox) -> None:
    first = sync(settings(sandbox, lookback_seconds=0))
    moved = sandbox.touch(count=3, watermark_only=True)["ids"]
    second = sync(settings(sandbox, lookback_seconds=0), first.state)
    assert {record["id"] for record in second.records("client_contacts")} >= set(moved)
    oldest = min(record["modifiedAt"] for record in second.records("client_contacts"))
    assert oldest < first.state["bookmarks"]["client_contacts"]["replication_key_value"]


@pytest.mark.parametrize("order", ["newest_first", "shuffled"])
def test_guarantee_1_complete_in_any_order_of_records(small: Sandbox, order: str) -> None:
    warehouse = Warehouse()
    small.settings(order=order)
    warehouse.load(sync_all(settings(small, page_size=4)))
    assert_equal_to_source(warehouse, small, *STREAMS)


@pytest.mark.parametrize("last_page", ["missing", "null", "empty"])
def test_guarantee_1_complete_with_empty_pages_and_any_last_page(small: Sandbox, last_page: str) -> None:
    warehouse = Warehouse()
    small.settings(faults={"empty_page": 0.3}, last_page=last_page)
    warehouse.load(sync_all(settings(small, page_size=5)))
    assert_equal_to_source(warehouse, small, *STREAMS)


def test_guarantee_1_complete_when_details_are_selected_later(sandbox: Sandbox) -> None:
    warehouse = Warehouse()
    warehouse.load(sync(settings(sandbox), catalog=select("client_contacts")))
    assert request_counts(sandbox)["detail"] == 0
    sandbox.touch(count=5)
    sandbox.clear_requests()
    warehouse.load(sync(settings(sandbox), warehouse.state))
    assert_equal_to_source(warehouse, sandbox)
    assert request_counts(sandbox)["detail"] == len(source(sandbox, "client_contact_details"))


def test_guarantee_1_complete_with_changes_between_syncs(small: Sandbox) -> None:
    warehouse = Warehouse()
    for _ in range(3):
        for stream in LIST_STREAMS:
            small.touch(stream.name, count=5)
        warehouse.load(sync_all(settings(small), warehouse.state))
        assert_equal_to_source(warehouse, small, *STREAMS)


@pytest.mark.parametrize("offset", [-7200, 7200], ids=["spott is behind", "spott is ahead"])
def test_guarantee_1_complete_with_a_wrong_local_clock(offset: int) -> None:
    with Sandbox(contacts=60, clock_offset=offset) as sandbox:
        state = sync(settings(sandbox)).state
        touched = sandbox.touch(count=1)
        for stream in CORE:
            assert state["bookmarks"][stream]["replication_key_value"] < touched["watermark"]
        again = sync(settings(sandbox, lookback_seconds=0), state)
    assert {record["id"] for record in again.records("client_contacts")} == set(touched["ids"])


def test_guarantee_2_at_least_once_with_retries(small: Sandbox) -> None:
    warehouse = Warehouse()
    small.settings(faults=dict.fromkeys(["500", "html", "not_json", "cut_off", "cut_off_chunked", "reset"], 0.03))
    output = warehouse.load(sync_all(settings(small, page_size=10, concurrency=16)))
    assert output.status == 0, output.last_line
    assert any(request["fault"] for request in small.requests())
    assert_equal_to_source(warehouse, small, *STREAMS)


def test_guarantee_3_resumable_after_kills_near_where_each_stopped() -> None:
    warehouse = Warehouse()
    with Sandbox(contacts=3000, seed=1, latency=0.01) as sandbox:
        config, contacts_only = settings(sandbox), select("client_contacts")
        runs = [kill_after(750, signal.SIGKILL, config, catalog=contacts_only)]
        for _ in range(2):
            warehouse.load(runs[-1])
            runs.append(kill_after(750, signal.SIGKILL, config, warehouse.state, contacts_only))
        warehouse.load(runs[-1])
        runs.append(warehouse.load(sync(config, warehouse.state, contacts_only)))
        assert_equal_to_source(warehouse, sandbox, "client_contacts")
        assert sum(len(output.records("client_contacts")) for output in runs) < 1.25 * 3000, "a window per kill"
        assert request_counts(sandbox)["/clients/contacts"] < 2 * 3000 / 50


def test_guarantee_3_resumable_after_sigterm_which_is_no_success(sandbox: Sandbox) -> None:
    warehouse = Warehouse()
    sandbox.settings(latency=0.2)
    stopped = warehouse.load(kill_after(50, signal.SIGTERM, settings(sandbox)))
    assert stopped.status == -signal.SIGTERM
    assert "Stopped by SIGTERM" in stopped.last_line
    sandbox.settings(latency=0)
    warehouse.load(sync(settings(sandbox), warehouse.state))
    assert_equal_to_source(warehouse, sandbox)


def test_guarantee_3_resumable_after_a_failed_stream() -> None:
    warehouse = Warehouse()
    with Sandbox(contacts=500, seed=2) as sandbox:
        sandbox.settings(forbidden=["/opportunities"])
        failed = warehouse.load(sync_in_subprocess(settings(sandbox)))
        assert failed.status == 1
        sandbox.settings(forbidden=[])
        sandbox.clear_requests()
        warehouse.load(sync(settings(sandbox), warehouse.state))
        assert request_counts(sandbox)["/clients/contacts"] == 1
        assert_equal_to_source(warehouse, sandbox)


def test_guarantee_3_resumable_after_kills_among_lists_and_among_details() -> None:
    warehouse = Warehouse()
    with Sandbox(contacts=100, seed=3, latency=0.005) as sandbox:
        config, catalog = settings(sandbox), select(*STREAMS)
        lists = sum(len(source(sandbox, stream.name)) for stream in LIST_STREAMS)
        for records in (lists // 3, lists, 200):
            warehouse.load(kill_after(records, signal.SIGKILL, config, warehouse.state, catalog))
        assert warehouse.tables.keys() >= {stream.name for stream in LIST_STREAMS}
        sandbox.clear_requests()
        assert warehouse.load(sync(config, warehouse.state, catalog)).status == 0
        assert_equal_to_source(warehouse, sandbox, *STREAMS)
        details = sum(len(source(sandbox, stream)) for stream in DETAILS)
        assert request_counts(sandbox)["detail"] < details, "no detail that a kill spared is requested again"


def test_guarantee_3_resumable_details_start_when_all_lists_are_written() -> None:
    with Sandbox(contacts=100, latency=0.005) as sandbox:
        output = sync_all(settings(sandbox, concurrency=4, page_size=5, requests_per_minute=800))
        written = [message["stream"] in DETAILS for message in output.messages if message["type"] == "RECORD"]
        assert written == sorted(written)
        started = [(request["started"], request["path"] in LISTS) for request in sandbox.requests()]
        last_list = max(time for time, is_list in started if is_list)
        early = sum(time < last_list for time, is_list in started if not is_list)
        assert 0 < early <= 800 / 4, "at most a quarter of the rate limit"


def test_guarantee_4_cheap_sync_without_changes() -> None:
    with Sandbox(contacts=60) as sandbox:  # a new one, without recent changes
        first = sync_in_subprocess(settings(sandbox), catalog=select(*STREAMS))
        sandbox.clear_requests()
        # A subprocess starts late enough for a later second in the Date header, and so for a later bookmark.
        second = sync_in_subprocess(settings(sandbox, lookback_seconds=0), first.state, select(*STREAMS))
        full_table_paths = {endpoint.path for stream in FULL_TABLE for endpoint in stream.endpoints}
        assert {
            path: count for path, count in request_counts(sandbox).items() if path not in full_table_paths
        } == dict.fromkeys(LISTS - full_table_paths, 1)
    for stream in set(STREAMS) - {stream.name for stream in FULL_TABLE}:
        assert second.records(stream) == []
        assert (
            second.state["bookmarks"][stream]["replication_key_value"]
            > first.state["bookmarks"][stream]["replication_key_value"]
        )


def test_guarantee_5_at_the_rate_limit_never_over_it_and_stops_promptly_while_throttled(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    command = [TAP, *arguments(tmp_path, settings(sandbox, requests_per_minute=40, concurrency=8))]
    with subprocess.Popen(
        command, env=clean_environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as tap:
        while len(sandbox.requests()) < 40:
            time.sleep(0.05)
        limit_reached = time.monotonic()
        time.sleep(3)
        requests = sandbox.requests()
        tap.terminate()
        _, log = tap.communicate(timeout=10)
    assert len(requests) == 40, "the tap uses the rate limit and stays within it"
    assert requests[-1]["started"] - requests[0]["started"] < 3, "requests within the rate limit aren't delayed"
    assert tap.returncode == -signal.SIGTERM
    assert time.monotonic() - limit_reached < 8
    assert "Stopped by SIGTERM" in log


def test_guarantee_5_at_the_rate_limit_a_429_pauses_all_requests(sandbox: Sandbox) -> None:
    sandbox.settings(faults={"429": 0.05}, latency=0.1)  # with Retry-After: 1
    assert sync(settings(sandbox, concurrency=4)).status == 0
    requests = sandbox.requests()
    throttled = [request["started"] for request in requests if request["status"] == 429]
    assert throttled
    for at in throttled:  # requests on their way arrive in the first part of the second
        assert not [each for each in requests if at + 0.6 < each["started"] < at + 1]


def test_guarantee_6_bounded_requests_with_a_repeated_cursor(sandbox: Sandbox) -> None:
    sandbox.settings(faults={"endless_cursor": 1})
    output = sync_in_subprocess(settings(sandbox, page_size=10))
    assert output.status == 1
    assert "client_contacts: /clients/contacts: Spott returned the same cursor twice" in output.last_line
    assert request_counts(sandbox)["/clients/contacts"] < 10


def peak_memory(contacts: int) -> int:
    """Return the maximum resident set size, in kB, of a sync of this many contacts."""
    script = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"  # noqa: E501 - a program in one line
    with Sandbox(contacts=contacts, gzip=False) as sandbox, tempfile.TemporaryDirectory() as folder:
        command = [TAP, *arguments(Path(folder), settings(sandbox), catalog=select("client_contacts"))]
        measured = subprocess.run(
            [sys.executable, "-c", script, *command],
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    return int(measured.stdout)


def test_guarantee_6_bounded_memory_for_any_number_of_records() -> None:
    few, many = peak_memory(3_000), peak_memory(8_000)
    assert many < 1.15 * few


FAILURES: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "wrong key": ({"api_key": "wrong"}, {}, "client_contacts: Spott rejected the API key (401, request req-"),
    "forbidden": (
        {},
        {"forbidden": ["/opportunities"]},
        "opportunities: GET /opportunities: the API key has no permission",
    ),
    "wrong setting": ({"page_size": 101}, {}, "page_size: 101 is greater than the maximum of 100"),
    "unreachable": ({"api_url": "http://127.0.0.1:9"}, {}, "could not connect to 127.0.0.1:9"),
    "html": ({}, {"faults": {"html": 1}}, "not JSON, or is truncated (text/html"),
    "unavailable": ({}, {"faults": {"503": 1}}, "Spott returned 503, request req-"),
    "redirect": ({}, {"faults": {"redirect": 1}, "redirect_to": "http://127.0.0.1:9/"}, "redirects to 127.0.0.1:9"),
    "time-out": ({"request_timeout": 0.3}, {"faults": {"hang": 1}}, "no response from Spott within 0.3 s"),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_guarantee_7_clear_failures_in_one_line(sandbox: Sandbox, failure: str) -> None:
    config, behavior, message = FAILURES[failure]
    sandbox.settings(**behavior)
    output = sync_in_subprocess(settings(sandbox, max_retries=1, **config))
    assert output.status == 1
    assert message in output.last_line
    assert "Traceback" not in output.stderr


@pytest.mark.parametrize("status", ["401", "403"])
def test_guarantee_7_clear_failures_without_retries_of_401_and_403(sandbox: Sandbox, status: str) -> None:
    sandbox.settings(forbidden=["/"] if status == "403" else [])
    sync_in_subprocess(settings(sandbox, **({"api_key": "wrong"} if status == "401" else {})))
    requests = [(request["path"], request["status"]) for request in sandbox.requests()]
    rejected = [(path, int(status)) for path in ("/clients/contacts", "/opportunities")]
    assert sorted(set(requests)) == (rejected if status == "403" else rejected[:1])
    assert len(requests) <= 3, "the details may request the list of contacts once more"


def test_guarantee_7_clear_failures_of_a_forbidden_stream_spare_the_others(sandbox: Sandbox) -> None:
    sandbox.settings(forbidden=["/clients/contacts"])
    warehouse = Warehouse()
    output = warehouse.load(sync_in_subprocess(settings(sandbox)))
    assert output.status == 1
    assert "2 streams failed; all other streams were read: client_contacts, client_contact_details." in output.last_line
    assert "client_contacts: GET /clients/contacts: the API key has no permission for this (403" in output.last_line
    assert "Ask your Spott administrator for access, or deselect the stream." in output.last_line
    assert_equal_to_source(warehouse, sandbox, "opportunities")
    assert [stream for stream, bookmark in output.state["bookmarks"].items() if bookmark] == ["opportunities"]


def test_guarantee_7_clear_failures_with_a_wrong_url_name_each_stream(sandbox: Sandbox) -> None:
    output = sync_in_subprocess(settings(sandbox, api_url=f"{sandbox.url}/wrong"))
    assert output.status == 1
    assert "3 streams failed" in output.last_line
    assert "client_contacts: GET /clients/contacts: not found (404" in output.last_line
    assert output.last_line.endswith("Check the setting api_url.")


def test_guarantee_7_clear_failures_name_a_candidate_that_is_skipped(sandbox: Sandbox) -> None:
    missing = min(source(sandbox, "client_contact_details"))
    sandbox.settings(missing=[missing])
    output = sync(settings(sandbox))
    assert output.status == 0
    assert output.stderr.count(missing) == 1
    assert f"candidate {missing} not found (404); skipped" in output.stderr
    details = {record["candidateId"] for record in output.records("client_contact_details")}
    assert details == source(sandbox, "client_contact_details").keys() - {missing}


def personal_data(sandbox: Sandbox) -> set[str]:
    """Return the names, e-mail addresses, phone numbers, streets and notes that are long enough to search for."""
    text = json.dumps([sandbox.records(stream) for stream in STREAMS], ensure_ascii=False)
    found = re.findall(r'"(?:lastName|email|phoneNumber|street1|content)": "([^"]{6,})"', text)
    return set(found)


def test_guarantee_8_private_logs_states_and_errors_hold_no_key_and_no_personal_data(sandbox: Sandbox) -> None:
    key = "sk-live-5f0c9d1e"
    secrets = personal_data(sandbox)
    assert len(secrets) > 100
    with Sandbox(contacts=400, seed=3, api_key=key) as locked:
        kinds = ["500", "429", "html", "not_json", "cut_off", "reset_mid", "wrong_shape"]
        locked.settings(faults=dict.fromkeys(kinds, 0.1), fault_limit=dict.fromkeys(kinds, 1), retry_after="none")
        locked.settings(missing=sorted(source(locked, "client_contact_details"))[:3], forbidden=["/opportunities"])
        output = sync_in_subprocess(settings(locked, max_retries=5), env={"TAP_SPOTT_LOGLEVEL": "DEBUG"})
        assert output.status == 1
        written = output.stderr + json.dumps(output.states)
    assert key not in written
    assert key not in json.dumps(output.messages)
    assert [secret for secret in secrets if secret in written] == []


def test_guarantee_9_deletions_follow_each_completed_full_table_stream(sandbox: Sandbox) -> None:
    config = settings(sandbox, emit_activate_version_messages=True)
    output = sync(config, catalog=full_table(*STREAMS))
    for stream in STREAMS:
        of_stream = [m for m in output.messages if m.get("stream") == stream]
        assert [m["type"] for m in of_stream].index("ACTIVATE_VERSION") == len(of_stream) - 1
        assert {m["version"] for m in of_stream if m["type"] != "SCHEMA"} == {of_stream[-1]["version"]}


def test_guarantee_9_deletions_spare_records_that_change_during_the_sync(sandbox: Sandbox) -> None:
    config = settings(sandbox, emit_activate_version_messages=True, concurrency=1, page_size=10)
    sandbox.settings(churn=0.8, latency=0.05, order="newest_first")
    output = sync(config, catalog=full_table("client_contacts", "opportunities"))
    sandbox.settings(churn=0)
    for stream in ("client_contacts", "opportunities"):
        assert "ACTIVATE_VERSION" in {m["type"] for m in output.messages if m.get("stream") == stream}
        assert source(sandbox, stream).keys() <= {record["id"] for record in output.records(stream)}


def test_guarantee_9_deletions_are_skipped_without_date_headers(sandbox: Sandbox) -> None:
    sandbox.settings(date_header=False)
    output = sync(settings(sandbox, emit_activate_version_messages=True), catalog=full_table(*STREAMS))
    assert output.status == 0
    assert output.stderr.count("skipping ACTIVATE_VERSION") == len(STREAMS)
    assert "ACTIVATE_VERSION" not in {message["type"] for message in output.messages}


def test_guarantee_9_deletions_are_skipped_by_a_failed_sync(sandbox: Sandbox) -> None:
    sandbox.settings(faults={"500": 1}, fault_paths="/clients/contacts/.*")
    config = settings(sandbox, emit_activate_version_messages=True, max_retries=0)
    output = sync_in_subprocess(config, catalog=full_table("client_contact_details"))
    assert output.status == 1
    assert "ACTIVATE_VERSION" not in {message["type"] for message in output.messages}


ADDED_OBJECTS = ("customAttributeValues", "otherFields")


def fields(schema: dict[str, Any], path: str = "") -> list[tuple[str, dict[str, Any]]]:
    """Return each field of a schema with its path, including nested fields."""
    found = []
    for name, field in schema.get("properties", {}).items():
        found += [(f"{path}.{name}", field), *fields(field, f"{path}.{name}")]
        found += fields(field.get("items", {}), f"{path}.{name}[]")
    return found


@pytest.mark.parametrize("stream", STREAMS)
def test_guarantee_10_loadable_schemas(stream: str) -> None:
    entry = next(entry for entry in select()["streams"] if entry["tap_stream_id"] == stream)
    assert entry["schema"] == SCHEMAS[stream]
    for path, field in fields(entry["schema"]):
        name = path.rsplit(".", 1)[-1]
        assert not {"anyOf", "oneOf", "allOf", "enum", "const", "$ref"} & field.keys(), path
        if path.removeprefix(".") in entry["key_properties"]:
            assert field["type"] == "string"
        else:
            kind, null = field["type"]
            assert null == "null", path
            assert kind in {"string", "number", "boolean", "object", "array"}, path
        assert len(name.encode()) <= 63, path
        assert field.get("description"), path
        if "array" in field["type"]:
            assert field["items"]["type"] in {"string", "object"}, path
        if "object" in field["type"]:
            assert "properties" in field or "open object" in field["description"] or path.endswith(ADDED_OBJECTS), path
    siblings = Counter(path.lower() for path, _ in fields(entry["schema"]))
    assert siblings.most_common(1)[0][1] == 1


def test_guarantee_10_loadable_records_from_undocumented_values() -> None:
    from jsonschema import Draft7Validator, FormatChecker  # noqa: PLC0415 - slow to import

    with Sandbox(contacts=20, dirty=True) as sandbox:
        output = sync_all(settings(sandbox))
        assert output.status == 0, output.last_line
    for stream in STREAMS:
        validator = Draft7Validator(SCHEMAS[stream], format_checker=FormatChecker())
        records = output.records(stream)
        assert records
        for record in records:
            assert list(validator.iter_errors(record)) == []
    assert "\\u0000" not in json.dumps(output.messages)
