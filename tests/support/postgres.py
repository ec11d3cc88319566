"""Databases that target-postgres loads, read back with SQL."""

from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.support.oracle import SCHEMAS
from tests.support.tap import CORE, Warehouse, key_of


class Database:
    """A new database in the running PostgreSQL, whose clock does not show UTC, as many servers' do not."""

    def __init__(self, postgres: str, name: str) -> None:
        self.name = name
        self.uri = postgres.replace("/postgres?", f"/{name}?")
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
            connection.execute(f"ALTER DATABASE {name} SET timezone TO 'America/New_York'".encode())

    def query(self, text: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.uri, row_factory=dict_row) as connection:
            return connection.execute(text.encode()).fetchall()

    def execute(self, text: str) -> None:
        with psycopg.connect(self.uri) as connection:
            connection.execute(text.encode())

    def count(self, stream: str) -> int:
        """Return how many rows a table has."""
        (counted,) = self.query(f"SELECT count(*) AS rows FROM tap_spott.{stream}")  # noqa: S608 - our own names
        rows: int = counted["rows"]
        return rows

    def as_warehouse(self, *streams: str) -> Warehouse:
        """Return tables with values as JSON writes them, to be compared with the source."""
        warehouse = Warehouse()
        warehouse.distinguishes_null_from_absent = False
        for stream in streams or CORE:
            rows = self.query(f"SELECT * FROM tap_spott.{stream}")  # noqa: S608 - our own names
            columns = SCHEMAS[stream]["properties"]
            warehouse.tables[stream] = {
                key_of(stream, row): {name: as_json(row[name]) for name in columns} for row in rows
            }
        return warehouse


def as_json(value: Any) -> Any:  # noqa: ANN401 - any column
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value
