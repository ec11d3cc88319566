"""What target-spott makes of a record: what is sent of it, what is not, and what is said to be wrong with it."""

import json
import re
from datetime import datetime
from pathlib import Path

import pytest

from spott_sandbox import Sandbox
from target_spott.operations import InvalidRecordError, SourceRecord, operation_for
from tests.support.tap import Record, settings, sync
from tests.support.target import Result, client_id, contact, created, ids, load, messages, new, reached


def body(record: Record) -> Record:
    """Return what is sent for a record."""
    change, _ = operation_for(SourceRecord("client_contacts", ["id"], record))
    return change.body


def problems(record: Record) -> str:
    """Return why a record can't be sent."""
    with pytest.raises(InvalidRecordError) as error:
        operation_for(SourceRecord("client_contacts", ["id"], record))
    return str(error.value)


DATES = {"startDate", "endDate", "dateOfBirth"}


def as_instants(record: Record) -> Record:
    """Return a record whose own times can be compared, whichever way they are written."""
    return {k: datetime.fromisoformat(v) if v and k in DATES else v for k, v in record.items()}


def by_id(sandbox: Sandbox) -> dict[str, Record]:
    """Return what Spott has, but for when it was modified, and of users and stages only the id."""
    records = [as_instants(item["record"]) for item in sandbox.records("client_contacts")]
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


