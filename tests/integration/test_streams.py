"""Streams: selection, stream maps, flattening, full tables, date bounds, and failures of one stream."""

import pytest

from spott_sandbox import Sandbox
from tests.support.fake_server import FakeServer, FakeSpott
from tests.support.oracle import SCHEMAS, assert_equal_to_source, source
from tests.support.tap import CORE, STREAMS, Warehouse, full_table, select, settings, sync, sync_in_subprocess

COLUMNS = {stream: schema["properties"].keys() for stream, schema in SCHEMAS.items()}


def test_only_selected_streams_are_requested(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox), catalog=select("opportunities"))
    assert {request["path"] for request in sandbox.requests()} == {"/opportunities"}
    assert {message.get("stream") for message in output.messages} == {"opportunities", None}


def test_details_without_their_list_stream_are_complete(sandbox: Sandbox) -> None:
    warehouse = Warehouse()
    warehouse.load(sync(settings(sandbox), catalog=select("client_contact_details")))
    assert_equal_to_source(warehouse, sandbox, "client_contact_details")


def test_details_have_the_modified_at_of_their_contact(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox))
    times: dict[str, set[str]] = {}
    for contact in output.records("client_contacts"):
        times.setdefault(contact["candidateId"], set()).add(contact["modifiedAt"])
    for detail in output.records("client_contact_details"):
        assert detail["modifiedAt"] in times[detail["candidateId"]]


def test_synced_at_is_the_start_of_the_sync(small: Sandbox) -> None:
    output = sync(settings(small), catalog=select(*STREAMS))
    for stream in [stream for stream in STREAMS if "syncedAt" in COLUMNS[stream]]:
        times = {record["syncedAt"] for record in output.records(stream)}
        assert times == {output.state["bookmarks"][stream]["replication_key_value"]}, stream


def test_rejected_list_and_record_without_key_fail_only_their_streams() -> None:
    with FakeServer.running() as server:
        server.spott = FakeSpott(ages=[0])
        server.spott.error_statuses["/lists"] = 400
        config = {"api_key": "k", "api_url": f"http://127.0.0.1:{server.server_port}"}
        # The server's attachments have an `id` but no `attachmentId`.
        output = sync_in_subprocess(config, catalog=select("lists", "attachments", "tasks"))
    assert output.status == 1
    assert "2 streams failed; all other streams were read: lists, attachments. lists: GET /lists: " in output.last_line
    assert "Spott rejected the request (400). Check the tap's settings, or deselect the stream." in output.last_line
    assert "attachments: Spott sent a record without its primary key `attachmentId`." in output.stderr
    assert output.records("tasks")


@pytest.mark.parametrize("fault", ["500", "wrong_shape", "html"])
def test_failing_detail_requests_fail_only_their_stream(sandbox: Sandbox, fault: str) -> None:
    warehouse = Warehouse()
    sandbox.settings(faults={fault: 1}, fault_paths="/clients/contacts/[^/]+")
    output = warehouse.load(sync_in_subprocess(settings(sandbox, max_retries=1)))
    assert output.status == 1
    assert "client_contact_details: GET /clients/contacts/" in output.last_line
    assert_equal_to_source(warehouse, sandbox, "client_contacts", "opportunities")


@pytest.mark.parametrize("fault", ["hang", "reset", "cut_off", "429"])
def test_connection_and_rate_limit_errors_end_the_run(sandbox: Sandbox, fault: str) -> None:
    sandbox.settings(faults={fault: 1}, fault_paths="/clients/contacts")
    output = sync_in_subprocess(settings(sandbox, max_retries=0, request_timeout=0.5))
    assert output.status == 1
    assert "client_contacts: GET /clients/contacts: " in output.last_line
    assert {request["path"] for request in sandbox.requests()} == {"/clients/contacts"}


