# /// script
# requires-python = "==3.11.*"  # the loader requires a Python below 3.12, this tap 3.11 or later
# dependencies = [
#   "z3-target-bigquery==0.7.2",
#   "setuptools<81",  # the loader imports pkg_resources without declaring it; later versions removed it
# ]
# ///
"""Translate Singer messages to the tables and rows that z3-target-bigquery sends to BigQuery, and check them.

Runs in the loader's environment. Reads messages from standard input and writes one JSON object to standard output:
for each stream its key, the table's fields in the format of BigQuery's API, and the rows of the load job. At the
first field or value that BigQuery would reject, it prints the path and exits with status 1.
"""

import json
import math
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
from target_bigquery.core import BigQueryTable, IngestionStrategy, SchemaResolverVersion

Field = dict[str, Any]
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,299}")
RESERVED = ("_table_", "_file_", "_partition", "_row_timestamp", "__root__", "_colidentifier")
MAX_DEPTH = 15
# BigQuery accepts timestamps without an offset too, but reads them as UTC.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


class RejectedError(Exception):
    """BigQuery would reject this."""

    def __init__(self, path: str, reason: str) -> None:
        """Take the path of the field or value, and the reason."""
        super().__init__(f"{path}: {reason}")


def main() -> None:
    """Translate and check all messages."""
    streams: dict[str, Any] = {}
    tables: dict[str, BigQueryTable] = {}
    try:
        for message in map(json.loads, sys.stdin):
            name = message.get("stream")
            if message["type"] == "SCHEMA":
                tables[name] = table_of(message)
                key, fields = message["key_properties"], fields_of(tables[name])
                streams[name] = {"key": key, "fields": fields, "rows": []}
                check_fields(fields, name)
            elif message["type"] == "RECORD":
                rows = streams[name]["rows"]
                rows.append(row_of(tables[name], message["record"], f"{name}[{len(rows)}]"))
                check_record(rows[-1], streams[name]["fields"], f"{name}[{len(rows) - 1}]")
    except RejectedError as error:
        sys.exit(str(error))
    json.dump(streams, sys.stdout)


def table_of(message: dict[str, Any], version: SchemaResolverVersion = SchemaResolverVersion.V1) -> BigQueryTable:
    """Return the loader's table for a SCHEMA message with the setting `denormalized`."""
    return BigQueryTable(
        name=message["stream"],
        dataset="dataset",
        project="project",
        jsonschema=message["schema"],
        ingestion_strategy=IngestionStrategy.DENORMALIZED,
        schema_resolver_version=version,
    )


def fields_of(table: BigQueryTable) -> list[Field]:
    """Return a table's fields; both of the loader's schema resolvers must return the same."""
    message = {"stream": table.name, "schema": table.jsonschema}
    first, second = (
        [field.to_api_repr() for field in table_of(message, version).get_resolved_schema()]
        for version in SchemaResolverVersion
    )
    if first != second:
        raise RejectedError(table.name, "the loader's resolvers disagree")
    return first


def row_of(table: BigQueryTable, record: dict[str, Any], path: str) -> dict[str, Any]:
    """Return a record as the loader serializes it."""
    try:
        row: dict[str, Any] = orjson.loads(orjson.dumps(table.schema_translator.translate_record(record)))
    except TypeError as error:
        raise RejectedError(path, str(error)) from error
    return row


def check_fields(fields: list[Field], path: str, depth: int = 1) -> None:
    """Fail unless BigQuery accepts these fields for a table."""
    names = [field["name"].lower() for field in fields]
    if len(set(names)) < len(names):
        raise RejectedError(path, "names differ in nothing but case")
    if not fields or depth > MAX_DEPTH:
        raise RejectedError(path, "no fields, or too deep")
    for field in fields:
        inside = f"{path}.{field['name']}"
        if not NAME.fullmatch(field["name"]) or field["name"].lower().startswith(RESERVED):
            raise RejectedError(inside, "not a name for a column")
        if field["type"].upper() == "RECORD":
            check_fields(field["fields"], inside, depth + 1)
        elif field["type"].upper() not in RULES:
            raise RejectedError(inside, f"{field['type']} is a type that nothing here checks")


def check_record(record: object, fields: list[Field], path: str) -> None:
    """Fail unless each value of a record has a field and fits its type."""
    if not isinstance(record, dict):
        raise RejectedError(path, f"{record!r} is not a record")
    by_name = {field["name"]: field for field in fields}
    for name, value in record.items():
        inside = f"{path}.{name}"
        if name not in by_name:
            raise RejectedError(inside, "no such column")
        for item in items_of(value, by_name[name]["mode"], inside):
            check_value(item, by_name[name], inside)


def items_of(value: object, mode: str, path: str) -> Iterator[object]:
    """Yield the values of a field; none for null, which a load job reads as an empty list."""
    if mode != "REPEATED":
        yield from () if value is None else (value,)
    elif isinstance(value, list):
        if None in value:
            raise RejectedError(path, "null in a list")
        yield from value
    elif value is not None:
        raise RejectedError(path, f"{value!r} is not a list")


def check_value(value: object, field: Field, path: str) -> None:
    """Fail unless a value is null or has the field's type."""
    kind = field["type"].upper()
    if kind == "RECORD":
        check_record(value, field["fields"], path)
    elif not RULES[kind](value):
        raise RejectedError(path, f"{value!r} is not of type {kind}")


def is_time(value: object) -> bool:
    """Return whether this is a timestamp with an offset and at most microseconds."""
    try:
        return isinstance(value, str) and bool(TIME.fullmatch(value)) and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def is_number(value: object) -> bool:
    """Return whether this is a number, and not a boolean, which Python counts as one."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


RULES = {
    "BOOLEAN": lambda value: isinstance(value, bool),
    "FLOAT": is_number,
    "JSON": lambda _: True,
    "STRING": lambda value: isinstance(value, str),
    "TIMESTAMP": is_time,
}


if __name__ == "__main__":
    main()
