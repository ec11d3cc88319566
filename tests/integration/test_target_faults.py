"""No contact is created twice and no update is lost, whatever fails and wherever a run is killed."""

import subprocess
import time
from pathlib import Path
from typing import get_args

import pytest

from spott_sandbox import Sandbox
from spott_sandbox.settings import FaultKind
from tests.support.tap import Record, settings
from tests.support.target import (
    Message,
    Result,
    as_lines,
    command,
    contact,
    created,
    environment,
    ids,
    load,
    load_here,
    messages,
    new,
)

NOT_PROCESSED = {"500", "502", "503", "504", "408", "429", "reset_before"}
"""Faults after which Spott has not changed anything."""
OTHER_FAULTS = {"empty_page", "endless_cursor", "invalid_cursor", "redirect"}
"""Faults of lists, and the one that ends a run."""
FAULTS = [kind for kind in get_args(FaultKind) if kind not in OTHER_FAULTS]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_update_is_retried_and_a_failed_create_is_reported_as_unknown(
    sandbox: Sandbox, tmp_path: Path, fault: str
) -> None:
    (contact_id,) = ids(sandbox, 1)
    create, update = new(sandbox, FAULTS.index(fault)), {"id": contact_id, "role": f"After {fault}"}
    before = len(created(sandbox))
    sandbox.settings(faults={fault: 1}, fault_limit={fault: 2}, hang_seconds=30, drip_seconds=0.2)
    retried = fault == "429"  # Spott has not processed the create
    outcome = "created" if retried else "unknown"

    result = load_here(sandbox, tmp_path, messages([create, update]), request_timeout=1, concurrency=1)
    assert result.counts == {"updated": 1, outcome: 1}
    assert contact(sandbox, contact_id)["role"] == f"After {fault}"
    assert [line["operation"] for line in result.outcomes] == ["creating", outcome, "updated"]
    assert result.outcomes[1]["record"] == create
    assert [request["method"] for request in sandbox.requests()].count("POST") == (3 if retried else 1)
    assert len(created(sandbox)) == before + (0 if fault in NOT_PROCESSED - {"429"} else 1)
    if not retried:
        assert result.status == 1
        assert "1 unknown. Unknown contacts may or may not exist in Spott" in result.last_line

    after = created(sandbox)
    again = load_here(sandbox, tmp_path, messages([create]))
    assert again.counts == {"unchanged" if retried else "unknown": 1}
    assert created(sandbox) == after


def test_a_create_is_retried_and_rejected_if_no_connection_is_made(sandbox: Sandbox, tmp_path: Path) -> None:
    result = load(sandbox, tmp_path, messages([new(sandbox)]), api_url="http://127.0.0.1:9", max_retries=1)
    assert "retrying in" in result.stderr
    assert result.counts == {"rejected": 1}
    assert "could not connect to 127.0.0.1:9" in result.reasons[0]
    before = len(created(sandbox))
    assert load_here(sandbox, tmp_path, messages([new(sandbox)])).counts == {"created": 1}
    assert len(created(sandbox)) == before + 1


def test_updates_and_creates_among_all_faults(sandbox: Sandbox, tmp_path: Path) -> None:
    rates = dict.fromkeys(FAULTS, 0.01) | {"hang": 0, "drip": 0, "429": 0}
    sandbox.settings(faults=rates, jitter=0.02)
    contacts = ids(sandbox, 60)
    updates = [{"id": each, "role": "All faults"} for each in contacts]
    creates = [new(sandbox, 1000 + number) for number in range(60)]
    # Alternate, because five consecutive unknown creates end the run.
    records = [record for pair in zip(updates, creates, strict=True) for record in pair]
    result = load_here(sandbox, tmp_path, messages(records), concurrency=8)
    assert result.counts["updated"] == 60
    assert {contact(sandbox, each)["role"] for each in contacts} == {"All faults"}
    assert_created_once(sandbox, result, creates)


def test_consecutive_failures_end_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(faults={"503": 1})
    updates = [{"id": each, "role": "x"} for each in ids(sandbox, 50)]
    result = load_here(sandbox, tmp_path, messages(updates), max_retries=0)
    assert result.status == 1
    assert "Spott returned 503" in result.last_line
    assert "Stopped after 5 consecutive failures." in result.last_line
    assert len(sandbox.requests()) < 12
    assert result.states == []


