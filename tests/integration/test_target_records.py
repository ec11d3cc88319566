"""Updates and creates reach Spott with every documented field, and nothing else changes there."""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from spott_sandbox import Sandbox
from tests.support.tap import Record, select, settings, sync
from tests.support.target import Result, addresses_of, client_id, contact, created, ids, load_here, messages, new

DATES = {"startDate", "endDate", "dateOfBirth"}


def with_datetimes(record: Record) -> Record:
    """Return a record with datetimes in place of strings, which differ in their notation."""
    return {k: datetime.fromisoformat(v) if v and k in DATES else v for k, v in record.items()}


def only(names: Iterable[str], record: Record) -> Record:
    """Return these fields of a record."""
    return {name: record[name] for name in names}


def by_id(sandbox: Sandbox) -> dict[str, Record]:
    """Return Spott's contacts by id, without `modifiedAt`, and with the ids of nested objects only."""
    records = [with_datetimes(item["record"]) for item in sandbox.records("client_contacts")]
    inside = ("mainContact", "stage")
    return {r["id"]: r | {"modifiedAt": None, **{name: r[name] and r[name]["id"] for name in inside}} for r in records}


# Updates

UPDATE = {
    "role": "Head of Finance",
    "department": "Finance",
    "firstName": "Zoë",
    "lastName": "O'Neill-Müller",
    "emails": [{"email": "zoe@client.example", "isPrimary": True}],
    "phoneNumbers": [{"phoneNumber": "+31 20 555 0100", "isPrimary": True}],
    "startDate": "2024-02-29T10:00:00.5Z",
    "endDate": "2024-12-31T00:00:00Z",
}


