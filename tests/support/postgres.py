"""Databases that target-postgres loads, read back with SQL."""

import json
import os
import signal
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

from tests.support.oracle import SCHEMAS
from tests.support.tap import CORE, Output, Warehouse, key_of

TARGET_POSTGRES = str(Path(sys.executable).with_name("target-postgres"))


class Database:
    """A new database whose time zone isn't UTC, as on many servers.

    Attributes:
        schema: The schema with the tables.
    """

    schema = "tap_spott"

    def __init__(self, postgres: str, name: str) -> None:
        self.name = name
        self.uri = postgres.replace("/postgres?", f"/{name}?")
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
            connection.execute(f"ALTER DATABASE {name} SET timezone TO 'America/New_York'".encode())

    @property
    def target_url(self) -> str:
        """The database's URL for target-postgres."""
        return self.uri.replace("postgresql://", "postgresql+psycopg://")

    def load(self, output: Output, folder: Path, **settings: object) -> None:
        """Load the messages of a run, complete or killed, with target-postgres alone. Meltano's start takes longer.

        Args:
            output: The run.
            folder: Where the target's settings are written.
            settings: Settings of the target.
        """
        assert output.status in {0, -signal.SIGKILL}, output.last_line
        config = folder / "target-postgres.json"
        config.write_text(
            json.dumps({"sqlalchemy_url": self.target_url, "default_target_schema": "tap_spott"} | settings)
        )
        loaded = subprocess.run(
            [TARGET_POSTGRES, f"--config={config}"],
            input="".join(f"{json.dumps(message)}\n" for message in output.messages),
            env=os.environ | {"PGTZ": "UTC"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert loaded.returncode == 0, loaded.stderr

    def query(self, text: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.uri, row_factory=dict_row) as connection:
            return connection.execute(text.encode()).fetchall()

    def execute(self, text: str) -> None:
        with psycopg.connect(self.uri) as connection:
            connection.execute(text.encode())

    def count(self, stream: str) -> int:
        """Return the number of rows in a stream's table."""
        (counted,) = self.query(f"SELECT count(*) AS rows FROM {self.schema}.{stream}")  # noqa: S608 - our own names
        rows: int = counted["rows"]
        return rows

    def joined_rows(self, left: str, right: str, from_: str, to: str) -> int:
        """Return the number of rows of a join between the strings at two paths."""
        on = f"{strings_at('r', to)} IN {strings_at('l', from_)}"
        (joined,) = self.query(f"SELECT count(*) AS rows FROM tap_spott.{left} l JOIN tap_spott.{right} r ON {on}")  # noqa: S608 - our own names
        rows: int = joined["rows"]
        return rows

    def as_warehouse(self, *streams: str) -> Warehouse:
        """Return the streams' tables with JSON values, to be compared with the source."""
        warehouse = Warehouse()
        warehouse.distinguishes_null_from_absent = False
        for stream in streams or CORE:
            rows = self.query(f"SELECT * FROM {self.schema}.{stream}")  # noqa: S608 - our own names
            columns = SCHEMAS[stream]["properties"]
            warehouse.tables[stream] = {
                key_of(stream, row): {name: as_json(row[name]) for name in columns} for row in rows
            }
        return warehouse


def strings_at(table: str, path: str) -> str:
    """Return SQL for the strings at a path, such as `links.candidates[].id`."""
    return f"(SELECT jsonb_path_query(to_jsonb({table}), '$.{path.replace('[]', '[*]')}') #>> '{{}}')"


def as_json(value: Any) -> Any:  # noqa: ANN401 - any column
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value