def test_third_failed_stream_ends_the_run(sandbox: Sandbox) -> None:
    sandbox.settings(faults={"503": 1})
    output = sync_in_subprocess(settings(sandbox, max_retries=0), catalog=select(*STREAMS))
    assert {request["path"] for request in sandbox.requests()} == {"/clients/contacts", "/opportunities", "/clients"}
    assert "| clients: GET /clients: Spott returned 503, " in output.last_line
    assert "client_contacts: GET /clients/contacts: Spott returned 503, " in output.stderr


def test_deselected_columns_are_not_emitted(sandbox: Sandbox) -> None:
    catalog = select("client_contacts")
    for part in catalog["streams"][0]["metadata"]:
        if part["breadcrumb"] in (["properties", "lastName"], ["properties", "client", "properties", "company"]):
            part["metadata"]["selected"] = False
    output = sync(settings(sandbox), catalog=catalog)
    for record in output.records("client_contacts"):
        assert "lastName" not in record
        assert "company" not in (record["client"] or {})
        assert "firstName" in record
    assert "lastName" not in output.messages[0]["schema"]["properties"]


def test_stream_maps_hash_columns_and_rename_streams(sandbox: Sandbox) -> None:
    maps = {"client_contacts": {"lastName": "md5(lastName or '')", "__alias__": "people"}}
    output = sync(settings(sandbox, stream_maps=maps), catalog=select("client_contacts"))
    people = output.records("people")
    assert len(people) == len(source(sandbox, "client_contacts"))
    assert {len(person["lastName"]) for person in people} == {32}


def test_flattening_makes_columns_of_nested_fields(sandbox: Sandbox) -> None:
    config = settings(sandbox, flattening_enabled=True, flattening_max_depth=2)
    output = sync(config, catalog=select("client_contacts"))
    names = {record.get("client__company__name") for record in output.records("client_contacts")}
    companies = {
        ((record["client"] or {}).get("company") or {}).get("name")
        for record in source(sandbox, "client_contacts").values()
    }
    assert names == companies


def test_full_table_sync_reads_all_records_and_keeps_bookmarks(sandbox: Sandbox) -> None:
    first = sync(settings(sandbox))
    warehouse = Warehouse()
    again = warehouse.load(sync(settings(sandbox), first.state, full_table(*CORE)))
    assert_equal_to_source(warehouse, sandbox)
    assert "ACTIVATE_VERSION" not in {message["type"] for message in again.messages}
    assert again.state in ({}, first.state)


def test_start_date_bounds_only_the_first_sync(sandbox: Sandbox) -> None:
    config = settings(sandbox, start_date="2025-06-01")
    first = sync(config)
    recent = {
        item["record"]["id"]
        for item in sandbox.records("client_contacts")
        if item["watermark"] >= "2025-06-01T00:00:00.000000Z"
    }
    assert {record["id"] for record in first.records("client_contacts")} == recent
    assert sandbox.requests()[0]["query"]["modifiedSince"] == ["2025-06-01T00:00:00.000Z"]
    second = sync(config | {"start_date": "2040-01-01", "lookback_seconds": 0}, first.state)
    since = next(request["query"]["modifiedSince"] for request in sandbox.requests()[::-1])
    assert second.status == 0
    assert since < ["2040"]


def test_end_date_bounds_records_and_bookmarks(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox, end_date="2024-12-31T23:59:59+01:00"))
    old = {
        item["record"]["id"]
        for item in sandbox.records("client_contacts")
        if item["watermark"] <= "2024-12-31T22:59:59.000000Z"
    }
    assert {record["id"] for record in output.records("client_contacts")} == old
    for stream in ("client_contacts", "client_contact_details"):
        assert output.state["bookmarks"][stream]["replication_key_value"] == "2024-12-31T22:59:59.000Z"


def test_company_ids_filter_opportunities(sandbox: Sandbox) -> None:
    companies = sorted(
        {
            record["company"]["id"]
            for record in source(sandbox, "opportunities").values()
            if record["company"] and record["company"]["id"]
        }
    )[:2]
    output = sync(settings(sandbox, company_ids=companies, page_size=2), catalog=select("opportunities"))
    assert {record["company"]["id"] for record in output.records("opportunities")} == set(companies)
    assert all(request["query"]["companyIds"] == companies for request in sandbox.requests())


