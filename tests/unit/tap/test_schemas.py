"""Test the stream schemas: every column has a description and a type that warehouses can load."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tap_spott.records.conform import RecordConformer
from tap_spott.records.transform import OTHER_FIELDS, VALUES
from tap_spott.streams.base import Confidence
from tap_spott.streams.definitions import STREAMS
from tap_spott.tap import TapSpott
from tests.support.tap import discovered_catalog

Schema = dict[str, Any]
NAMES = [stream.name for stream in STREAMS]
KINDS = {"string", "number", "boolean", "object", "array"}


@pytest.fixture(scope="module")
def catalog() -> dict[str, Schema]:
    """Return the entries that `tap-spott --discover` prints, by stream."""
    return {entry["tap_stream_id"]: entry for entry in json.loads(discovered_catalog())["streams"]}


def columns(schema: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield each column with its path, including columns of nested objects and arrays."""
    for name, column in schema.get("properties", {}).items():
        yield path + name, column
        yield from columns(column, f"{path}{name}.")
        yield from columns(column.get("items", {}), f"{path}{name}[].")


def objects(schema: Schema) -> Iterator[Schema]:
    """Yield the columns of the record, of each nested object and of each array's items."""
    yield schema.get("properties", {})
    for _, column in columns(schema):
        yield column.get("properties", {})
        yield column.get("items", {}).get("properties", {})


def test_streams_and_schema_files_match(catalog: dict[str, Schema]) -> None:
    files = (Path(__file__).parents[3] / "tap_spott/streams/schemas").glob("*.json")
    assert list(catalog) == NAMES
    assert {path.stem for path in files} == set(NAMES)


@pytest.mark.parametrize("stream", NAMES)
def test_description_of_each_column_is_one_short_sentence(catalog: dict[str, Schema], stream: str) -> None:
    schema = catalog[stream]["schema"]
    for path, column in [("", schema), *columns(schema)]:
        *others, last = re.split(r"(?<=\.) ", column["description"])
        assert all(sentence.endswith(".") for sentence in (*others, last)), path
        assert all(2 < len(sentence.split()) <= 25 for sentence in (*others, last)), path
        assert not others or not path, path


@pytest.mark.parametrize("stream", NAMES)
def test_only_primary_keys_are_required_and_columns_have_one_type(catalog: dict[str, Schema], stream: str) -> None:
    entry = catalog[stream]
    keys = entry["key_properties"]
    assert keys
    for path, column in columns(entry["schema"]):
        assert column.keys() <= {"type", "format", "description", "properties", "additionalProperties", "items"}, path
        if path in keys:
            assert column["type"] == "string", path
        else:
            kind, null = column["type"]
            assert kind in KINDS, path
            assert null == "null", path
    assert set(keys) <= entry["schema"]["properties"].keys()


@pytest.mark.parametrize("stream", NAMES)
def test_objects_declare_columns_or_are_open(catalog: dict[str, Schema], stream: str) -> None:
    for path, column in columns(catalog[stream]["schema"]):
        assert ("items" in column) == ("array" in column["type"]), path
        for each in (column, column.get("items", {})):
            if "object" in each.get("type", ()):
                assert bool(each.get("properties")) != (each.get("additionalProperties") is True), path
        assert column.get("items", {"type": "string"})["type"] in {"string", "object"}, path


@pytest.mark.parametrize("stream", NAMES)
def test_timestamps_have_the_date_time_format(catalog: dict[str, Schema], stream: str) -> None:
    for path, column in columns(catalog[stream]["schema"]):
        if "string" in column["type"] and path.endswith(("At", "Date", "Time")):
            assert column["format"] == "date-time", path
        if "format" in column:
            assert column["format"] == "date-time", path
            assert column["type"] == ["string", "null"], path


