"""Client contacts are created and updated as documented, and seen by the lists and details at once."""

import pytest

from spott_sandbox import Sandbox
from tests.sandbox.api import CONTACTS, Record, call, read_all


def test_update_changes_only_what_is_sent(sandbox: Sandbox) -> None:
    before = sandbox.records("client_contacts")[0]
    contact_id, candidate_id = before["record"]["id"], before["record"]["candidateId"]
    body = {
        "role": None,
        "lastName": "Renamed",
        "emails": [{"email": "a@example.com"}],
        "startDate": "2024-01-01T00:00Z",
    }
    answer = call(sandbox, f"{CONTACTS}/{contact_id}", "PATCH", json=body | {"nonsense": 1})
    assert (answer.status_code, answer.content) == (200, b"")
    after = next(item for item in sandbox.records("client_contacts") if item["record"]["id"] == contact_id)
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
    items = sandbox.records("client_contacts")
    answer = call(sandbox, f"{CONTACTS}/{items[0]['record']['id']}", "PATCH", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["message"]
    assert sandbox.records("client_contacts") == items


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
    candidate = call(sandbox, f"/candidates/{record['candidateId']}").json()
    assert candidate["name"]["firstName"] == "Ada"
    assert candidate["nationality"]["nationality"] == ["British"]
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
