"""Each property of the schemas states its kind of personal data, and records are treated accordingly."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spott_singer.pseudonyms import pseudonym
from tap_spott.records.personal_data import ANNOTATION, PersonalDataPolicy, RecordPseudonymizer, kinds_of
from tap_spott.tap import TapSpott
from tests.support.tap import KEYS, discovered_catalog

Json = Any
SCHEMAS: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in (Path(__file__).parents[3] / "tap_spott/streams/schemas").glob("*.json")
}
PEOPLE = ("name", "email", "phone", "address", "geolocation", "birth_date", "image_or_profile_url")
STAFF = ("staff_name", "staff_email", "staff_image_or_profile_url")
KINDS = {*PEOPLE, *STAFF, "free_text", "demographic", "pay", "none"}
KEY = "k" * 32


def properties(schema: dict[str, Any], path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each property that has no properties of its own, with its path."""
    for name, field in schema["properties"].items():
        inner = field.get("items", field)
        if "properties" in inner:
            yield from properties(inner, f"{path}{name}.")
        else:
            yield path + name, field


def kinds(annotation: Json) -> Iterator[str]:
    if isinstance(annotation, dict):
        for inner in annotation.values():
            yield from kinds(inner)
    else:
        yield annotation


@pytest.mark.parametrize("stream", SCHEMAS)
def test_each_property_has_a_known_kind(stream: str) -> None:
    for path, field in properties(SCHEMAS[stream]):
        assert ANNOTATION in field, f"{path} is not classified"
        assert set(kinds(field[ANNOTATION])) <= KINDS, path
        is_open = field.get("additionalProperties") or field.get("items", {}).get("additionalProperties")
        assert is_open or isinstance(field[ANNOTATION], str), f"{path} has no documented fields to list"
        assert not is_open or field[ANNOTATION] != "none", f"{path} could hold anything"


@pytest.mark.parametrize("stream", SCHEMAS)
def test_keys_are_not_personal_and_other_personal_data_is_nullable(stream: str) -> None:
    for path, field in properties(SCHEMAS[stream]):
        if path in KEYS[stream] or path.endswith(("syncedAt", "Id", ".id")):
            assert field[ANNOTATION] == "none", path
        elif field[ANNOTATION] != "none":
            assert "null" in field["type"], path


@pytest.mark.parametrize("stream", SCHEMAS)
def test_catalog_has_the_kinds_of_each_property(stream: str) -> None:
    (entry,) = [entry for entry in json.loads(discovered_catalog())["streams"] if entry["tap_stream_id"] == stream]
    assert ANNOTATION not in json.dumps(entry["schema"])
    for part in entry["metadata"]:
        schema: Json = SCHEMAS[stream]
        for name in part["breadcrumb"]:
            schema = schema[name]
        fields = properties(schema.get("items", schema)) if "properties" in schema.get("items", schema) else ()
        found = {kind for field in [schema, *dict(fields).values()] for kind in kinds(field.get(ANNOTATION, "none"))}
        assert set(part["metadata"]["personal-data"]) == found - {"none"} == kinds_of(schema)


def settings(mode: str, **changes: object) -> dict[str, Any]:
    return {"api_key": "none", "personal_data": mode, "pseudonym_key": KEY, **changes}


def treated(stream: str, record: dict[str, Any], mode: str = "pseudonymize", **changes: object) -> dict[str, Any]:
    """Return a record of a stream as the tap transforms it, without nulls."""
    made: Json = TapSpott(config=settings(mode, **changes), parse_env_config=False).streams[stream]
    return {name: value for name, value in made.transform(record).items() if value is not None}


def token(kind: str, value: str) -> str:
    return pseudonym(KEY.encode(), kind, value)


