"""The expected content of tables, computed from the sandbox and the schemas without the tap's code."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spott_sandbox import Sandbox
from tests.support.tap import CORE, STREAMS, Key, Record, Warehouse, key_of

SCHEMAS = {
    stream: json.loads(
        (Path(__file__).parents[2] / f"tap_spott/streams/schemas/{stream}.json").read_text(),
        object_hook=lambda node: {name: value for name, value in node.items() if name != "x-personal-data"},
    )
    for stream in STREAMS
}
VALUES = "customAttributeValues"
ADDED = {"syncedAt", VALUES}
"""Columns that the tap adds, which other tests check."""
MODIFIED_AT_ADDED = ("client_contact_details", "client_details")
"""Detail streams with the `modifiedAt` of their list's record."""


def source(sandbox: Sandbox, stream: str) -> dict[Key, Record]:
    """Return the sandbox's records of a stream, by key."""
    records = [as_column(stream, item) for item in sandbox.records(stream)]
    return {key_of(stream, record): record for record in records}


def as_column(stream: str, item: dict[str, Any]) -> Record:
    """Return a record of the sandbox with the columns of its table, except those in ADDED."""
    columns = SCHEMAS[stream]["properties"]
    sent = {name: without_wrapper(name, value, columns) for name, value in item["record"].items()}
    record: Record = {**(KEY_COLUMNS[stream](item) if stream in KEY_COLUMNS else {}), **sent}
    if "otherFields" in columns:
        record["otherFields"] = {name: value for name, value in record.items() if name not in columns} or None
    return record


KEY_COLUMNS: dict[str, Callable[[dict[str, Any]], Record]] = {
    "application_activities": lambda item: {"applicationId": item["id"]},
    "users": lambda item: {"userId": item["record"].get("id")},
    "pipeline_stages": lambda item: {"pipeline": item["group"]},
    "attribute_definitions": lambda item: {"entity": item["group"], "key": definition_key(item["record"])},
}
"""Key columns, by stream, that the API doesn't send or sends under another name."""


def definition_key(definition: Record) -> str:
    identity: str | None = definition.get("id")
    return identity or " ".join(definition[name] for name in ("viewType", "label") if definition.get(name))


def without_wrapper(name: str, value: Any, columns: Record) -> Any:  # noqa: ANN401 - JSON may be anything
    column = columns.get(name, {"type": []})
    fields = column.get("properties", ("viewType",) if "object" in column["type"] else ())
    if not isinstance(value, dict) or "viewType" in fields or not {name, "viewType"} & value.keys():
        return value
    if name in value and name not in fields:
        return value[name]
    return {key: inner for key, inner in value.items() if key != "viewType"} or None


def assert_equal_to_source(warehouse: Warehouse, sandbox: Sandbox, *streams: str) -> None:
    """Fail unless the tables are equal to the sandbox's records."""
    for stream in streams or CORE:
        table, expected_table = warehouse.tables[stream], source(sandbox, stream)
        added = ADDED | ({"modifiedAt"} if stream in MODIFIED_AT_ADDED else set())
        assert table.keys() == expected_table.keys(), stream
        for key, record in expected_table.items():
            loaded = without(table[key], added)
            expected = without(as_loaded(record, SCHEMAS[stream]), added)
            if warehouse.distinguishes_null_from_absent:
                assert loaded.keys() == expected.keys(), f"{stream} {key}"
            if comparable(loaded, stream) != comparable(expected, stream):
                pytest.fail(f"{stream} {key}: {loaded} is not {expected}")


def without(value: Any, names: set[str]) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return a record without these columns, and without VALUES at any depth."""
    if isinstance(value, list):
        return [without(item, {VALUES}) for item in value]
    if isinstance(value, dict):
        return {name: without(item, {VALUES}) for name, item in value.items() if name not in names}
    return value


def comparable(record: Record, stream: str) -> Record:
    """Return a record without nulls, and with timestamps of its columns as datetimes."""
    columns = SCHEMAS[stream]["properties"]
    return {
        name: datetime.fromisoformat(value) if columns[name].get("format") == "date-time" else value
        for name, value in record.items()
        if value is not None
    }


def as_loaded(value: Any, schema: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return a value as its column must contain it: known fields only, timestamps in UTC."""
    if value is None:
        return None
    if "properties" in schema:
        known = schema["properties"]
        return {name: as_loaded(item, known[name]) for name, item in value.items() if name in known}
    if "items" in schema:
        return [as_loaded(item, schema["items"]) for item in value]
    if schema.get("format") == "date-time" and not value.endswith("Z"):
        return datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return value
