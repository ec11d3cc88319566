"""Test creating and updating client contacts, and that lists and details reflect it."""

import pytest

from spott_sandbox import Sandbox
from tests.sandbox.client import CONTACTS, Record, read_all, send


def test_update_changes_only_sent_fields(sandbox: Sandbox) -> None:
    before = sandbox.records("client_contacts")[0]
    contact_id, candidate_id = before["record"]["id"], before["record"]["candidateId"]
    body = {
        "role": None,
        "lastName": "Renamed",
        "emails": [{"email": "a@example.com"}],
        "startDate": "2024-01-01T00:00Z",
    }
    response = send(sandbox, f"{CONTACTS}/{contact_id}", "PATCH", json=body | {"nonsense": 1})
    assert (response.status_code, response.content) == (200, b"")
    after = next(item for item in sandbox.records("client_contacts") if item["record"]["id"] == contact_id)
    assert after["watermark"] > before["watermark"]
    changed = {key for key, value in after["record"].items() if value != before["record"][key]}
    assert changed - {"role"} == {"lastName", "startDate", "modifiedAt"}
    assert after["record"]["role"] is None
    overview = send(sandbox, f"{CONTACTS}/{candidate_id}").json()
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
def test_invalid_updates_are_rejected(sandbox: Sandbox, body: object, message: str) -> None:
    items = sandbox.records("client_contacts")
    response = send(sandbox, f"{CONTACTS}/{items[0]['record']['id']}", "PATCH", json=body)
    assert response.status_code == 400
    assert message in response.json()["message"]
    assert sandbox.records("client_contacts") == items


def test_created_contact_can_be_read(sandbox: Sandbox) -> None:
    body = {
        "firstName": "Ada",
        "lastName": "L",
        "nationality": ["British"],
        "emails": [{"email": "a@example.com"}],
    }
    client_id = sandbox.directory()["clients"][0]["id"]
    response = send(sandbox, f"{CONTACTS}/{client_id}", "POST", json=body)
    assert response.status_code == 200
    record = next(record for record in read_all(sandbox, limit=50) if record["id"] == response.json()["id"])
    assert record["client"]["company"]["id"] == sandbox.directory()["clients"][0]["company"]["id"] != client_id
    overview = send(sandbox, f"{CONTACTS}/{record['candidateId']}").json()
    assert overview["firstName"] == "Ada"
    assert overview["clientContacts"][0]["emailAddresses"][0]["email"] == "a@example.com"
    candidate = send(sandbox, f"/candidates/{record['candidateId']}").json()
    assert candidate["name"]["firstName"] == "Ada"
    assert candidate["nationality"]["nationality"] == ["British"]
    company_id = record["client"]["company"]["id"]
    assert send(sandbox, f"{CONTACTS}/{company_id}", "POST", json=body).status_code == 404


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
def test_invalid_creations_are_rejected(sandbox: Sandbox, change: Record) -> None:
    body = {"firstName": "Ada", "lastName": "L"} | change
    assert send(sandbox, f"{CONTACTS}/{sandbox.directory()['clients'][0]['id']}", "POST", json=body).status_code == 400