def test_each_page_request_repeats_the_first_parameters(sandbox: Sandbox) -> None:
    sync(settings(sandbox, page_size=10), catalog=select("client_contacts"))
    followed = [request["query"] for request in sandbox.requests() if "cursor" in request["query"]]
    firsts = [request["query"] for request in sandbox.requests() if "cursor" not in request["query"]]
    assert followed
    for query in followed:
        assert {name: value for name, value in query.items() if name != "cursor"} in firsts


def test_unknown_fields_are_dropped_with_one_warning_or_kept_in_other_fields(sandbox: Sandbox) -> None:
    output = sync(settings(sandbox), catalog=select(*STREAMS))
    warnings = [line.split("| ")[-1] for line in output.stderr.splitlines() if "the schema doesn't have" in line]
    assert len(warnings) == len({warning.split(":")[0] for warning in warnings})
    for stream in STREAMS:
        unknown = {name for item in sandbox.records(stream) for name in item["record"]} - COLUMNS[stream]
        (warning,) = [line for line in warnings if line.startswith(f"{stream}: dropped fields")] or [""]
        named = set(warning.partition("have: ")[2].split(", "))
        kept = {name for record in output.records(stream) for name in record.get("otherFields") or {}}
        assert unknown <= (kept if "otherFields" in COLUMNS[stream] else named), stream
        assert not kept & named


def test_serial_and_concurrent_reads_emit_the_same_records() -> None:
    serial, concurrent = Warehouse(), Warehouse()
    with Sandbox(contacts=60, latency=0.01) as sandbox:
        serial.load(sync(settings(sandbox, concurrency=1)))
        assert {request["in_flight"] for request in sandbox.requests()} == {0}
        concurrent.load(sync(settings(sandbox, concurrency=8)))
    assert serial.tables["client_contacts"] == concurrent.tables["client_contacts"]
    assert serial.tables["client_contact_details"] == concurrent.tables["client_contact_details"]


def test_without_date_headers_the_bookmark_stays(sandbox: Sandbox) -> None:
    warehouse = Warehouse()
    sandbox.settings(date_header=False)
    output = warehouse.load(sync(settings(sandbox)))
    assert output.status == 0
    assert_equal_to_source(warehouse, sandbox)
    assert "replication_key_value" not in str(output.state)
    assert "have no Date header; the bookmark stays" in output.stderr


def test_bookmark_in_the_future_is_not_used(sandbox: Sandbox) -> None:
    future = {"replication_key_value": "2999-01-01T00:00:00Z"}
    warehouse = Warehouse()
    output = warehouse.load(sync(settings(sandbox), {"bookmarks": dict.fromkeys(CORE, future)}))
    assert_equal_to_source(warehouse, sandbox)
    assert output.stderr.count("the bookmark is later than Spott's clock") == len(CORE)
    assert "2999" not in str(output.state)


@pytest.mark.parametrize("concurrency", [1, 2])
def test_concurrency_bounds_all_requests(small: Sandbox, concurrency: int) -> None:
    small.settings(latency=0.002, churn=0.1)
    config = settings(small, concurrency=concurrency, page_size=10, emit_activate_version_messages=True)
    assert sync(config, catalog=full_table(*STREAMS)).status == 0
    assert {request["in_flight"] for request in small.requests()} == set(range(concurrency))


def test_page_size_is_the_documented_maximum_of_each_list(small: Sandbox) -> None:
    sync(settings(small), catalog=select(*STREAMS))
    sizes = {
        request["path"]: (request["query"].get("pageSize") or request["query"]["limit"])[0]
        for request in small.requests()
        if request["query"]
    }
    hundred = {path for path, size in sizes.items() if size == "100"}
    assert hundred == {"/placements", "/attachments", "/custom-attributes/candidate/definitions"}
    assert {sizes[path] for path in sizes.keys() - hundred} == {"50"}
