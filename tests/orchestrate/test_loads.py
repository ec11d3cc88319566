"""Loads of three accounts, with the failures that a fleet meets. The tests run in this order."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import psycopg
import pytest

from demo.fleet import Fleet, wait_for
from demo.install import ROOT
from spott_sandbox import Sandbox
from tests.orchestrate.conftest import (
    ACCOUNTS,
    KEYS,
    LOADS,
    Account,
    bookmark,
    cancel_load_of_north,
    loads,
    processes_of,
    query,
    repeats,
    status,
)
from tests.support.browser import CHROMIUM, Browser
from tests.support.oracle import assert_equal_to_source
from tests.support.tap import BY_DEFAULT

MART = "spott__client_contacts"
EVENTS = """
query ($id: ID!) {
  logsForRun(runId: $id) {
    ... on EventConnection {
      events {
        __typename
        ... on MaterializationEvent {
          assetKey { path }
          metadataEntries { label ... on IntMetadataEntry { intValue } ... on TextMetadataEntry { text } }
        }
        ... on ExecutionStepFailureEvent { error { message } }
      }
    }
  }
}"""
DRY_RUN = """
mutation ($selector: ScheduleSelector!, $timestamp: Float!) {
  scheduleDryRun(selectorData: $selector, timestamp: $timestamp) {
    ... on DryRunInstigationTick { evaluationResult { runRequests { runKey tags { key value } } error { message } } }
  }
}"""


class First(NamedTuple):
    """The first runs by account, and a second one of `east`, which was queued while the first was running."""

    runs: dict[str, str]
    second: str


def events(fleet: Fleet, run_id: str, kind: str) -> list[dict[str, Any]]:
    found = fleet.query(EVENTS, id=run_id)["logsForRun"]["events"]
    return [event for event in found if event["__typename"] == kind]


def materialized(fleet: Fleet, run_id: str) -> dict[str, dict[str, Any]]:
    """Return the metadata of the streams that a run materialized."""
    return {
        event["assetKey"]["path"][-1]: {
            entry["label"]: entry.get("intValue", entry.get("text")) for entry in event["metadataEntries"]
        }
        for event in events(fleet, run_id, "MaterializationEvent")
    }


@pytest.fixture(scope="module")
def first(fleet: Fleet, sandboxes: dict[str, Sandbox]) -> First:
    """All accounts loaded once; the worker of `east` was killed after 40 requests."""
    for name, latency in (("north", 0), ("east", 0.2)):
        sandboxes[name].settings(latency=latency)
        sandboxes[name].clear_requests()
    runs = {account: fleet.launch("load_accounts", account) for account in ("east", "north", "south")}
    wait_for(lambda: len(sandboxes["east"].requests()) >= 20, seconds=60)
    second = fleet.launch("load_accounts", "east")
    wait_for(lambda: len(sandboxes["east"].requests()) >= 40, seconds=60)
    keys = [
        path for path in (ROOT / ".meltano/run/elt/east").rglob("*") if path.is_file() and holds_key(path.read_text())
    ]
    assert keys
    assert [path for path in keys if path.stat().st_mode & 0o077] == []
    supervisor = min(processes_of(fleet, "east"), key=psutil.Process.create_time)
    worker = supervisor.parent()
    assert worker
    worker.kill()
    wait_for(lambda: not processes_of(fleet, "east"), seconds=5)
    fleet.wait_for_runs()
    return First(runs, second)


def test_warehouse_equals_the_sandboxes(fleet: Fleet, sandboxes: dict[str, Sandbox], first: First) -> None:
    assert set(first.runs) == set(ACCOUNTS)
    for name, sandbox in sandboxes.items():
        streams = [stream for stream in BY_DEFAULT if (name, stream) != ("south", "notes")]
        assert_equal_to_source(Account(fleet, name).as_warehouse(*streams), sandbox, *streams)


def test_metadata_has_the_values_of_the_metrics(fleet: Fleet, sandboxes: dict[str, Sandbox], first: First) -> None:
    assert status(fleet, first.runs["north"]) == "SUCCESS"
    found = materialized(fleet, first.runs["north"])
    assert found.keys() == set(BY_DEFAULT)
    contacts = found["client_contacts"]
    assert contacts["records"] == len(sandboxes["north"].records("client_contacts"))
    assert contacts["bookmark"] == bookmark(fleet, "north", "client_contacts")
    assert contacts.keys() == {
        "seconds", "records", "requests", "retries", "skipped", "throttled_seconds", "bookmark"
    }  # fmt: skip


@pytest.mark.skipif(not CHROMIUM, reason="the web UI is not tested: Chromium is not installed")
def test_web_ui_shows_partitions_metadata_and_errors(fleet: Fleet, first: First, tmp_path: Path) -> None:
    with Browser(tmp_path / "profile") as browser:
        browser.open(
            f"{fleet.url}/assets/spott/notes?view=partitions",
            "3 Partitions",
            "Failed (1)",
            "Materialized (2)",
            *ACCOUNTS,
        )
        records = materialized(fleet, first.runs["north"])["client_contacts"]["records"]
        address = f"{fleet.url}/assets/spott/client_contacts?view=partitions&partition=north"
        browser.open(address, "Metadata", "throttled_seconds", "bookmark", f"records\n\t\n{records}\n")
        browser.open(
            f"{fleet.url}/runs/{first.runs['south']}", "notes: GET /notes: the API key has no permission for this"
        )


def test_failed_stream_fails_alone(fleet: Fleet, first: First) -> None:
    run_id = first.runs["south"]
    assert status(fleet, run_id) == "FAILURE"
    assert materialized(fleet, run_id).keys() == set(BY_DEFAULT) - {"notes"}
    (failure,) = events(fleet, run_id, "ExecutionStepFailureEvent")
    assert "notes: GET /notes: the API key has no permission for this (403, " in failure["error"]["message"]
    failed = [row for row in query(fleet, LOADS, "south") if row["status"] == "failed"]
    assert [row["stream"] for row in failed] == [None, "notes"]
    assert all("no permission" in row["error"] for row in failed)


def test_killed_load_is_repeated_to_the_end(fleet: Fleet, first: First) -> None:
    killed, *later = loads(fleet, "east")
    assert (killed["run_id"], killed["status"]) == (first.runs["east"], "killed")
    assert [row["status"] for row in later] == ["succeeded", "succeeded"]
    assert {row["run_id"] for row in later} == {*repeats(fleet, first.runs["east"]), first.second}
    assert [run["id"] for run in fleet.runs() if (ROOT / ".meltano/run/elt/east" / run["id"]).exists()] == []


def test_loads_of_an_account_run_one_at_a_time(fleet: Fleet, first: First) -> None:
    assert status(fleet, first.second) == "SUCCESS"
    runs = sorted((run for run in fleet.runs() if run["tags"].get("dagster/partition") == "east"), key=started)
    assert len(runs) == 3
    for earlier, later in pairwise(runs):
        assert earlier["endTime"] <= later["startTime"]


def started(run: dict[str, Any]) -> float:
    value: float = run["startTime"]
    return value


def test_schedule_loads_each_account_once_an_hour_and_retries_later(fleet: Fleet, first: First) -> None:
    (failed,) = fleet.runs(runIds=[first.runs["south"]])
    hour = (datetime.now(UTC) + timedelta(minutes=16)).replace(second=0, microsecond=0)
    hour -= timedelta(minutes=hour.minute % 5)
    ticks = [requests(fleet, hour + timedelta(minutes=5 * tick)) for tick in range(12)]
    regular = [account for tick in ticks for key, account in tick if "/" in key]
    assert sorted(regular) == sorted(ACCOUNTS)
    retried = [tick for tick, accounts in enumerate(ticks) if (failed["id"], "south") in accounts]
    due = [tick for tick, accounts in enumerate(ticks) if any(name == "south" for _, name in accounts)]
    assert retried, "the failed load is retried"
    assert set(retried) < set(due)
    at_once = requests(fleet, datetime.fromtimestamp(failed["endTime"], UTC) + timedelta(minutes=1))
    assert failed["id"] not in dict(at_once)


def requests(fleet: Fleet, at: datetime) -> list[tuple[str, str]]:
    """Return the run key and the account of each request of the schedule at a time."""
    selector = {
        "repositoryLocationName": "orchestrate.definitions",
        "repositoryName": "__repository__",
        "scheduleName": "loads",
    }
    result = fleet.query(DRY_RUN, selector=selector, timestamp=at.timestamp())["scheduleDryRun"]["evaluationResult"]
    assert not result["error"], result["error"]
    return [
        (request["runKey"], {tag["key"]: tag["value"] for tag in request["tags"]}["dagster/partition"])
        for request in result["runRequests"]
    ]


def test_cancelled_load_keeps_its_bookmarks(fleet: Fleet, sandboxes: dict[str, Sandbox], first: First) -> None:
    assert first.runs
    run_id = cancel_load_of_north(fleet, sandboxes["north"])
    assert status(fleet, run_id) == "CANCELED"
    by_stream = {row["stream"]: row["status"] for row in query(fleet, LOADS, "north") if row["run_id"] == run_id}
    assert (by_stream["client_contacts"], by_stream[None]) == ("succeeded", "interrupted")

    fleet.launch("load_accounts", "north")
    fleet.wait_for_runs()
    assert_equal_to_source(Account(fleet, "north").as_warehouse(), sandboxes["north"])


def test_load_of_one_stream_keeps_the_other_bookmarks(
    fleet: Fleet, sandboxes: dict[str, Sandbox], first: First
) -> None:
    assert first.runs
    before = bookmark(fleet, "north", "client_contacts")
    sandboxes["north"].clear_requests()
    run_id = fleet.launch("load_accounts", "north", ["spott/meetings"])
    fleet.wait_for_runs()
    assert materialized(fleet, run_id).keys() == {"meetings"}
    assert {request["path"] for request in sandboxes["north"].requests()} == {"/meetings"}
    assert bookmark(fleet, "north", "client_contacts") == before


def test_models_are_built_from_all_accounts(fleet: Fleet, sandboxes: dict[str, Sandbox], first: First) -> None:
    assert first.runs
    selected = [f"stg_spott__{name}" for name in ("client_contacts", "client_contact_details", "client_contact_emails")]
    run_id = fleet.launch("build_models", assets=[*selected, "stg_spott__client_contact_phones", MART])
    fleet.wait_for_runs()
    assert status(fleet, run_id) == "SUCCESS"
    assert {*selected, MART} <= materialized(fleet, run_id).keys()
    counted = query(fleet, f"SELECT source_relation, count(*) FROM spott.{MART} GROUP BY 1")  # noqa: S608 - our own names
    assert {row["source_relation"]: row["count"] for row in counted} == {
        f"spott_{name}": len(sandbox.records("client_contacts")) for name, sandbox in sandboxes.items()
    }
    lineage = "query { assetNodes { assetKey { path } dependencyKeys { path } } }"
    nodes = fleet.query(lineage)["assetNodes"]
    parents = {node["assetKey"]["path"][-1]: [key["path"][-1] for key in node["dependencyKeys"]] for node in nodes}
    assert parents["stg_spott__notes"] == ["notes"]
    assert "stg_spott__notes" in parents["spott__user_activity_daily"]


def test_view_shows_late_accounts(fleet: Fleet, first: First) -> None:
    assert first.runs
    assert query(fleet, "SELECT * FROM orchestrate.late_accounts") == []
    query(fleet, "UPDATE orchestrate.accounts SET added = now() - interval '3 hours' RETURNING account")
    (late,) = query(fleet, "SELECT * FROM orchestrate.late_accounts")
    assert (late["account"], late["last_success"], late["last_status"]) == ("south", None, "failed")
    assert "no permission" in late["last_error"]


def test_no_key_is_left_behind(fleet: Fleet, first: First) -> None:
    assert first.runs
    assert [path for path in (fleet.home / "accounts").iterdir() if b"secret-of-" in path.read_bytes()]
    folders = (fleet.home, ROOT / ".meltano/run", Path.home() / ".local/state/meltano")
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    accounts = fleet.home / "accounts"
    assert [
        path for path in files if path.parent != accounts and holds_key(path.read_bytes().decode(errors="replace"))
    ] == []
    for uri in fleet.database.values():
        with psycopg.connect(uri) as connection:
            for (table,) in connection.execute(
                "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname <> 'pg_catalog'"
            ).fetchall():
                rows = connection.execute(f"SELECT row_to_json(t)::text FROM {table} AS t".encode())  # noqa: S608 - its own names
                assert [row for (row,) in rows if holds_key(row)] == [], table


def holds_key(text: str) -> bool:
    return any(key in text for key in KEYS.values())


def test_removed_file_removes_the_account(fleet: Fleet, first: First) -> None:
    assert first.runs
    (fleet.home / "accounts/south.env").unlink()
    fleet.wait_for_accounts({"north", "east"})
    assert [row["account"] for row in query(fleet, "SELECT account FROM orchestrate.accounts ORDER BY 1")] == [
        "east",
        "north",
    ]
