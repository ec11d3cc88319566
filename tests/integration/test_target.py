"""Rejects, the end of a run, dry runs, order, states and privacy of target-spott."""

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from spott_sandbox import Sandbox
from tests.support.tap import Record, settings
from tests.support.target import (
    client_id,
    command,
    contact,
    created,
    environment,
    ids,
    load,
    load_here,
    messages,
    new,
    write_input,
)

# Rejects


def bad_and_good(sandbox: Sandbox) -> list[Record]:
    first, second = ids(sandbox, 2)
    return [{"id": first, "role": "First"}, {"id": "nobody", "role": "?"}, {"id": second, "role": "Second"}]


def test_a_rejected_record_does_not_stop_the_others(sandbox: Sandbox, tmp_path: Path) -> None:
    result = load(sandbox, tmp_path, messages(bad_and_good(sandbox)))
    assert (result.status, result.counts) == (1, {"updated": 2, "rejected": 1})
    assert "0 created, 2 updated, 0 unchanged, 1 rejected, 0 unknown" in result.last_line
    assert result.states == [{"records": 3}]
    (reject,) = result.rejects
    assert reject["record"] == {"id": "nobody", "role": "?"}
    assert reject["requestId"].startswith("req-")
    assert reject["reason"].startswith("PATCH /clients/contacts/nobody: no client contact has this `id`")
    assert [contact(sandbox, each)["role"] for each in ids(sandbox, 2)] == ["First", "Second"]


def test_on_error_stop_ends_the_run_at_the_first_rejected_record(sandbox: Sandbox, tmp_path: Path) -> None:
    first, wrong, second = bad_and_good(sandbox)
    records = [{**first, "role": "Before"}, wrong, *[{**second, "role": "After"}] * 300]
    result = load_here(sandbox, tmp_path, messages(records), on_error="stop", concurrency=1)
    assert result.status == 1
    assert "because on_error is `stop`: PATCH /clients/contacts/nobody" in result.last_line
    assert result.states == []
    assert len(result.rejects) == 1
    assert contact(sandbox, second["id"])["role"] != "After"