def test_an_update_sends_every_documented_field(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    directory = sandbox.directory()
    user, stage = directory["users"][1], directory["contact_stages"][1]
    record = {"id": contact_id, **UPDATE, "mainContactId": user["id"], "stageId": stage["id"]}
    result = load_here(sandbox, tmp_path, messages([record]))
    assert (result.status, result.counts) == (0, {"updated": 1})
    after = contact(sandbox, contact_id)
    shown = UPDATE.keys() & after.keys()
    assert with_datetimes(only(shown, after)) == with_datetimes(only(shown, UPDATE))
    assert (after["mainContact"]["id"], after["stage"]["id"]) == (user["id"], stage["id"])
    assert addresses_of(sandbox, contact_id, "emailAddresses")[0]["email"] == "zoe@client.example"
    assert addresses_of(sandbox, contact_id, "phoneNumbers")[0]["phoneNumber"] == "+31 20 555 0100"
    assert result.outcomes == [{"operation": "updated", "id": contact_id, "record": {"id": contact_id}}]
    assert not (tmp_path / "rejects.jsonl").exists()


def test_an_update_leaves_fields_that_the_record_lacks(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    before = contact(sandbox, contact_id)
    assert load_here(sandbox, tmp_path, messages([{"id": contact_id, "role": None}])).counts == {"updated": 1}
    after = contact(sandbox, contact_id)
    assert after == {**before, "role": None, "modifiedAt": after["modifiedAt"]}


def test_an_update_without_fields_is_unchanged_and_not_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    result = load_here(sandbox, tmp_path, messages([{"id": contact_id, "createdAt": "2024-01-01T00:00:00Z"}]))
    assert (result.status, result.counts) == (0, {"unchanged": 1})
    assert sandbox.requests() == []
    assert result.states == [{"records": 1}]


def test_rows_of_the_tap_can_be_written_back_and_change_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    before = by_id(sandbox)
    result = load_here(sandbox, tmp_path, sync(settings(sandbox), catalog=select("client_contacts")).messages)
    assert (result.status, result.counts) == (0, {"updated": len(before)})
    assert by_id(sandbox) == before
    (line,) = [line for line in result.stderr.splitlines() if "Ignored" in line]
    assert "candidateId, client, createdAt, customAttributeValues, customAttributes" in line


def test_pseudonymized_rows_are_rejected(sandbox: Sandbox, tmp_path: Path) -> None:
    before = by_id(sandbox)
    config = settings(sandbox, personal_data="pseudonymize", pseudonym_key="k" * 32)
    output = sync(config, catalog=select("client_contacts"))
    sandbox.clear_requests()
    result = load_here(sandbox, tmp_path, output.messages)
    assert (result.status, result.counts) == (1, {"rejected": len(before)})
    assert not sandbox.requests()
    for reason in result.reasons:
        assert "Name: contains a pseudonym of tap-spott, not the person's data; send the real value" in reason


# Creates

CREATE = {
    "firstName": "Ada",
    "lastName": "Lovelace",
    "gender": "female",
    "nationality": ["British"],
    "status": ["do_not_poach"],
    "acquisitionSource": "inbound_vacancy_portal",
    "role": "Analyst",
    "department": "Engines",
    "startDate": "2024-01-01T00:00:00Z",
    "endDate": "2024-06-30T00:00:00Z",
    "keepShowingAsCandidate": True,
    "avatarUrl": "https://client.example/ada.png",
    "emails": [{"purpose": "work", "email": "ada@client.example", "isPrimary": True}],
    "phoneNumbers": [{"purpose": "work", "phoneNumber": "+44 20 7946 0000", "isPrimary": True}],
    "locations": [{"type": "primary_home", "city": "London", "latitude": 51.5}],
    "dateOfBirth": "1990-12-10T00:00:00Z",
    "socialMedia": [{"url": "https://example.com/ada", "type": "LINKEDIN", "isPrimary": True}],
    "education": [{"degree": "High School", "startDate": "2001-09-01T00:00:00.000Z"}],
    "workExperiences": [{"jobTitle": "Analyst", "location": {"city": "London"}}],
    "customAttributes": [
        {"attributeDefinitionId": "a1", "label": "L", "value": {"viewType": "customText", "text": "t"}}
    ],
    "languages": [{"language": "English", "fluency": "Native or bilingual proficiency"}],
    "compensation": {"currency": "GBP", "totalCompensation": 100000},
}


def test_a_create_sends_every_documented_field(sandbox: Sandbox, tmp_path: Path) -> None:
    directory = sandbox.directory()
    more = {"stageId": directory["contact_stages"][0]["id"], "mainContact": {"userId": directory["users"][0]["id"]}}
    record = {"id": None, "clientId": client_id(sandbox), "crm_row": 17, **CREATE, **more}
    result = load_here(sandbox, tmp_path, messages([record], keys=("crm_row",)))
    assert (result.status, result.counts) == (0, {"created": 1})
    outcome = result.outcomes[-1]
    assert (outcome["operation"], outcome["record"]) == ("created", {"crm_row": 17})
    made = contact(sandbox, outcome["id"])
    shown = ("firstName", "lastName", "role", "department", "startDate", "endDate", "avatarUrl", "locations")
    assert with_datetimes(only(shown, made)) == with_datetimes(only(shown, CREATE))
    assert made["mainContact"]["id"] == directory["users"][0]["id"]
    assert addresses_of(sandbox, outcome["id"], "emailAddresses") == CREATE["emails"]


def test_a_row_with_a_known_key_creates_no_second_contact(sandbox: Sandbox, tmp_path: Path) -> None:
    def send(**row: object) -> Result:
        return load_here(sandbox, tmp_path, messages([new(sandbox, 707, **row)], keys=["personId"]))

    assert send(personId="p1").counts == {"created": 1}
    assert send(personId="p1").counts == {"unchanged": 1}
    changed = send(personId="p1", role="Another")
    assert changed.counts == {"rejected": 1}
    (contact_id,) = [outcome["id"] for outcome in changed.outcomes if outcome["operation"] == "created"]
    reason = f"This record has already created contact {contact_id}; to update it, add this `id` to the record"
    assert changed.reasons == [reason]
    assert created(sandbox).count("Number 707") == 1
    assert send(personId="p2").counts == {"created": 1}
