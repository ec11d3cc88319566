"""A record becomes the request that Spott's documentation describes, or a list of everything that is wrong with it."""

import json
import re
from datetime import datetime

import pytest

from spott_singer.pseudonyms import pseudonym
from target_spott.fields import CREATE_FIELDS
from target_spott.operations import InvalidRecordError, SourceRecord, operation_for
from tests.support.tap import Record

NAME = {"firstName": "A", "lastName": "B"}


def body(record: Record) -> Record:
    """Return the request body for a record."""
    operation, _ = operation_for(SourceRecord("client_contacts", ["id"], record))
    return operation.body


def errors(record: Record) -> str:
    """Return the errors of an invalid record."""
    with pytest.raises(InvalidRecordError) as error:
        operation_for(SourceRecord("client_contacts", ["id"], record))
    return str(error.value)


def test_an_update_has_only_documented_fields_and_names_the_others() -> None:
    record = {"id": "c1", "role": "CFO", "gender": "male", "clientId": "x", "colour": "red"}
    operation, ignored = operation_for(SourceRecord("client_contacts", ["id"], record))
    assert (operation.contact_id, operation.client_id, operation.body) == ("c1", None, {"role": "CFO"})
    assert ignored == {"gender", "clientId", "colour"}


TOKEN = pseudonym(b"k" * 32, "email", "ann@example.com")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("firstName", TOKEN, id="text"),
        pytest.param("lastName", f"Dr. {TOKEN.upper()} Jr.", id="part of a text, in capitals"),
        pytest.param("emails", [{"email": TOKEN, "isPrimary": True}], id="list"),
        pytest.param("phoneNumbers", json.dumps([{"phoneNumber": TOKEN}]), id="JSON"),
        pytest.param("mainContact", {"id": "u1", "name": {"of": TOKEN}}, id="nested"),
        pytest.param("colour", {TOKEN: 1}, id="name of a field in a field that is ignored"),
        pytest.param("id", TOKEN, id="id"),
    ],
)
def test_a_pseudonym_anywhere_is_invalid(name: str, value: object) -> None:
    reason = f"{name}: contains a pseudonym of tap-spott, not the person's data; send the real value"
    assert reason in errors({"id": "c1", "role": "CFO", name: value})
    assert reason in errors({"clientId": "x", **NAME, name: value})


@pytest.mark.parametrize("name", ["firstName", "lastName", "emails", "phoneNumbers", "stageId", "startDate", "endDate"])
def test_null_is_invalid_in_an_update_where_it_is_not_documented(name: str) -> None:
    reason = errors({"id": "c1", name: None})
    assert reason == f"{name}: null is not allowed; omit the field to keep its value in Spott"


@pytest.mark.parametrize("name", ["role", "department"])
def test_null_clears_a_field_in_an_update_where_it_is_documented(name: str) -> None:
    assert body({"id": "c1", name: None}) == {name: None}


def test_nulls_of_an_unchanged_row_of_the_tap_are_left_out() -> None:
    row = {"id": "c1", "candidateId": "d1", "createdAt": "x", "modifiedAt": "x", "role": None, "endDate": None}
    operation, ignored = operation_for(SourceRecord("client_contacts", ["id"], row))
    assert operation.body == {"role": None}
    assert ignored == {"candidateId", "createdAt", "modifiedAt", "endDate (null)"}


def test_ids_in_nested_objects_become_documented_fields() -> None:
    nested = {"mainContact": {"id": "u1", "name": "x"}, "stage": json.dumps({"id": "s1"})}
    as_in_details = {"mainContact": {"userId": "u2"}, "stage": None}
    assert body({"id": "c1", **nested}) == {"mainContactId": "u1", "stageId": "s1"}
    assert body({"id": "c1", **as_in_details}) == {"mainContactId": "u2"}
    given = {"mainContactId": "u3", "stageId": "s3"}
    assert body({"id": "c1", **nested, **given}) == given
    assert body({"clientId": "k1", **NAME, **nested}) == {**NAME, "mainContact": {"userId": "u1"}, "stageId": "s1"}


def test_null_columns_are_left_out_of_a_create() -> None:
    empty = dict.fromkeys({*CREATE_FIELDS, "id", "stageId", "mainContactId", "stage", "mainContact"})
    nullable = dict.fromkeys(("gender", "avatarUrl", "dateOfBirth"))
    assert body({**empty, **NAME, "clientId": "k1"}) == NAME | nullable


def test_operations_on_one_contact_share_an_ordering_key() -> None:
    first, _ = operation_for(SourceRecord("client_contacts", ["id"], {"id": "c1", "role": "CFO"}))
    second, _ = operation_for(SourceRecord("leavers", ["id"], {"id": "c1", "role": "CEO"}))
    other, _ = operation_for(SourceRecord("client_contacts", ["id"], {"id": "c2", "role": "CFO"}))
    assert first.ordering_key == second.ordering_key != other.ordering_key


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
        ({"emails": [{"email": f"{n}@b.example", "isPrimary": True} for n in "ab"]}, "emails: only one item can be"),
        (
            {"phoneNumbers": [{"phoneNumber": str(n), "isPrimary": True} for n in "12"]},
            "phoneNumbers: only one item can be primary",
        ),
        (
            {"phoneNumbers": [{"phoneNumber": 312055501}]},
            "phoneNumbers[0].phoneNumber: expected a string, got",
        ),
        ({"endDate": "soon"}, "endDate: 'soon' is not a date-time; write it like 2024-01-31T00:00:00Z"),
        ({"startDate": "2023-02-29"}, "startDate: '2023-02-29' is not a date-time"),
        ({"keepShowingAsCandidate": "yes"}, "keepShowingAsCandidate: expected a boolean, got a string"),
        ({"locations": [{"latitude": "north"}]}, "locations[0].latitude: expected a number, got a string"),
        ({"stage": 7}, "stage: expected an object with an `id`"),
        ({"_sdc_deleted_at": "2024-01-01"}, "_sdc_deleted_at: the row is marked as deleted, but Spott's API can't"),
    ],
)
def test_an_invalid_field_is_named_with_the_reason(change: Record, reason: str) -> None:
    assert reason in errors({"clientId": "k1", **NAME, **change})


def test_all_errors_of_a_record_are_listed() -> None:
    reason = errors({"clientId": "c", "firstName": "", "gender": "m", "status": ["x"]})
    fields = [part.partition(":")[0] for part in reason.split("; ") if ": " in part]
    assert fields == ["lastName", "firstName", "gender", "status[0]"]


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
def test_timestamps_are_sent_in_the_documented_pattern(written: str, sent: str) -> None:
    date = body({"id": "c1", "endDate": written})["endDate"]
    assert PATTERN.fullmatch(date)
    assert datetime.fromisoformat(date) == datetime.fromisoformat(sent)