def test_corrected_rejects_can_be_sent_again(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    wrong = [{"id": contact_id, "endDate": "soon"}, {**new(sandbox, 77), "gender": "f"}, {"id": "nobody", "role": "x"}]
    load_here(sandbox, tmp_path, messages(wrong))
    corrected = (tmp_path / "rejects.jsonl").read_text().replace("soon", "2024-05-31").replace('"f"', '"female"')
    (tmp_path / "rejects.jsonl").unlink()
    result = load_here(sandbox, tmp_path, corrected)
    assert (result.status, result.counts) == (1, {"created": 1, "updated": 1, "rejected": 1})
    assert contact(sandbox, contact_id)["endDate"].startswith("2024-05-31T00:00:00")
    assert created(sandbox).count("Number 77") == 1


def test_standard_input_can_not_be_the_rejects_file(sandbox: Sandbox, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    rejects.write_text(json.dumps({"stream": "client_contacts", "record": {}}) + "\n")
    result = load(sandbox, tmp_path, rejects)
    assert result.status == 1
    assert "rejects_path: the input is the same file; rename the input before you send it again" in result.last_line


# Ends


@pytest.mark.parametrize(
    ("settings_", "key", "line"),
    [
        ({}, "wrong", "Spott rejected the API key (401, request req-"),
        ({"forbidden": ["/clients/contacts/"]}, None, "the API key has no permission for this (403"),
    ],
    ids=["401", "403"],
)
def test_401_and_403_end_the_run_at_once(
    sandbox: Sandbox, tmp_path: Path, settings_: Record, key: str | None, line: str
) -> None:
    sandbox.settings(**settings_)
    contacts = [{"id": each, "role": "x"} for each in ids(sandbox, 100)]
    result = load_here(sandbox, tmp_path, messages(contacts), **({"api_key": key} if key else {}))
    assert result.status == 1
    assert line in result.last_line
    assert "The run ended before all records were processed: 0 created, 0 updated" in result.stderr
    assert result.states == []
    assert not result.rejects
    assert len(sandbox.requests()) <= 4  # one per worker


def test_a_create_that_was_refused_with_401_is_sent_again_by_the_next_run(sandbox: Sandbox, tmp_path: Path) -> None:
    create = messages([new(sandbox, 401)])
    assert load_here(sandbox, tmp_path, create, api_key="wrong").status == 1
    assert load_here(sandbox, tmp_path, create).counts == {"created": 1}
    assert created(sandbox).count("Number 401") == 1


def test_a_dry_run_sends_nothing_and_emits_no_state(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    records = [{"id": contact_id, "role": "x"}, new(sandbox), {"id": contact_id}]
    result = load_here(sandbox, tmp_path, messages(records), dry_run=True)
    assert result.status == 0
    assert "Dry run, nothing was sent: 1 created, 1 updated, 1 unchanged, 0 rejected" in result.stderr
    assert sandbox.requests() == []
    assert result.states == []
    again = load_here(sandbox, tmp_path, messages(records))
    assert again.counts == {"created": 1, "updated": 1, "unchanged": 1}


def test_activate_version_deletes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    before = len(sandbox.records("client_contacts"))
    sent = messages([])
    sent.append({"type": "ACTIVATE_VERSION", "stream": "client_contacts", "version": 1})
    assert load_here(sandbox, tmp_path, sent).status == 0
    assert len(sandbox.records("client_contacts")) == before


def test_a_full_disk_is_reported(sandbox: Sandbox, tmp_path: Path) -> None:
    sent = write_input(tmp_path, messages([{"id": f"c{number}"} for number in range(50)]))
    files_of_1_kb = ["bash", "-c", f'ulimit -f 1; exec "$@" <{sent.name}', "limited"]
    process = subprocess.run(
        [*files_of_1_kb, *command(tmp_path, settings(sandbox))],
        env=environment(PYTHONDONTWRITEBYTECODE="1"),  # bytecode files are limited, too
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].endswith("outcomes_path: outcomes.jsonl: No space left on device")


# Order and states


def test_updates_of_one_contact_are_sent_in_order_and_those_of_others_concurrently(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    contacts = ids(sandbox, 10)
    sandbox.settings(latency=0.01, jitter=0.05)
    records = [{"id": each, "role": f"Step {step}"} for step in range(12) for each in contacts]
    assert load(sandbox, tmp_path, messages(records), concurrency=8).counts == {"updated": 120}
    assert {contact(sandbox, each)["role"] for each in contacts} == {"Step 11"}
    requests = sandbox.requests()
    assert max(request["in_flight"] for request in requests) == 7
    for each in contacts:
        own = sorted((r["started"], r["ended"]) for r in requests if r["path"].endswith(each))
        assert all(ended <= started for (_, ended), (started, _) in pairwise(own))


def test_a_state_is_emitted_soon_after_the_records_before_it_are_written(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(latency=0.02)
    sent = messages([])[:1]
    for number, each in enumerate(ids(sandbox, 50), 1):
        sent += [*messages([{"id": each, "role": "Seen"}])[1:2], {"type": "STATE", "value": {"done": number}}]
    result = load_here(sandbox, tmp_path, sent, concurrency=1)
    assert result.states[-1] == {"done": 50}
    assert len(result.states) > 10
    assert [state["done"] for state in result.states] == sorted(state["done"] for state in result.states)


# Privacy


def test_logs_have_neither_the_api_key_nor_personal_data(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    person = {
        "firstName": "Persephone",
        "lastName": "Secretperson",
        "emails": [{"email": "persephone@private.example"}],
        "phoneNumbers": [{"phoneNumber": "+31-6-77777777"}],
    }
    records: list[Record] = [
        {"id": contact_id, **person},
        {"id": "nobody", **person},
        {**person, "clientId": client_id(sandbox), "gender": "Secretperson"},
        {**person, "clientId": client_id(sandbox), "stageId": "Secretperson"},
        {**person, "clientId": "persephone@private.example"},
        {**person, "id": "persephone@private.example"},
        {**person, "clientId": client_id(sandbox)},
    ]
    sandbox.settings(faults={"500_after": 0.2, "html_503": 0.2}, fault_seed=2)
    result = load(sandbox, tmp_path, messages(records), max_retries=1, api_key=sandbox.api_key)
    assert result.status == 1
    for secret in (sandbox.api_key, "Persephone", "Secretperson", "private.example", "77777777"):
        assert secret not in result.stderr + result.stdout
    assert oct((tmp_path / "rejects.jsonl").stat().st_mode & 0o777) == "0o600"