def test_an_update_brings_every_documented_field(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    directory = sandbox.directory()
    user, stage = directory["users"][1], directory["contact_stages"][1]
    record = {"id": contact_id, **UPDATE, "mainContactId": user["id"], "stageId": stage["id"]}
    result = load(sandbox, tmp_path, messages([record]))
    assert (result.status, result.counts) == (0, {"updated": 1})
    after = contact(sandbox, contact_id)
    shown = UPDATE.keys() & after.keys()
    assert as_instants({name: after[name] for name in shown}) == as_instants({name: UPDATE[name] for name in shown})
    assert (after["mainContact"]["id"], after["stage"]["id"]) == (user["id"], stage["id"])
    assert reached(sandbox, contact_id, "emailAddresses")[0]["email"] == "zoe@client.example"
    assert reached(sandbox, contact_id, "phoneNumbers")[0]["phoneNumber"] == "+31 20 555 0100"
    assert result.outcomes == [{"operation": "updated", "id": contact_id, "record": {"id": contact_id}}]
    assert not (tmp_path / "rejects.jsonl").exists()


def test_an_update_sends_only_what_is_in_the_record(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    before = contact(sandbox, contact_id)
    assert load(sandbox, tmp_path, messages([{"id": contact_id, "role": None}])).counts == {"updated": 1}
    after = contact(sandbox, contact_id)
    assert after == {**before, "role": None, "modifiedAt": after["modifiedAt"]}


def test_only_what_the_page_of_updates_has_is_sent_and_the_rest_named_once(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    record = {"id": contact_id, "role": "CFO", "gender": "male", "clientId": "x", "colour": "red", "e-mail": "a@b.c"}
    result = load(sandbox, tmp_path, messages([record, record]), dry_run=True)
    assert [told["body"] for told in result.outcomes] == [{"role": "CFO"}] * 2
    (line,) = [line for line in result.stderr.splitlines() if "Ignored" in line]
    assert line.endswith("Ignored fields that Spott's API doesn't accept: clientId, colour, e-mail, gender")
    assert "a@b.c" not in result.stderr


def test_a_slip_of_the_pen_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    result = load(sandbox, tmp_path, messages([{"id": contact_id, "enddate": "2024-01-01"}]))
    assert "enddate (did you mean endDate?)" in result.stderr
    assert result.counts == {"unchanged": 1}


@pytest.mark.parametrize("name", ["firstName", "lastName", "emails", "phoneNumbers", "stageId", "startDate", "endDate"])
def test_a_null_where_the_page_of_updates_allows_none_is_an_error(name: str) -> None:
    reason = problems({"id": "c1", name: None})
    assert reason == f"{name}: null is not allowed; omit the field to keep its value in Spott"


def test_a_record_with_an_id_and_nothing_to_write_is_unchanged_and_not_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    result = load(sandbox, tmp_path, messages([{"id": contact_id, "createdAt": "2024-01-01T00:00:00Z"}]))
    assert (result.status, result.counts) == (0, {"unchanged": 1})
    assert sandbox.requests() == []
    assert result.states == [{"records": 1}]


def test_what_the_tap_has_read_is_taken_as_it_is_and_changes_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    before = by_id(sandbox)
    read = [m for m in sync(settings(sandbox)).messages if m["type"] == "STATE" or m["stream"] == "client_contacts"]
    result = load(sandbox, tmp_path, [m for m in read if m["type"] != "ACTIVATE_VERSION"])
    assert (result.status, result.counts) == (0, {"updated": len(before)})
    assert by_id(sandbox) == before
    (line,) = [line for line in result.stderr.splitlines() if "Ignored" in line]
    assert "candidateId, client, createdAt, customAttributeValues, customAttributes" in line


def test_ids_inside_objects_become_the_fields_that_the_pages_have() -> None:
    inside = {"mainContact": {"id": "u1", "name": "x"}, "stage": json.dumps({"id": "s1"})}
    as_in_details = {"mainContact": {"userId": "u2"}, "stage": None}
    assert body({"id": "c1", **inside}) == {"mainContactId": "u1", "stageId": "s1"}
    assert body({"id": "c1", **as_in_details}) == {"mainContactId": "u2"}
    given = {"mainContactId": "u3", "stageId": "s3"}
    assert body({"id": "c1", **inside, **given}) == given
    name = {"firstName": "A", "lastName": "B"}
    assert body({"clientId": "k1", **name, **inside}) == {**name, "mainContact": {"userId": "u1"}, "stageId": "s1"}


# Creations

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


def test_a_record_without_an_id_creates_with_every_documented_field(sandbox: Sandbox, tmp_path: Path) -> None:
    directory = sandbox.directory()
    more = {"stageId": directory["contact_stages"][0]["id"], "mainContact": {"userId": directory["users"][0]["id"]}}
    record = {"id": None, "clientId": client_id(sandbox), "crm_row": 17, **CREATE, **more}
    assert as_instants(body(record)) == as_instants(CREATE | more)
    result = load(sandbox, tmp_path, messages([record], keys=("crm_row",)))
    assert (result.status, result.counts) == (0, {"created": 1})
    outcome = result.outcomes[-1]
    assert (outcome["operation"], outcome["record"]) == ("created", {"crm_row": 17})
    made = contact(sandbox, outcome["id"])
    shown = ("firstName", "lastName", "role", "department", "startDate", "endDate", "avatarUrl", "locations")
    assert as_instants({name: made[name] for name in shown}) == as_instants({name: CREATE[name] for name in shown})
    assert made["mainContact"]["id"] == directory["users"][0]["id"]
    assert reached(sandbox, outcome["id"], "emailAddresses") == CREATE["emails"]


def test_a_row_is_known_again_by_its_key_and_creates_no_second_contact(sandbox: Sandbox, tmp_path: Path) -> None:
    def send(**row: object) -> Result:
        return load(sandbox, tmp_path, messages([new(sandbox, 707, **row)], keys=["personId"]))

    assert send(personId="p1").counts == {"created": 1}
    assert send(personId="p1").counts == {"unchanged": 1}
    changed = send(personId="p1", role="Another")
    assert changed.counts == {"rejected": 1}
    (contact_id,) = [outcome["id"] for outcome in changed.outcomes if outcome["operation"] == "created"]
    reason = f"This record has already created contact {contact_id}; to update it, add this `id` to the record"
    assert changed.reasons == [reason]
    assert created(sandbox).count("Number 707") == 1
    assert send(personId="p2").counts == {"created": 1}


def test_columns_that_are_null_are_left_out_of_a_creation() -> None:
    empty = dict.fromkeys(set(CREATE) | {"id", "stageId", "mainContactId", "stage", "mainContact"})
    name = {"firstName": "A", "lastName": "B"}
    assert body({**empty, **name, "clientId": "k1"}) == name | dict.fromkeys(("gender", "avatarUrl", "dateOfBirth"))


# Validation, before anything is sent


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"clientId": None}, "clientId: required to create a contact; the record has no `id`"),
        ({"clientId": "a@b.example"}, "clientId: not an id of Spott; send a string without spaces, @ or slashes"),
        ({"clientId": "../x"}, "clientId: not an id of Spott; send a string without spaces, @ or slashes"),
        ({"clientId": 7}, "clientId: not an id of Spott; send a string without spaces, @ or slashes"),
        ({"firstName": None}, "firstName: required to create a contact"),
        ({"firstName": ""}, "firstName: must not be empty"),
        ({"lastName": 5}, "lastName: expected a string, got a number"),
        ({"gender": "Female"}, "gender: 'Female' is not allowed; the closest allowed value is 'female'"),
        ({"nationality": ["Dutsh"]}, "nationality[0]: 'Dutsh' is not allowed; the closest allowed value is 'Dutch'"),
        ({"nationality": "Dutch"}, "nationality: expected an array, got a string"),
        ({"status": ["looking actively"]}, "the closest allowed value is 'actively_looking'"),
        ({"acquisitionSource": "linkedin"}, "the closest allowed value is 'chrome_extension_linkedin'"),
        ({"emails": [{"email": "no address"}]}, "emails[0].email: 'no address' is not an email address"),
        ({"emails": [{"email": "a@b"}]}, "emails[0].email: 'a@b' is not an email address"),
        ({"emails": [{"isPrimary": True}]}, "emails[0].email: required"),
        (
            {"emails": [{"email": f"{n}@b.example", "isPrimary": True} for n in "ab"]},
            "emails: only one item can be primary",
        ),
        (
            {"phoneNumbers": [{"phoneNumber": str(n), "isPrimary": True} for n in "12"]},
            "phoneNumbers: only one item can be primary",
        ),
        (
            {"phoneNumbers": [{"phoneNumber": 31205550100}]},
            "phoneNumbers[0].phoneNumber: expected a string, got a number",
        ),
        ({"endDate": "soon"}, "endDate: 'soon' is not a date-time; write it like 2024-01-31T00:00:00Z"),
        ({"startDate": "2023-02-29"}, "startDate: '2023-02-29' is not a date-time"),
        ({"keepShowingAsCandidate": "yes"}, "keepShowingAsCandidate: expected a boolean, got a string"),
        ({"locations": [{"latitude": "north"}]}, "locations[0].latitude: expected a number, got a string"),
        (
            {"_sdc_deleted_at": "2024-01-01"},
            "_sdc_deleted_at: the row is marked as deleted, but Spott's API can't",
        ),
    ],
)
def test_what_is_wrong_is_told(change: Record, reason: str) -> None:
    assert reason in problems({"clientId": "k1", "firstName": "A", "lastName": "B", **change})


