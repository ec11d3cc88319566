"""The sandbox keeps the documentation's word, and breaks it only as told."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, get_args

import pytest
import requests

from spott_sandbox import Sandbox, SandboxError
from spott_sandbox.settings import FaultKind

CONTACTS = "/clients/contacts"
OPPORTUNITIES = "/opportunities"
RECORDS_OF_SEED_7 = "18c7562df96eb9cf281d4669caa1817f8a00a5a48e21ef803af3f68312f88d52"
STATUS_KINDS = ("500", "502", "503", "504", "408", "429")
Record = dict[str, Any]


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox(contacts=1000) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def untouched() -> Iterator[Sandbox]:
    """A sandbox whose data no test changes."""
    with Sandbox(contacts=1000) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """A sandbox with default settings. Its data may have been changed by earlier tests."""
    running.settings(**dict.fromkeys(running.settings()))
    running.clear_requests()
    return running


def call(
    sandbox: Sandbox,
    path: str,
    method: str = "GET",
    timeout: float = 10,
    **options: Any,  # noqa: ANN401 - whatever requests takes
) -> requests.Response:
    headers = {"x-api-key": sandbox.api_key, "accept-encoding": "identity"} | options.pop("headers", {})
    url = sandbox.url + path
    return requests.request(method, url, headers=headers, timeout=timeout, allow_redirects=False, **options)


def ask(sandbox: Sandbox, path: str, **query: object) -> requests.Response:
    return call(sandbox, path, params=query)


def read_pages(sandbox: Sandbox, path: str = CONTACTS, **query: object) -> list[list[Record]]:
    pages: list[list[Record]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = ask(sandbox, path, **query, **cursor).json()
        pages.append(answer["items"])
        pagination = answer["pagination"]
        if not pagination.get("hasMore", pagination.get("cursor")):
            return pages
        cursor = {"cursor": pagination["cursor"]}


def read_all(sandbox: Sandbox, path: str = CONTACTS, **query: object) -> list[Record]:
    return [record for page in read_pages(sandbox, path, **query) for record in page]


def records(items: list[Record]) -> list[Record]:
    return [item["record"] for item in items]


def paths_with(value: object, wanted: object, path: str = "") -> set[str]:
    if isinstance(value, dict):
        return set().union(*(paths_with(inner, wanted, f"{path}.{key}") for key, inner in value.items()))
    if isinstance(value, list):
        return set().union(*(paths_with(inner, wanted, path) for inner in value))
    return {path} if value is wanted else set()


# The data


def test_same_seed_gives_the_same_bytes_on_every_machine() -> None:
    with Sandbox(contacts=60, seed=7) as sandbox:
        addresses = (f"{sandbox.url}/_sandbox/{kind}" for kind in ("contacts", "details", "opportunities"))
        text = b"".join(requests.get(address, timeout=10).content for address in addresses)
    assert hashlib.sha256(text).hexdigest() == RECORDS_OF_SEED_7


def test_another_seed_gives_other_records(sandbox: Sandbox) -> None:
    with Sandbox(contacts=60, seed=8) as other:
        ids = {record["id"] for record in records(other.contacts())}
    assert not ids & {record["id"] for record in records(sandbox.contacts())}


def test_every_nullable_field_is_null_somewhere(untouched: Sandbox) -> None:
    contacts, opportunities = records(untouched.contacts()), records(untouched.opportunities())
    assert paths_with(contacts, None) >= {f".{key}" for key in contacts[0] if key != "id"}
    nulls = paths_with(contacts, None)
    assert nulls >= {
        ".client.company",
        ".client.company.logoUrl",
        ".stage.colorHex",
        ".customAttributes.value",
    }
    assert nulls >= {".mainContact.deactivatedAt", ".locations.latitude", ".client.locations.city"}
    nulls = paths_with(opportunities, None)
    assert nulls >= {f".{key}" for key in opportunities[0] if key != "id"}
    assert nulls >= {".closeDate.closeDate", ".name.name", ".clientTeam.clientTeam.jobTitle"}
    assert paths_with(records(untouched.details()), None) >= {
        ".nextTaskDue",
        ".lastInteractionWith",
        ".lastActivityDate",
    }


def test_watermarks_tie_are_fine_and_run_ahead_of_modified_at(untouched: Sandbox) -> None:
    items = untouched.contacts()
    assert max(Counter(item["watermark"] for item in items).values()) >= 120
    assert any(not item["watermark"].endswith("000Z") for item in items)
    times = [item["record"]["modifiedAt"] for item in items]
    assert any(time and time.endswith("+02:00") for time in times)
    modified = [time for time in times if time]
    assert modified != sorted(modified)


def test_people_share_a_candidate_and_details_agree_with_the_list(sandbox: Sandbox) -> None:
    by_id = {record["id"]: record for record in records(sandbox.contacts())}
    held = Counter(len(overview["clientContacts"]) for overview in records(sandbox.details()))
    assert set(held) == {1, 2, 3}
    for overview in records(sandbox.details()):
        for contact in overview["clientContacts"]:
            assert by_id[contact["id"]]["candidateId"] == overview["candidateId"]
            assert by_id[contact["id"]]["role"] == contact["role"]
            assert by_id[contact["id"]]["firstName"] == overview["firstName"]


def test_dirty_adds_records_and_leaves_the_others() -> None:
    with Sandbox(contacts=60, seed=7) as clean, Sandbox(contacts=60, seed=7, dirty=True) as dirty:
        text = requests.get(f"{dirty.url}/_sandbox/contacts", timeout=10).content
        clean_ids = {record["id"] for record in records(clean.contacts())}
    assert rb"\ud83d" in text
    assert rb"\u0000" in text
    assert len(max(json.loads(text)["items"], key=lambda item: len(str(item)))["record"]["role"]) > 70_000
    assert clean_ids < {item["record"]["id"] for item in json.loads(text)["items"]}


# Lists


@pytest.mark.parametrize("order", ["watermark", "newest_first", "shuffled"])
@pytest.mark.parametrize("path", [CONTACTS, OPPORTUNITIES])
def test_paging_is_complete_in_every_order(sandbox: Sandbox, path: str, order: str) -> None:
    sandbox.settings(order=order)
    items = sandbox.contacts() if path == CONTACTS else sandbox.opportunities()
    pages = read_pages(sandbox, path, limit=50)
    assert all(len(page) == 50 for page in pages[:-1])
    assert [record for page in pages for record in page] == records(items)
    watermarks = [item["watermark"] for item in items]
    assert (watermarks == sorted(watermarks)) == (order == "watermark")


@pytest.mark.parametrize("order", ["watermark", "newest_first", "shuffled"])
def test_bounds_are_inclusive_and_exact(sandbox: Sandbox, order: str) -> None:
    sandbox.settings(order=order)
    items = sandbox.contacts()
    since, until = (sorted(item["watermark"] for item in items)[place] for place in (100, 800))
    wanted = records([item for item in items if since <= item["watermark"] <= until])
    assert read_all(sandbox, modifiedSince=since, modifiedUntil=until, limit=50) == wanted


def test_opportunities_filter_by_repeated_company_ids(sandbox: Sandbox) -> None:
    everything = [(record["company"] or {}).get("company") for record in records(sandbox.opportunities())]
    companies = sorted({company["id"] for company in everything if company})[:2]
    wanted = sum(company is not None and company["id"] in companies for company in everything)
    assert len(read_all(sandbox, OPPORTUNITIES, companyIds=companies, limit=1)) == wanted >= 2


@pytest.mark.parametrize(
    ("path", "query"),
    [
        *((path, {"limit": limit}) for path in (CONTACTS, OPPORTUNITIES) for limit in ("0", "51", "abc", "", "1.5")),
        (CONTACTS, {"modifiedSince": "2024-01-01"}),
        (CONTACTS, {"modifiedSince": "2024-01-01T00:00:00+00:00"}),
        (CONTACTS, {"modifiedUntil": "2023-02-29T00:00:00Z"}),
        (CONTACTS, {"modifiedUntil": "2024-01-01T00:00:00Z\n"}),
        (OPPORTUNITIES, {"modifiedSince": "yesterday"}),
        (CONTACTS, {"cursor": "nonsense"}),
    ],
)
def test_wrong_queries_are_refused(sandbox: Sandbox, path: str, query: dict[str, str]) -> None:
    answer = ask(sandbox, path, **query)
    assert answer.status_code == 400
    assert answer.json() == {
        "status": 400,
        "message": answer.json()["message"],
        "requestId": answer.headers["x-request-id"],
        "statusCode": 400,
        "error": "Bad Request",
    }


def test_default_limit_odd_dates_and_unknown_parameters(sandbox: Sandbox) -> None:
    for since in ("1970-01-01T00:00Z", "2000-02-29T00:00:00.123456789Z"):
        assert len(ask(sandbox, CONTACTS, modifiedSince=since, nonsense="1").json()["items"]) == 25
    assert len(ask(sandbox, OPPORTUNITIES, modifiedSince="2019-01-01T00:00:00+02:00").json()["items"]) == 25


def test_cursors_are_bound_to_their_filters(sandbox: Sandbox) -> None:
    since = "2019-01-01T00:00:00Z"
    cursor = ask(sandbox, CONTACTS, modifiedSince=since).json()["pagination"]["cursor"]
    assert ask(sandbox, CONTACTS, modifiedSince=since, cursor=cursor, limit=3).status_code == 200
    assert ask(sandbox, CONTACTS, cursor=cursor).status_code == 400
    assert ask(sandbox, OPPORTUNITIES, modifiedSince=since, cursor=cursor).status_code == 400
    payload, signature = cursor.split(".")
    other = ("f" if payload[0] == "e" else "e") + payload[1:]
    assert ask(sandbox, CONTACTS, modifiedSince=since, cursor=f"{other}.{signature}").status_code == 400
    assert ask(sandbox, CONTACTS, modifiedSince=since, cursor=f"{payload}.é").status_code == 400


@pytest.mark.parametrize(
    ("form", "pagination"), [("missing", {}), ("null", {"cursor": None}), ("empty", {"cursor": ""})]
)
def test_last_page_forms(sandbox: Sandbox, form: str, pagination: Record) -> None:
    sandbox.settings(last_page=form)
    assert ask(sandbox, CONTACTS, modifiedSince="2100-01-01T00:00Z").json() == {
        "items": [],
        "pagination": pagination,
    }


@pytest.mark.parametrize("sent", [True, False])
def test_last_opportunities_may_come_with_a_cursor(sandbox: Sandbox, *, sent: bool) -> None:
    sandbox.settings(last_cursor=sent)
    since = max(item["watermark"] for item in sandbox.opportunities())
    pagination = ask(sandbox, OPPORTUNITIES, modifiedSince=since).json()["pagination"]
    assert pagination["hasMore"] is False
    assert bool(pagination["cursor"]) == sent


# One contact


def test_details_and_their_404(sandbox: Sandbox) -> None:
    overview = sandbox.details()[0]["record"]
    path = f"{CONTACTS}/{overview['candidateId']}"
    assert call(sandbox, path).json() == overview
    sandbox.settings(missing=[overview["candidateId"]])
    assert call(sandbox, path).status_code == 404
    assert call(sandbox, f"{CONTACTS}/nobody").json()["message"] == "Candidate not found"


def test_update_changes_only_what_is_sent(sandbox: Sandbox) -> None:
    before = sandbox.contacts()[0]
    contact_id, candidate_id = before["record"]["id"], before["record"]["candidateId"]
    body = {
        "role": None,
        "lastName": "Renamed",
        "emails": [{"email": "a@example.com"}],
        "startDate": "2024-01-01T00:00Z",
    }
    answer = call(sandbox, f"{CONTACTS}/{contact_id}", "PATCH", json=body | {"nonsense": 1})
    assert (answer.status_code, answer.content) == (200, b"")
    after = next(item for item in sandbox.contacts() if item["record"]["id"] == contact_id)
    assert after["watermark"] > before["watermark"]
    changed = {key for key, value in after["record"].items() if value != before["record"][key]}
    assert changed - {"role"} == {"lastName", "startDate", "modifiedAt"}
    assert after["record"]["role"] is None
    overview = call(sandbox, f"{CONTACTS}/{candidate_id}").json()
    assert overview["lastName"] == "Renamed"
    contact = next(contact for contact in overview["clientContacts"] if contact["id"] == contact_id)
    assert contact["emailAddresses"] == [{"email": "a@example.com", "isPrimary": False}]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"emails": [{"email": "a@x", "isPrimary": True}] * 2}, "ONLY_ONE_PRIMARY_EMAIL_ALLOWED"),
        (
            {"phoneNumbers": [{"phoneNumber": "1", "isPrimary": True}] * 2},
            "ONLY_ONE_PRIMARY_PHONE_NUMBER_ALLOWED",
        ),
        ({"firstName": ""}, "firstName"),
        ({"lastName": None}, "lastName"),
        ({"startDate": "2024-01-01"}, "startDate"),
        ({"stageId": "nowhere"}, "Unknown stage"),
        ({"mainContactId": "nobody"}, "Unknown user"),
        ([], "object"),
    ],
)
def test_wrong_updates_are_refused(sandbox: Sandbox, body: object, message: str) -> None:
    items = sandbox.contacts()
    answer = call(sandbox, f"{CONTACTS}/{items[0]['record']['id']}", "PATCH", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]
    assert sandbox.contacts() == items


def test_created_contact_can_be_read(sandbox: Sandbox) -> None:
    body = {
        "firstName": "Ada",
        "lastName": "L",
        "nationality": ["British"],
        "emails": [{"email": "a@example.com"}],
    }
    client_id = sandbox.directory()["clients"][0]["id"]
    answer = call(sandbox, f"{CONTACTS}/{client_id}", "POST", json=body)
    assert answer.status_code == 200
    record = next(record for record in read_all(sandbox, limit=50) if record["id"] == answer.json()["id"])
    assert record["client"]["company"]["id"] == sandbox.directory()["clients"][0]["company"]["id"] != client_id
    overview = call(sandbox, f"{CONTACTS}/{record['candidateId']}").json()
    assert overview["firstName"] == "Ada"
    assert overview["clientContacts"][0]["emailAddresses"][0]["email"] == "a@example.com"
    company_id = record["client"]["company"]["id"]
    assert call(sandbox, f"{CONTACTS}/{company_id}", "POST", json=body).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"firstName": None},
        {"lastName": None},
        {"gender": "other"},
        {"nationality": ["Martian"]},
        {"status": ["asleep"]},
        {"acquisitionSource": "magic"},
        {"stageId": "nowhere"},
        {"mainContact": {"userId": "nobody"}},
        {"startDate": "soon"},
        {"emails": [{"email": "a@x", "isPrimary": True}] * 2},
    ],
)
def test_wrong_creations_are_refused(sandbox: Sandbox, change: Record) -> None:
    body = {"firstName": "Ada", "lastName": "L"} | change
    assert call(sandbox, f"{CONTACTS}/{sandbox.directory()['clients'][0]['id']}", "POST", json=body).status_code == 400


# Headers, key, quota


def test_key_paths_and_methods(sandbox: Sandbox) -> None:
    sandbox.settings(forbidden=[OPPORTUNITIES])
    assert call(sandbox, CONTACTS, headers={"x-api-key": "wrong"}).json()["error"] == "Unauthorized"
    assert requests.get(sandbox.url + CONTACTS, timeout=10).status_code == 401
    assert call(sandbox, OPPORTUNITIES).status_code == 403
    assert call(sandbox, "/nothing").json()["statusCode"] == 404
    assert call(sandbox, CONTACTS, "DELETE").json()["statusCode"] == 405


def test_date_header_shows_the_sandbox_clock(sandbox: Sandbox) -> None:
    sandbox.settings(clock_offset=-2_000_000_000)
    assert call(sandbox, CONTACTS).headers["date"].split()[3] < "2000"
    sandbox.settings(date_header=False)
    assert "date" not in call(sandbox, CONTACTS).headers


def test_gzip_only_for_those_who_ask(sandbox: Sandbox) -> None:
    asking = {"accept-encoding": "gzip"}
    plain = call(sandbox, CONTACTS)
    packed = call(sandbox, CONTACTS, headers=asking)
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert packed.json() == plain.json()
    sandbox.settings(gzip=False)
    assert "content-encoding" not in call(sandbox, CONTACTS, headers=asking).headers


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_quota(form: str) -> None:
    with Sandbox(contacts=1, quota=2, retry_after=form, ratelimit_headers=True) as sandbox:
        answers = [call(sandbox, CONTACTS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert (
        answers[2].headers.get("retry-after", "none")[-3:]
        in {"seconds": ("60",), "date": ("GMT",), "none": ("one",)}[form]
    )


def test_latency_and_the_book_of_requests(sandbox: Sandbox) -> None:
    sandbox.settings(latency=0.05)
    ask(sandbox, CONTACTS, limit=1)
    (entry,) = sandbox.requests()
    assert entry["ended"] - entry["started"] >= 0.05
    assert (entry["method"], entry["path"], entry["query"]) == ("GET", CONTACTS, {"limit": ["1"]})
    assert (entry["status"], entry["fault"], entry["in_flight"]) == (200, None, 0)


# Faults


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


@pytest.mark.parametrize("path", [CONTACTS, OPPORTUNITIES])
def test_fault_empty_page_loses_nothing(sandbox: Sandbox, path: str) -> None:
    sandbox.settings(faults={"empty_page": 0.5})
    pages = read_pages(sandbox, path, limit=10)
    assert [] in pages
    items = sandbox.contacts() if path == CONTACTS else sandbox.opportunities()
    assert [record for page in pages for record in page] == records(items)


@pytest.mark.parametrize("path", [CONTACTS, OPPORTUNITIES])
def test_fault_endless_cursor(sandbox: Sandbox, path: str) -> None:
    sandbox.settings(faults={"endless_cursor": 1})
    cursor = call(sandbox, path).json()["pagination"]["cursor"]
    assert ask(sandbox, path, cursor=cursor).json()["pagination"]["cursor"] == cursor


def test_faults_are_drawn_by_seed_limited_and_confined(sandbox: Sandbox) -> None:
    def run() -> list[int]:
        sandbox.settings(faults={"500": 0.3, "503": 0.3}, fault_seed=5)
        return [ask(sandbox, CONTACTS, limit=1).status_code for _ in range(20)]

    assert run() == run()
    assert set(run()) == {200, 500, 503}
    sandbox.settings(faults={"500": 1}, fault_limit={"500": 2}, fault_paths="^/opp")
    assert [call(sandbox, OPPORTUNITIES).status_code for _ in range(3)] == [500, 500, 200]
    assert call(sandbox, CONTACTS).status_code == 200


# Changes


def test_churn_changes_records_while_they_are_read() -> None:
    with Sandbox(contacts=50, churn=1) as sandbox:
        before = {item["record"]["id"]: item["watermark"] for item in sandbox.contacts()}
        for _ in range(10):
            call(sandbox, CONTACTS)
        moved = [item for item in sandbox.contacts() if item["watermark"] > before[item["record"]["id"]]]
    assert moved
    assert all("change" in item["record"]["role"] for item in moved)


@pytest.mark.parametrize("kind", ["contacts", "opportunities"])
def test_touch_moves_and_delete_removes(sandbox: Sandbox, kind: str) -> None:
    read = sandbox.contacts if kind == "contacts" else sandbox.opportunities
    before = {item["record"]["id"]: item["record"] for item in read()}
    touched = sandbox.touch(kind, count=3)
    newest = read()[-3:]
    assert {item["record"]["id"] for item in newest} == set(touched["ids"])
    assert {item["watermark"] for item in newest} == {touched["watermark"]}
    assert all(item["record"] != before[item["record"]["id"]] for item in newest)
    at = "2030-01-01T00:00:00.000001Z"
    (row_id,) = sandbox.touch(kind, watermark_only=True, at=at, ids=touched["ids"][:1])["ids"]
    assert read()[-1] == {
        "watermark": at,
        "record": next(i["record"] for i in newest if i["record"]["id"] == row_id),
    }
    sandbox.touch(kind, ids=[row_id], fields={"extra": [1]}, at=at)
    assert read()[-1]["record"]["extra"] == [1]
    sandbox.delete(kind, [row_id])
    assert row_id not in {record["id"] for record in records(read())}
    with pytest.raises(SandboxError, match="No such record"):
        sandbox.delete(kind, [row_id])


def test_deleted_contact_takes_its_candidate_along(sandbox: Sandbox) -> None:
    overview = next(record for record in records(sandbox.details()) if len(record["clientContacts"]) == 1)
    sandbox.delete("contacts", [overview["clientContacts"][0]["id"]])
    assert call(sandbox, f"{CONTACTS}/{overview['candidateId']}").status_code == 404


def test_wrong_settings_are_refused(sandbox: Sandbox) -> None:
    before = sandbox.settings()
    for wrong in (
        {"latency": -1},
        {"faults": {"503": 2}},
        {"faults": {"nope": 1}},
        {"nope": 1},
        {"fault_paths": "("},
    ):
        with pytest.raises(SandboxError):
            sandbox.settings(**wrong)
    assert sandbox.settings() == before
    with pytest.raises(SandboxError, match="nope"):
        Sandbox(contacts=1, nope=1)


# The process and the command


def spott_sandbox(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spott_sandbox", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_command_finds_the_sandbox_and_its_status_is_returned() -> None:
    script = (
        "import os, sys, urllib.request as u;"
        "url = os.environ['TAP_SPOTT_API_URL'] + '/opportunities';"
        "u.urlopen(u.Request(url, headers={'x-api-key': os.environ['TAP_SPOTT_API_KEY']}));"
        "sys.exit(3)"
    )
    ended = spott_sandbox("--contacts", "5", "--", sys.executable, "-c", script)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "", "")


def test_command_killed_or_missing() -> None:
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert spott_sandbox("--contacts=1", "--", sys.executable, "-c", kill).returncode == 128 + 9
    missing = spott_sandbox("--contacts=1", "--", "no-such-command")
    assert missing.returncode == 127
    assert missing.stderr == "spott-sandbox: no-such-command: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--fault", "nope=1"], "unknown kind 'nope'"),
        (["--fault", "500=2"], "faults"),
        (["--fault", "500=often"], "'often' is not a number"),
        (["--order", "random"], "order"),
        (["--contacts=-1"], "whole number"),
        (["--nonsense"], "--nonsense"),
        (["--"], "no command after --"),
    ],
)
def test_wrong_options_get_one_clear_line(arguments: list[str], reason: str) -> None:
    ended = spott_sandbox(*arguments)
    assert ended.returncode == 2
    assert reason in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_server_prints_its_address_and_stops_on_ctrl_c() -> None:
    command = [sys.executable, "-m", "spott_sandbox", "--contacts=1", "--port=0", "--latency=0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        url, _, key = process.stdout.readline().split()
        assert requests.get(url + CONTACTS, headers={"x-api-key": key}, timeout=10).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""


def test_sandbox_dies_with_its_parent() -> None:
    start = "import time, spott_sandbox as s; x = s.Sandbox(contacts=1); print(x.pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)
