"""Test changes and deletions of records, and invalid settings."""

from collections.abc import Iterator

import pytest

from spott_sandbox import Sandbox, SandboxError
from tests.sandbox.client import CONTACTS, DETAILS, LISTS, PAGINATED, UNPAGINATED, Record, records, send

WITH_WATERMARK = (
    *("client_contacts", "opportunities", "clients", "candidates", "vacancies", "applications"),
    *("placements", "notes", "meetings"),
)
MODIFIED_FIELDS = {
    "client_contacts": "modifiedAt",
    "clients": "modifiedAt",
    "candidate_attribute_definitions": "modifiedAt",
    "notes": "lastEditedAt",
}
"""The fields with a record's own modification time."""
DETAIL_OF = {
    "client_contacts": "client_contact_details",
    "opportunities": "opportunity_details",
    "clients": "client_details",
    "candidates": "candidate_details",
    "vacancies": "vacancy_details",
    "applications": "application_details",
    "placements": "placement_details",
}


def item(sandbox: Sandbox, stream: str, row_id: str) -> Record:
    return next(each for each in sandbox.records(stream) if each["id"] == row_id)


@pytest.fixture(scope="module")
def churning() -> Iterator[Sandbox]:
    with Sandbox(contacts=50, churn=1) as sandbox:
        yield sandbox


@pytest.mark.parametrize("stream", LISTS)
def test_churn_changes_records_between_requests(churning: Sandbox, stream: str) -> None:
    paths = [PAGINATED[stream]] if stream in PAGINATED else UNPAGINATED[stream]
    before = churning.records(stream)
    for path in paths * 10:
        send(churning, path)
    changed = [each for each in churning.records(stream) if each not in before]
    assert changed
    assert all(" · change " in str(each["record"]) for each in changed)


@pytest.mark.parametrize("stream", LISTS)
def test_touch_changes_list_and_detail(sandbox: Sandbox, stream: str) -> None:
    before = {each["id"]: each for each in sandbox.records(stream)}
    touched = sandbox.touch(stream, count=3)
    changed = [each for each in sandbox.records(stream) if each["id"] in touched["ids"]]
    assert len(changed) == 3
    for each in changed:
        old = before[each["id"]]
        assert each["record"] != old["record"]
        assert each["watermark"] == (touched["watermark"] if stream in WITH_WATERMARK else old["watermark"])
        if stream in MODIFIED_FIELDS:
            assert each["record"][MODIFIED_FIELDS[stream]] == touched["watermark"][:-4] + "Z"
        sent = [each["record"], *details_of(sandbox, stream, each)]
        assert all(" · change " in str(record) for record in sent)


def details_of(sandbox: Sandbox, stream: str, each: Record) -> list[Record]:
    if stream not in DETAIL_OF:
        return []
    row_id = each["record"]["candidateId"] if stream == "client_contacts" else each["id"]
    return [send(sandbox, DETAILS[DETAIL_OF[stream]].format(row_id)).json()]


@pytest.mark.parametrize("stream", LISTS)
def test_touch_sets_fields_and_watermark_and_delete_removes_record(sandbox: Sandbox, stream: str) -> None:
    old = sandbox.records(stream)[0]
    at = "2030-01-01T00:00:00.000001Z" if stream in WITH_WATERMARK else old["watermark"]
    sandbox.touch(stream, ids=[old["id"]], watermark_only=True, at=at)
    assert item(sandbox, stream, old["id"]) == {**old, "watermark": at}
    sandbox.touch(stream, ids=[old["id"]], fields={"extra": [1]}, at=at)
    assert item(sandbox, stream, old["id"])["record"]["extra"] == [1]
    sandbox.delete(stream, [old["id"]])
    assert old["id"] not in {each["id"] for each in sandbox.records(stream)}
    with pytest.raises(SandboxError, match="No such record"):
        sandbox.delete(stream, [old["id"]])


def test_contact_name_change_updates_candidate(sandbox: Sandbox) -> None:
    contact = next(each for each in sandbox.records("client_contacts") if each["record"]["candidateId"])
    candidate_id = contact["record"]["candidateId"]
    before = item(sandbox, "candidates", candidate_id)
    sandbox.touch(ids=[contact["id"]], fields={"lastName": "Renamed"})
    after = item(sandbox, "candidates", candidate_id)
    assert after["record"]["name"]["lastName"] == "Renamed"
    assert after["watermark"] > before["watermark"]
    assert item(sandbox, "client_contact_details", candidate_id)["record"]["lastName"] == "Renamed"


def test_mutations_reject_details_and_unknown_streams(sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="client_details is not a list"):
        sandbox.touch("client_details")
    with pytest.raises(SandboxError, match="No such stream: contacts"):
        sandbox.records("contacts")


def test_deleting_last_contact_removes_person(sandbox: Sandbox) -> None:
    overview = next(
        record for record in records(sandbox.records("client_contact_details")) if len(record["clientContacts"]) == 1
    )
    sandbox.delete("client_contacts", [overview["clientContacts"][0]["id"]])
    assert send(sandbox, f"{CONTACTS}/{overview['candidateId']}").status_code == 404


def test_invalid_settings_are_rejected(sandbox: Sandbox) -> None:
    before = sandbox.settings()
    for invalid in (
        {"latency": -1},
        {"faults": {"503": 2}},
        {"faults": {"nope": 1}},
        {"nope": 1},
        {"fault_paths": "("},
    ):
        with pytest.raises(SandboxError):
            sandbox.settings(**invalid)
    assert sandbox.settings() == before
    with pytest.raises(SandboxError, match="nope"):
        Sandbox(contacts=1, nope=1)
