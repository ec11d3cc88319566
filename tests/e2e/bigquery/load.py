"""Loads translated tables into a BigQuery by load job, with the official client, and reads them back.

Runs in the emulator's own environment: `python load.py ADDRESS`, with what `translate.py` writes on standard input.
Prints how many rows each table has, and ends with status 1 where one differs from what was sent.
"""

import io
import json
import sys
from datetime import datetime
from typing import Any

from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery

DATASET = "tap_spott"
# No call is repeated: the client would go on for ten minutes where the server fails, which an emulator does for good.
LIMITS: dict[str, Any] = {"timeout": 60, "retry": None}
# The emulator answers 500 to a field of a RECORD that has the name of a reserved word of the DuckDB it is built upon:
# it writes it without quotes. BigQuery takes any name there. So this column goes by another name here, and here only.
RENAMED = {"order": "order_"}
Row = dict[str, Any]
Key = tuple[str, ...]


def main() -> None:
    """Load each table, and compare."""
    client = bigquery.Client(
        project="local",
        credentials=AnonymousCredentials(),  # type: ignore[no-untyped-call] # the client is untyped there
        client_options={"api_endpoint": sys.argv[1]},
    )
    client.create_dataset(DATASET, **LIMITS)
    for name, table in json.load(sys.stdin, object_hook=rename).items():
        fields = [bigquery.SchemaField.from_api_repr(field) for field in table["fields"]]
        load(client, name, fields, table["rows"])
        sent, found = [expected(row, fields) for row in table["rows"]], read(client, name)
        if len(found) != len(sent):
            sys.exit(f"{name}: {len(sent)} rows were sent, {len(found)} came")
        compare(name, by_key(sent, table["key"]), by_key(found, table["key"]))


def rename(part: dict[str, Any]) -> dict[str, Any]:
    """Return an object of the input, a row's or a field's, with the names that the emulator takes."""
    if "mode" in part and part["name"] in RENAMED:
        return {**part, "name": RENAMED[part["name"]]}
    return {RENAMED.get(name, name): value for name, value in part.items()}


def load(client: bigquery.Client, name: str, fields: list[bigquery.SchemaField], rows: list[Row]) -> None:
    """Make a table, and load its rows."""
    table = client.create_table(bigquery.Table(f"local.{DATASET}.{name}", schema=fields), **LIMITS)
    config = bigquery.LoadJobConfig(schema=fields, source_format="NEWLINE_DELIMITED_JSON")
    lines = "".join(f"{json.dumps(row)}\n" for row in rows).encode()
    job = client.load_table_from_file(io.BytesIO(lines), table, job_config=config, num_retries=0, timeout=60)
    job.result(**LIMITS)


def read(client: bigquery.Client, name: str) -> list[Row]:
    """Return the rows of a table."""
    return [dict(row.items()) for row in client.list_rows(f"local.{DATASET}.{name}", **LIMITS)]


def by_key(rows: list[Row], key: list[str]) -> dict[Key, Row]:
    """Return rows by their key; of a record that was sent twice one, since nothing is merged here."""
    return {tuple(row[column] for column in key): row for row in rows}


def expected(row: Row, fields: list[bigquery.SchemaField]) -> Row:
    """Return a row as the client should read it: each column is there, times are instants."""
    return {field.name: expected_value(row.get(field.name), field) for field in fields}


def expected_value(value: Any, field: bigquery.SchemaField) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return a column's value as the client should read it. In BigQuery a list is never null: it is empty."""
    if field.mode == "REPEATED":
        return [expected_item(item, field) for item in value or ()]
    return expected_item(value, field)


def expected_item(value: Any, field: bigquery.SchemaField) -> Any:  # noqa: ANN401 - JSON may be anything
    """Return a value, or one of a list."""
    if field.field_type.upper() == "RECORD" and value is not None:
        return expected(value, field.fields)
    if field.field_type.upper() == "TIMESTAMP" and value is not None:
        return datetime.fromisoformat(value)
    return value


def compare(name: str, sent: dict[Key, Row], found: dict[Key, Row]) -> None:
    """Say how many rows there are, or which differs first."""
    if sent.keys() != found.keys():
        sys.exit(f"{name}: keys differ: {sent.keys() ^ found.keys()}")
    for key, row in sent.items():
        for column, value in row.items():
            if found[key][column] != value:
                sys.exit(f"{name} {key} {column}: sent\n{value}\nand read back\n{found[key][column]}")
    print(f"{name}: {len(found)} records, equal to what was sent")  # noqa: T201 - for a person to read


if __name__ == "__main__":
    main()