# Kills


def start(sandbox: Sandbox, folder: Path, sent: list[Message], **changes: object) -> subprocess.Popen[bytes]:
    """Start a run that reads the messages from a file, and appends its states and its log to files."""
    source = folder / "killed.singer"
    source.write_text(as_lines(sent))
    with source.open() as standard_input, (folder / "states").open("a") as out, (folder / "log").open("a") as log:
        return subprocess.Popen(
            command(folder, settings(sandbox, **changes)),
            stdin=standard_input,
            env=environment(),
            cwd=folder,
            stdout=out,
            stderr=log,
        )


def kill_after(sandbox: Sandbox, process: subprocess.Popen[bytes], requests: int) -> None:
    """Send SIGKILL once the sandbox has received so many requests."""
    while len(sandbox.requests()) < requests and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.wait()


def assert_created_once(sandbox: Sandbox, result: Result, records: list[Record]) -> None:
    """Assert that each record has created one contact, or none if its outcome is unknown."""
    names = created(sandbox)
    known = {outcome["record"]["lastName"]: outcome for outcome in result.outcomes if "clientId" in outcome["record"]}
    for name in (record["lastName"] for record in records):
        assert names.count(name) <= 1, f"{name} was created twice"
        assert known[name]["operation"] in {"created", "unchanged", "unknown"}
        assert names.count(name) == 1 or known[name]["operation"] == "unknown", f"{name} was lost"


@pytest.mark.parametrize("requests", [1, 20])
def test_a_run_killed_twice_and_repeated_loses_no_update_and_creates_no_contact_twice(
    sandbox: Sandbox, tmp_path: Path, requests: int
) -> None:
    sandbox.settings(latency=0.005, jitter=0.02)
    contacts = ids(sandbox, 30)
    creates = [new(sandbox, 10_000 * requests + number) for number in range(30)]
    updates: list[Record] = [{"id": each, "role": f"Kill {requests}"} for each in contacts]
    mixed = [record for pair in zip(updates, creates, strict=True) for record in pair]
    sent = messages(mixed)

    kill_after(sandbox, start(sandbox, tmp_path, sent), requests)
    kill_after(sandbox, start(sandbox, tmp_path, sent), 2 * requests)
    result = load(sandbox, tmp_path, sent)
    counts = result.counts
    assert counts["updated"] == 30
    assert counts.get("unknown", 0) <= 2 * 4, "more than were in flight at two kills"
    assert counts.get("created", 0) + counts.get("unchanged", 0) + counts.get("unknown", 0) == 30
    assert {contact(sandbox, each)["role"] for each in contacts} == {f"Kill {requests}"}
    assert_created_once(sandbox, result, creates)


def test_a_state_covers_only_written_records_when_the_run_is_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(latency=0.005, jitter=0.03)
    contacts = ids(sandbox, 100)
    sent = messages([])[:1]
    for number, each in enumerate(contacts):
        role = {"id": each, "role": "Covered"}
        sent += [*messages([role])[1:2], {"type": "STATE", "value": {"done": number + 1}}]
    kill_after(sandbox, start(sandbox, tmp_path, sent, concurrency=8), 70)
    states = (tmp_path / "states").read_text().splitlines()
    done = int(states[-1].removeprefix('{"done": ').removesuffix("}"))
    assert done > 30
    assert {contact(sandbox, each)["role"] for each in contacts[:done]} == {"Covered"}


def test_sigterm_waits_for_the_requests_in_flight(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(latency=0.3)
    creates = [new(sandbox, 900_000 + number) for number in range(40)]
    process = start(sandbox, tmp_path, messages(creates))
    while len(sandbox.requests()) < 8:
        time.sleep(0.01)
    process.terminate()
    assert process.wait() == -15
    log = (tmp_path / "log").read_text()
    assert "The run ended before all records were processed:" in log
    assert "Stopped by SIGTERM" in log
    sandbox.settings(latency=0)
    result = load_here(sandbox, tmp_path, messages(creates))
    assert result.status == 0
    assert result.counts.keys() == {"created", "unchanged"}
    assert_created_once(sandbox, result, creates)
