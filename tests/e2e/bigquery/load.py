"""Load translated tables into BigQuery by load job, with the official client, and read them back.

Runs in the emulator's environment: `python load.py ADDRESS`, with the output of `translate.py` as standard input.
Prints the number of rows of each table. If a row differs from the one that was sent, exits with status 1.
"""

import io
import json
import sys
from datetime import datetime
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

DATASET = "tap_spott"
# Retries are disabled: the client would retry for ten minutes, but an error of the emulator is permanent.
LIMITS: dict[str, Any] = {"timeout": 60, "retry": None}
# The emulator doesn't quote the fields of a RECORD, and fails on reserved words of DuckDB. BigQuery accepts them. So
# this script renames the field.
RENAMED = {"order": "order_"}
Row = dict[str, Any]
Key = tuple[str, ...]


def main() -> None:
    """Load each table and compare its rows."""
    client = bigquery.Client(
        project="local",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call] # the client is untyped there
        client_options={"api_endpoint": sys.argv[1]},
    )
    client.create_dataset(DATASET, **LIMITS)
    for name, table in json.load(sys.stdin, object_hook=rename).items():
        fields = [bigquery.SchemaField.from_api_repr(field) for field in table["fields"]]
        # The loader merges rows with equal keys, which a load job alone doesn't.
        rows = list(by_key(table["rows"], table["key"]).values())
        load(client, name, fields, rows)
        sent, found = [expected(row, fields) for row in rows], read(client, name)
        if len(found) != len(sent):
            sys.exit(f"{name}: {len(sent)} rows were sent, {len(found)} arrived")
        compare(name, by_key(sent, table["key"]), by_key(found, table["key"]))


def rename(part: dict[str, Any]) -> dict[str, Any]:
    """Return an object of the input, a row or a field, with names that the emulator accepts."""
    if "mode" in part and part["name"] in RENAMED:
        return {**part, "name": RENAMED[part["name"]]}
    return {RENAMED.get(name, name): value for name, value in part.items()}


def load(client: bigquery.Client, name: str, fields: list[bigquery.SchemaField], rows: list[Row]) -> None:
    """Create a table and load its rows."""
    table = client.create_table(bigquery.Table(f"local.{DATASET}.{name}", schema=fields), **LIMITS)
    config = bigquery.LoadJobConfig(schema=fields, source_format="NEWLINE_DELIMITED_JSON")
    lines = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    job = client.load_table_from_file(io.BytesIO(lines), table, job_config=config, num_retries=0, timeout=60)
    job.result(**LIMITS)


def read(client: bigquery.Client, name: str) -> list[Row]:
    """Return the rows of a table."""
    return [dict(row.items()) for row in client.list_rows(f"local.{DATASET}.{name}", **LIMITS)]


def by_key(rows: list[Row], key: list[str]) -> dict[Key, Row]:
    """Return rows by key; only the last of equal keys."""
    return {tuple(row[column] for column in key): row for row in rows}


def expected(row: Row, fields: list[bigquery.SchemaField]) -> Row:
    """Return a row as the client must read it: with each column, and timestamps as datetimes."""
    return {field.name: expected_value(row.get(field.name), field) for field in fields}


def expected_value(value: Any, field: bigquery.SchemaField) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return a column's value as the client must read it. BigQuery stores a null list as an empty one."""
    if field.mode == "REPEATED":
        return [expected_item(item, field) for item in value or ()]
    return expected_item(value, field)


def expected_item(value: Any, field: bigquery.SchemaField) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return the expected value of a field, or of one item of a list."""
    if field.field_type.upper() == "RECORD" and value is not None:
        return expected(value, field.fields)
    if field.field_type.upper() == "TIMESTAMP" and value is not None:
        return datetime.fromisoformat(value)
    return value


def compare(name: str, sent: dict[Key, Row], found: dict[Key, Row]) -> None:
    """Print the number of rows, or exit with the first difference."""
    if sent.keys() != found.keys():
        sys.exit(f"{name}: keys differ: {sent.keys() ^ found.keys()}")
    for key, row in sent.items():
        for column, value in row.items():
            if found[key][column] != value:
                sys.exit(f"{name} {key} {column}: sent\n{value}\nand read back\n{found[key][column]}")
    print(f"{name}: {len(found)} records, equal to those sent")  # noqa: T201 - for a person to read


if __name__ == "__main__":
    main()