ADDRESS = {"street1": "1 High Street", "city": "Ghent", "country": "Belgium", "latitude": 51.0, "what3words": "a.b.c"}
NULL_ADDRESS = {"street1": None, "latitude": None, "what3words": None}
CANDIDATE = {
    "id": "c1",
    "name": {"viewType": "candidateName", "firstName": "Ann", "lastName": "Lee", "nickname": "Annie"},
    "gender": {"gender": "female"},
    "emails": {"emails": [{"email": "ann@example.com", "isPrimary": True}]},
    "phoneNumbers": {"phoneNumbers": [{"phoneNumber": "+32 475"}]},
    "dateOfBirth": {"dateOfBirth": "1985-03-12T00:00:00.000Z"},
    "locations": {"locations": [ADDRESS]},
    "compensation": {"compensation": {"id": "p1", "baseCompensation": 50000}},
    "socialMedia": {"socialMedia": [{"url": "https://x.com/ann", "type": "TWITTER"}]},
    "mainContact": {"user": {"userId": "u1", "name": "Olivia", "email": "olivia@agency.example"}},
    "hobbies": "chess",
}


def test_pseudonymize_replaces_coarsens_and_nulls() -> None:
    assert treated("candidates", dict(CANDIDATE)) == {
        "id": "c1",
        "name": {"firstName": token("name", "Ann"), "lastName": token("name", "Lee"), "nickname": None},
        "emails": [{"email": token("email", "ann@example.com"), "isPrimary": True}],
        "phoneNumbers": [{"phoneNumber": token("phone", "+32 475")}],
        "dateOfBirth": "1985-01-01T00:00:00Z",
        "locations": [ADDRESS | NULL_ADDRESS],
        "compensation": {"id": "p1", "baseCompensation": None},
        "socialMedia": [{"url": None, "type": "TWITTER"}],
        "mainContact": {"user": {"userId": "u1", "name": "Olivia", "email": "olivia@agency.example"}},
    }


def test_remove_nulls_all_personal_data() -> None:
    assert treated("candidates", dict(CANDIDATE), "remove", pseudonymize_staff=True) == {
        "id": "c1",
        "name": {"firstName": None, "lastName": None, "nickname": None},
        "emails": [{"email": None, "isPrimary": True}],
        "phoneNumbers": [{"phoneNumber": None}],
        "locations": [dict.fromkeys(ADDRESS)],
        "compensation": {"id": "p1", "baseCompensation": None},
        "socialMedia": [{"url": None, "type": "TWITTER"}],
        "mainContact": {"user": {"userId": "u1", "name": None, "email": None}},
    }


def test_staff_are_pseudonymized_on_request() -> None:
    user = {"id": "u1", "name": "Olivia Bennett", "email": "o@agency.example", "avatarUrl": "https://x/o.png"}
    assert treated("users", dict(user)) == {"userId": "u1"} | {k: v for k, v in user.items() if k != "id"}
    tokens = {"name": token("name", "Olivia Bennett"), "email": token("email", "o@agency.example")}
    assert treated("users", dict(user), pseudonymize_staff=True) == {"userId": "u1", **tokens}


def attributes() -> list[dict[str, Any]]:
    return [
        {"attributeDefinitionId": "d1", "label": "Notice", "value": {"viewType": "customText", "text": "two weeks"}},
        {"attributeDefinitionId": "d2", "label": "Notice", "value": {"text": "secret"}, "options": ["secret"]},
        {"label": "No definition", "value": {"text": "secret"}},
    ]


def test_only_public_attributes_keep_their_values() -> None:
    record: dict[str, Any] = {"id": "c1", "customAttributes": attributes()}
    assert treated("client_contacts", record, public_attributes=["d1"]) == {
        "id": "c1",
        "customAttributes": [
            attributes()[0],
            {"attributeDefinitionId": "d2", "label": None, "value": None, "options": None},
            {"label": None, "value": None},
        ],
        "customAttributeValues": {"Notice": "two weeks"},
    }
    record = {"id": "c1", "customAttributes": {"customAttributes": attributes()}}
    assert treated("candidates", record, "remove", public_attributes=["d1"]) == {
        "id": "c1",
        "customAttributeValues": {"Notice": "two weeks"},
    }
    assert "customAttributeValues" not in treated("client_contacts", {"id": "c", "customAttributes": attributes()})


