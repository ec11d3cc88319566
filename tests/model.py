"""What a table has to hold, worked out from the source and the schemas alone; it knows nothing of the tap's code."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from spott_sandbox import Sandbox
from tests.tap import KEYS, STREAMS, Record, Warehouse

SCHEMAS = {
    stream: json.loads((Path(__file__).parents[1] / f"tap_spott/schemas/{stream}.json").read_text())
    for stream in STREAMS
}
ADDED = {"client_contacts": set(), "client_contact_details": {"modifiedAt"}, "opportunities": {"syncedAt"}}
"""Columns that the tap adds; DESIGN.md says what they hold, and other tests check it."""


def source(sandbox: Sandbox, stream: str) -> dict[str, Record]:
    """Return what Spott holds of a stream, by key."""
    records = [item["record"] for item in sandbox.records(stream)]
    if stream == "opportunities":
        records = [{name: without_wrapper(name, value) for name, value in record.items()} for record in records]
    return {record[KEYS[stream]]: record for record in records}


def without_wrapper(name: str, value: Any) -> Any:  # noqa: ANN401 - JSON may be anything
    return value[name] if isinstance(value, dict) and name in value else value


def assert_equal_to_source(warehouse: Warehouse, sandbox: Sandbox, *streams: str) -> None:
    """Fail unless the tables hold each record of the source, and nothing else, value for value."""
    for stream in streams or STREAMS:
        table, truth = warehouse.tables[stream], source(sandbox, stream)
        assert table.keys() == truth.keys(), stream
        for key, record in truth.items():
            loaded = {name: value for name, value in table[key].items() if name not in ADDED[stream]}
            expected = as_loaded(record, SCHEMAS[stream])
            if warehouse.tells_null_from_absent:
                assert loaded.keys() == expected.keys(), f"{stream} {key}"
            if comparable(loaded, stream) != comparable(expected, stream):
                pytest.fail(f"{stream} {key}: {loaded} is not {expected}")


def comparable(record: Record, stream: str) -> Record:
    """Return a record without nulls, its own times as instants: a column has its own way to write them."""
    columns = SCHEMAS[stream]["properties"]
    return {
        name: datetime.fromisoformat(value) if columns[name].get("format") == "date-time" else value
        for name, value in record.items()
        if value is not None
    }


def as_loaded(value: Any, schema: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return a value of the source as its column has to hold it: known fields only, instants in UTC."""
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
