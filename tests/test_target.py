"""What target-spott promises of records: what is sent of them, what is not, and what is said of it."""

import fcntl
import json
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from spott_sandbox import Sandbox
from target_spott.contacts import InvalidError, Source, read_change
from tests.tap import Record, settings, sync
from tests.target import Result, client_id, contact, created, ids, load, messages, new, reached


@pytest.fixture(scope="module")
def _own() -> Iterator[Sandbox]:
    with Sandbox(contacts=120, seed=6) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_own: Sandbox) -> Sandbox:
    """A sandbox with default settings, which only this file changes."""
    _own.settings(**dict.fromkeys(_own.settings()))
    _own.clear_requests()
    return _own


def body(record: Record) -> Record:
    """Return what is sent for a record."""
    change, _ = read_change(Source("client_contacts", ["id"], record))
    return change.body


def problems(record: Record) -> str:
    """Return why a record can't be sent."""
    with pytest.raises(InvalidError) as error:
        read_change(Source("client_contacts", ["id"], record))
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
    assert line.endswith("Ignored, since Spott takes no such fields: clientId, colour, e-mail, gender")
    assert "a@b.c" not in result.stderr


def test_a_slip_of_the_pen_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    result = load(sandbox, tmp_path, messages([{"id": contact_id, "enddate": "2024-01-01"}]))
    assert "enddate (did you mean endDate?)" in result.stderr
    assert result.counts == {"unchanged": 1}


@pytest.mark.parametrize("name", ["firstName", "lastName", "emails", "phoneNumbers", "stageId", "startDate", "endDate"])
def test_a_null_where_the_page_of_updates_allows_none_is_an_error(name: str) -> None:
    reason = problems({"id": "c1", name: None})
    assert reason == f"{name}: null is not allowed; leave the field out to leave it as it is"


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
        return load(sandbox, tmp_path, messages([new(sandbox, 7, **row)], keys=["personId"]))

    assert send(personId="p1").counts == {"created": 1}
    assert send(personId="p1").counts == {"unchanged": 1}
    changed = send(personId="p1", role="Another")
    assert changed.counts == {"rejected": 1}
    (contact_id,) = [outcome["id"] for outcome in changed.outcomes if outcome["operation"] == "created"]
    reason = f"This record has already created {contact_id}; to update that contact, give the record this `id`"
    assert changed.reasons == [reason]
    assert created(sandbox).count("Number 7") == 1
    assert send(personId="p2").counts == {"created": 1}


def test_columns_that_are_null_are_left_out_of_a_creation() -> None:
    empty = dict.fromkeys(set(CREATE) | {"id", "stageId", "mainContactId", "stage", "mainContact"})
    name = {"firstName": "A", "lastName": "B"}
    assert body({**empty, **name, "clientId": "k1"}) == name | dict.fromkeys(("gender", "avatarUrl", "dateOfBirth"))


# Validation, before anything is sent


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"clientId": None}, "clientId: a record without `id` creates a contact, which needs the `clientId`"),
        ({"clientId": "a@b.example"}, "clientId: this is no id of Spott's"),
        ({"clientId": "../x"}, "clientId: this is no id of Spott's"),
        ({"clientId": 7}, "clientId: this is no id of Spott's"),
        ({"firstName": None}, "firstName: this is required to create a contact"),
        ({"firstName": ""}, "firstName: at least one character is wanted"),
        ({"lastName": 5}, "lastName: text is wanted, not a number"),
        ({"gender": "Female"}, "gender: 'Female' is not allowed; the nearest allowed value is 'female'"),
        ({"nationality": ["Dutsh"]}, "nationality[0]: 'Dutsh' is not allowed; the nearest allowed value is 'Dutch'"),
        ({"nationality": "Dutch"}, "nationality: a list is wanted, not text"),
        ({"status": ["looking actively"]}, "the nearest allowed value is 'actively_looking'"),
        ({"acquisitionSource": "linkedin"}, "the nearest allowed value is 'chrome_extension_linkedin'"),
        ({"emails": [{"email": "no address"}]}, "emails[0].email: 'no address' is no e-mail address"),
        ({"emails": [{"email": "a@b"}]}, "emails[0].email: 'a@b' is no e-mail address"),
        ({"emails": [{"isPrimary": True}]}, "emails[0].email: this is required"),
        ({"emails": [{"email": f"{n}@b.example", "isPrimary": True} for n in "ab"]}, "emails: only one may be primary"),
        (
            {"phoneNumbers": [{"phoneNumber": str(n), "isPrimary": True} for n in "12"]},
            "phoneNumbers: only one may be primary",
        ),
        ({"phoneNumbers": [{"phoneNumber": 31205550100}]}, "phoneNumbers[0].phoneNumber: text is wanted, not a number"),
        ({"endDate": "soon"}, "endDate: 'soon' is no date-time; it looks like 2024-01-31T00:00:00Z"),
        ({"startDate": "2023-02-29"}, "startDate: '2023-02-29' is no date-time"),
        ({"keepShowingAsCandidate": "yes"}, "keepShowingAsCandidate: true or false is wanted, not text"),
        ({"locations": [{"latitude": "north"}]}, "locations[0].latitude: a number is wanted, not text"),
        ({"_sdc_deleted_at": "2024-01-01"}, "_sdc_deleted_at: Spott's API deletes nothing"),
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
    assert result.reasons == ["role: not as the SCHEMA message says: 7 is not of type 'string'"]


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
    assert reject["reason"].startswith("PATCH /clients/contacts/nobody: Spott knows no client contact with this `id`")
    assert [contact(sandbox, each)["role"] for each in ids(sandbox, 2)] == ["First", "Second"]


def test_on_error_stop_ends_the_run_at_the_first(sandbox: Sandbox, tmp_path: Path) -> None:
    first, wrong, second = bad_and_good(sandbox)
    records = [{**first, "role": "Before"}, wrong, *[{**second, "role": "After"}] * 300]
    result = load(sandbox, tmp_path, messages(records), on_error="stop", concurrency=1)
    assert result.status == 1
    assert "on_error is `stop`: PATCH /clients/contacts/nobody" in result.last_line
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
    assert "rejects_path: this file is also the input, which would never end" in result.last_line


# Ends


@pytest.mark.parametrize(
    ("settings_", "key", "line"),
    [
        ({}, "wrong", "Spott rejected the API key (401, request req-"),
        ({"forbidden": ["/clients/contacts/"]}, None, "Spott does not let this API key PATCH /clients/contacts/"),
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
    assert "Not all records were dealt with. 0 created, 0 updated" in result.stderr
    assert result.states == []
    assert not result.rejects
    assert len(sandbox.requests()) <= 4  # what was in flight


def test_a_dry_run_sends_nothing_and_keeps_no_state(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    records = [{"id": contact_id, "role": "x"}, new(sandbox), {"id": contact_id}]
    result = load(sandbox, tmp_path, messages(records), dry_run=True)
    assert result.status == 0
    assert "Dry run, nothing was sent; it would be: 1 created, 1 updated, 1 unchanged, 0 rejected" in result.stderr
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
    assert "outcomes_path: another target-spott is writing to outcomes.jsonl" in result.last_line


# Names of streams


def test_contact_streams_says_which_streams_are_contacts(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    sent = messages([{"id": contact_id, "role": "Mapped"}], stream="crm-leavers")
    refused = load(sandbox, tmp_path, sent)
    assert refused.status == 1
    assert refused.last_line.endswith(
        "The stream 'crm-leavers' is not among contact_streams. "
        "Add it there if its records are client contacts, else deselect it in the tap."
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