def test_open_objects_keep_documented_fields_only() -> None:
    link = {"id": "l1", "noteId": "n1", "candidate": {"id": "c1", "firstName": "Ann", "nickname": "Annie"}, "x": "y"}
    assert treated("notes", {"id": "n1", "links": [link, "junk"]})["links"] == [
        {"id": "l1", "noteId": "n1", "candidate": {"id": "c1", "firstName": token("name", "Ann")}}
    ]
    metadata = {"type": "GENERIC_TASK", "outreachSequenceName": "Top people", "outreachSequenceId": {"of": "Ann"}}
    nulls = {"outreachSequenceName": None, "outreachSequenceId": None}
    assert treated("tasks", {"id": "t1", "metadata": metadata})["metadata"] == metadata | nulls


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param({"firstName": 7}, {"firstName": token("name", "7")}, id="number"),
        pytest.param({"firstName": {"of": "Ann"}}, {"firstName": None}, id="object"),
        pytest.param({"firstName": ["Ann"]}, {"firstName": None}, id="list"),
        pytest.param({"firstName": " "}, {"firstName": ""}, id="blank"),
        pytest.param({"active": {"of": "Ann"}}, {"active": None}, id="object in a plain field"),
        pytest.param({"stage": "Ann"}, {}, id="text in place of an object"),
        pytest.param({"stage": ["Ann", None]}, {"stage": []}, id="list in place of an object"),
        pytest.param(
            {"locations": {"city": ["Ghent", {"of": "Ann"}]}}, {"locations": {"city": ["Ghent"]}}, id="nested"
        ),
    ],
)
def test_values_of_the_wrong_type_do_not_pass(value: dict[str, Any], expected: dict[str, Any]) -> None:
    schema = SCHEMAS["client_contacts"]
    policy = PersonalDataPolicy.from_config(settings("pseudonymize"))
    assert policy
    found = RecordPseudonymizer(schema, policy)(value)
    assert {name: item for name, item in found.items() if item is not None or name in expected} == expected


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("1985-12-31T23:00:00-02:00", "1986-01-01T00:00:00Z"),
        ("0985-03-12", "0985-01-01T00:00:00Z"),
        *((wrong, None) for wrong in ("", "31/12/1985, soon", 1985, {"year": 1985}, ["1985"])),
    ],
)
def test_birth_date_keeps_only_its_year(date: Json, expected: str | None) -> None:
    assert treated("candidates", {"id": "c", "dateOfBirth": date}).get("dateOfBirth") == expected


@pytest.mark.parametrize("mode", ["pseudonymize", "remove"])
def test_key_of_a_definition_without_id_does_not_show_its_label(mode: str) -> None:
    labels = ("Health", "Religion")
    made = [treated("attribute_definitions", {"label": label, "viewType": "customText"}, mode) for label in labels]
    assert [record["key"].split("_label_")[0] for record in made] == ["customText spott_pseudonym"] * 2
    assert made[0]["key"] != made[1]["key"]
    assert treated("attribute_definitions", {"viewType": "candidateName"}, mode)["key"] == "candidateName"


def fingerprint(**changes: object) -> str:
    policy = PersonalDataPolicy.from_config(settings("pseudonymize") | changes)
    assert policy
    return policy.fingerprint


def test_fingerprint_depends_on_each_setting_and_hides_the_key() -> None:
    changes: list[dict[str, object]] = [
        {},
        {"pseudonym_key": "l" * 32},
        {"personal_data": "remove"},
        {"pseudonymize_staff": True},
        {"public_attributes": ["d1"]},
    ]
    assert len({fingerprint(**change) for change in changes}) == len(changes)
    assert fingerprint(public_attributes=["d1", "d2"]) == fingerprint(public_attributes=["d2", "d1"])
    assert KEY not in fingerprint()
    assert PersonalDataPolicy.from_config(settings("keep")) is None