def test_all_that_is_wrong_with_a_record_is_told_at_once_and_nothing_is_sent(sandbox: Sandbox, tmp_path: Path) -> None:
    result = load(sandbox, tmp_path, messages([{"clientId": "c", "firstName": "", "gender": "m", "status": ["x"]}]))
    assert (result.status, result.counts) == (1, {"rejected": 1})
    assert sandbox.requests() == []
    (reason,) = result.reasons
    assert [part.partition(":")[0] for part in reason.split("; ") if ": " in part] == [
        "lastName",
        "firstName",
        "gender",
        "status[0]",
    ]


PATTERN = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?Z")


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("2024-02-29", "2024-02-29T00:00:00Z"),
        ("2024-01-31T12:30:00", "2024-01-31T12:30:00Z"),
        ("2024-01-31T12:30:00+02:00", "2024-01-31T10:30:00Z"),
        ("2024-01-31 12:30:00.25+00", "2024-01-31T12:30:00.25Z"),
        ("2024-01-31T12:30:00Z", "2024-01-31T12:30:00Z"),
    ],
)
def test_dates_are_brought_to_the_documented_pattern(written: str, sent: str) -> None:
    date = body({"id": "c1", "endDate": written})["endDate"]
    assert PATTERN.fullmatch(date)
    assert datetime.fromisoformat(date) == datetime.fromisoformat(sent)


def test_a_record_that_breaks_its_own_schema_is_rejected(sandbox: Sandbox, tmp_path: Path) -> None:
    schema = {"properties": {"id": {"type": "string"}, "role": {"type": "string"}}}
    sent = messages([{"id": "c1", "role": 7}])
    sent[0]["schema"] = schema
    result = load(sandbox, tmp_path, sent)
    assert result.counts == {"rejected": 1}
    assert result.reasons == ["role: doesn't match the SCHEMA message: 7 is not of type 'string'"]