@pytest.mark.parametrize("stream", STREAMS, ids=NAMES)
def test_streams_declare_columns_that_the_tap_adds(catalog: dict[str, Schema], stream: type[Any]) -> None:
    schema = catalog[stream.name]["schema"]
    assert schema["description"].endswith(f" The schema is {stream.confidence}.")
    assert (OTHER_FIELDS in schema["properties"]) == (stream.confidence is Confidence.IN_PART)
    bookmark = catalog[stream.name].get("replication_key")
    assert bookmark == stream.replication_key
    if bookmark:
        assert schema["properties"][bookmark]["format"] == "date-time"
        assert "replication key" in schema["properties"][bookmark]["description"]
    for names in objects(schema):
        assert VALUES in names or "customAttributes" not in names


def wrapped(name: str, value: object) -> Schema:
    return {name: {"viewType": f"any{name}", name: value}}


AS_SENT_AND_AS_LOADED = {
    "clients": (
        wrapped("status", "lead")
        | wrapped("stage", {"id": "s1"})
        | {"name": {"viewType": "clientName", "name": "Acme", "avatarUrl": None}},
        {"status": "lead", "stage": {"id": "s1"}, "name": {"name": "Acme", "avatarUrl": None}},
    ),
    "candidates": (
        wrapped("emails", [{"email": "a@b.c"}])
        | {"name": {"viewType": "candidateName", "firstName": "Ann"}}
        | {"mainContact": {"viewType": "candidateMainContact", "user": {"userId": "u1"}}}
        | {"customAttributes": [{"label": "Notice", "value": {"text": "2"}}]},
        {
            "emails": [{"email": "a@b.c"}],
            "name": {"firstName": "Ann"},
            "mainContact": {"user": {"userId": "u1"}},
            "customAttributeValues": {"Notice": "2"},
            "otherFields": {"customAttributes": [{"label": "Notice", "value": {"text": "2"}}]},
        },
    ),
    "vacancy_details": (
        wrapped("location", {"city": "Ghent"}) | {"stageTotals": {"viewType": "vacancyStageTotals", "totals": []}},
        {"location": {"city": "Ghent"}, "stageTotals": {"totals": []}},
    ),
    "application_details": (
        wrapped("owner", {"id": "u1"})
        | {
            "stage": {"viewType": "applicationStage", "id": "s1"},
            "vacancy": {"viewType": "applicationVacancy", "id": "v"},
        }
        | {"applicationState": {"viewType": "applicationState", "state": "for-review"}},
        {
            "owner": {"id": "u1"},
            "stage": {"id": "s1"},
            "vacancy": {"viewType": "applicationVacancy", "id": "v"},
            "applicationState": {"state": "for-review"},
        },
    ),
    "candidate_attribute_definitions": (
        {"viewType": "customText", "definition": {"viewType": "customText"}},
        {"viewType": "customText", "definition": {"viewType": "customText"}},
    ),
    "client_contact_details": (
        {
            "clientContacts": [
                {"customAttributes": [{"label": "Notice", "value": {"viewType": "customText", "text": "2"}}]},
                None,
            ]
        },
        {
            "clientContacts": [
                {
                    "customAttributes": [{"label": "Notice", "value": {"viewType": "customText", "text": "2"}}],
                    "customAttributeValues": {"Notice": "2"},
                }
            ]
        },
    ),
    "users": ({"id": "u1", "name": "Ann"}, {"userId": "u1", "name": "Ann", "otherFields": {"id": "u1"}}),
    "attribute_definitions": (
        {"viewType": "customText", "label": "Notice"},
        {"key": "customText Notice", "viewType": "customText", "otherFields": {"label": "Notice"}},
    ),
}
"""By stream: a record in the documented shape, and the non-null columns that the tap writes for it."""


@pytest.mark.parametrize("stream", AS_SENT_AND_AS_LOADED)
def test_unwrapping_drops_only_the_view_type(stream: str) -> None:
    sent, loaded = AS_SENT_AND_AS_LOADED[stream]
    made: Any = TapSpott(config={"api_key": "none"}, parse_env_config=False).streams[stream]
    conformer = RecordConformer(made.schema)
    filled = {name: value for name, value in conformer(made.transform(sent)).items() if value is not None}
    assert filled == loaded
    assert not conformer.unknown_fields
    assert not conformer.invalid_fields
