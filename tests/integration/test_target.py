"""What target-spott promises of a run: rejects, how it ends, names of streams, order and state, privacy."""

import fcntl
import json
from itertools import pairwise
from pathlib import Path

import pytest

from spott_sandbox import Sandbox
from tests.support.tap import Record
from tests.support.target import client_id, contact, created, ids, load, messages, new

# Rejects


def bad_and_good(sandbox: Sandbox) -> list[Record]:
    first, second = ids(sandbox, 2)
    return [{"id": first, "role": "First"}, {"id": "nobody", "role": "?"}, {"id": second, "role": "Second"}]


def test_a_bad_record_does_not_stop_the_others(sandbox: Sandbox, tmp_path: Path) -> None:
    result = load(sandbox, tmp_path, messages(bad_and_good(sandbox)))
    assert (result.status, result.counts) == (1, {"updated": 2, "rejected": 1})
    assert "0 created, 2 updated, 0 unchanged, 1 rejected, 0 unknown" in result.last_line
    assert result.states == [{"records": 3}]
    (reject,) = result.rejects
    assert reject["record"] == {"id": "nobody", "role": "?"}
    assert reject["requestId"].startswith("req-")
    assert reject["reason"].startswith("PATCH /clients/contacts/nobody: no client contact has this `id`")
    assert [contact(sandbox, each)["role"] for each in ids(sandbox, 2)] == ["First", "Second"]


def test_on_error_stop_ends_the_run_at_the_first(sandbox: Sandbox, tmp_path: Path) -> None:
    first, wrong, second = bad_and_good(sandbox)
    records = [{**first, "role": "Before"}, wrong, *[{**second, "role": "After"}] * 300]
    result = load(sandbox, tmp_path, messages(records), on_error="stop", concurrency=1)
    assert result.status == 1
    assert "because on_error is `stop`: PATCH /clients/contacts/nobody" in result.last_line
    assert result.states == []
    assert len(result.rejects) == 1
    assert contact(sandbox, second["id"])["role"] != "After"


def test_what_was_rejected_can_be_mended_and_sent_again(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    wrong = [{"id": contact_id, "endDate": "soon"}, {**new(sandbox, 77), "gender": "f"}, {"id": "nobody", "role": "x"}]
    load(sandbox, tmp_path, messages(wrong))
    mended = (tmp_path / "rejects.jsonl").read_text().replace("soon", "2024-05-31").replace('"f"', '"female"')
    (tmp_path / "rejects.jsonl").unlink()
    result = load(sandbox, tmp_path, mended)
    assert (result.status, result.counts) == (1, {"created": 1, "updated": 1, "rejected": 1})
    assert contact(sandbox, contact_id)["endDate"].startswith("2024-05-31T00:00:00")
    assert created(sandbox).count("Number 77") == 1


def test_the_rejects_file_is_not_read_while_it_is_written(sandbox: Sandbox, tmp_path: Path) -> None:
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
def test_401_and_403_stop_at_once(
    sandbox: Sandbox, tmp_path: Path, settings_: Record, key: str | None, line: str
) -> None:
    sandbox.settings(**settings_)
    contacts = [{"id": each, "role": "x"} for each in ids(sandbox, 100)]
    result = load(sandbox, tmp_path, messages(contacts), **({"api_key": key} if key else {}))
    assert result.status == 1
    assert line in result.last_line
    assert "The run ended before all records were processed: 0 created, 0 updated" in result.stderr
    assert result.states == []
    assert not result.rejects
    assert len(sandbox.requests()) <= 4  # what was in flight


def test_a_dry_run_sends_nothing_and_keeps_no_state(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    records = [{"id": contact_id, "role": "x"}, new(sandbox), {"id": contact_id}]
    result = load(sandbox, tmp_path, messages(records), dry_run=True)
    assert result.status == 0
    assert "Dry run, nothing was sent: 1 created, 1 updated, 1 unchanged, 0 rejected" in result.stderr
    assert sandbox.requests() == []
    assert result.states == []
    again = load(sandbox, tmp_path, messages(records))
    assert again.counts == {"created": 1, "updated": 1, "unchanged": 1}


def test_nothing_to_do_is_done_well(sandbox: Sandbox, tmp_path: Path) -> None:
    result = load(sandbox, tmp_path, "")
    assert (result.status, result.counts) == (0, {})
    assert not (tmp_path / "outcomes.jsonl").exists()


def test_a_second_target_does_not_write_to_the_same_files(sandbox: Sandbox, tmp_path: Path) -> None:
    with Path(tmp_path / "outcomes.jsonl").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        result = load(sandbox, tmp_path, messages([]))
    assert result.status == 1
    assert "outcomes_path: another target-spott process is writing to outcomes.jsonl" in result.last_line


# Names of streams


def test_contact_streams_says_which_streams_are_contacts(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    sent = messages([{"id": contact_id, "role": "Mapped"}], stream="crm-leavers")
    refused = load(sandbox, tmp_path, sent)
    assert refused.status == 1
    assert refused.last_line.endswith(
        "contact_streams: the stream 'crm-leavers' is not listed; "
        "add it if its records are client contacts, or deselect it in the tap"
    )
    assert sandbox.requests() == []
    assert load(sandbox, tmp_path, sent, contact_streams=["crm-leavers"]).counts == {"updated": 1}
    assert contact(sandbox, contact_id)["role"] == "Mapped"


def test_stream_maps_rename_columns(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    sent = messages([{"spott_id": contact_id, "title": "Renamed"}], stream="people", keys=["spott_id"])
    sent[0]["schema"]["properties"] = {"spott_id": {"type": "string"}, "title": {"type": "string"}}
    mapping = {"people": {"id": "spott_id", "role": "title", "__key_properties__": ["id"], "__else__": None}}
    result = load(sandbox, tmp_path, sent, contact_streams=["people"], stream_maps=mapping)
    assert (result.status, result.counts) == (0, {"updated": 1}), result.stderr
    assert contact(sandbox, contact_id)["role"] == "Renamed"


def test_activate_version_deletes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    before = len(sandbox.records("client_contacts"))
    sent = messages([])
    sent.append({"type": "ACTIVATE_VERSION", "stream": "client_contacts", "version": 1})
    assert load(sandbox, tmp_path, sent).status == 0
    assert len(sandbox.records("client_contacts")) == before


# Order and speed


def test_changes_of_one_contact_are_sent_in_their_order_and_others_side_by_side(
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


def test_a_state_is_written_once_all_before_it_is_confirmed_and_soon(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(latency=0.02)
    sent = messages([])[:1]
    for number, each in enumerate(ids(sandbox, 100), 1):
        sent += [*messages([{"id": each, "role": "Seen"}])[1:2], {"type": "STATE", "value": {"done": number}}]
    result = load(sandbox, tmp_path, sent, concurrency=1)
    assert result.states[-1] == {"done": 100}
    assert len(result.states) > 20
    assert [state["done"] for state in result.states] == sorted(state["done"] for state in result.states)


# Privacy


def test_neither_the_key_nor_anything_personal_reaches_the_log(sandbox: Sandbox, tmp_path: Path) -> None:
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
