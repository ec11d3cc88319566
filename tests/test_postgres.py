"""The tap piped into the real target-postgres, into a real PostgreSQL; what is there is read back with SQL."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from spott_sandbox import Sandbox
from tests.model import SCHEMAS, assert_equal_to_source
from tests.tap import KEYS, STREAMS, TAP, State, Warehouse, arguments, clean_environment, settings

TARGET = str(Path(sys.executable).with_name("target-postgres"))


class Database:
    """A database of its own in the running PostgreSQL, loaded by target-postgres."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.state: State = {}

    def load(
        self, config: dict[str, Any], folder: Path, catalog: dict[str, Any] | None = None, **options: object
    ) -> None:
        """Run `tap-spott | target-postgres`, and keep the state that the target puts out."""
        target = {"sqlalchemy_url": self.uri.replace("postgresql://", "postgresql+psycopg://")}
        target_config = folder / "target.json"
        target_config.write_text(json.dumps(target | {"default_target_schema": "tap_spott"} | options))
        tap = subprocess.Popen(
            [TAP, *arguments(folder, config, self.state, catalog)],
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        loaded = subprocess.run(
            [TARGET, "--config", str(target_config)],
            env={**os.environ, "PGTZ": "UTC"},
            stdin=tap.stdout,
            capture_output=True,
            text=True,
            check=False,
        )
        _, tap_log = tap.communicate()
        assert tap.returncode == 0, tap_log.decode()
        assert loaded.returncode == 0, loaded.stderr
        self.state = json.loads(loaded.stdout.splitlines()[-1])

    def query(self, text: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.uri, row_factory=dict_row) as connection:
            return connection.execute(text.encode()).fetchall()

    def as_warehouse(self) -> Warehouse:
        """Return the tables with values as JSON writes them, to be compared with the source."""
        warehouse = Warehouse()
        warehouse.tells_null_from_absent = False
        for stream in STREAMS:
            rows = self.query(f"SELECT * FROM tap_spott.{stream}")  # noqa: S608 - our own names
            columns = SCHEMAS[stream]["properties"]
            warehouse.tables[stream] = {
                row[KEYS[stream]]: {name: as_json(row[name]) for name in columns} for row in rows
            }
        return warehouse


def as_json(value: Any) -> Any:  # noqa: ANN401 - any column
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value


def new_database(postgres: str, name: str) -> Database:
    """Return a new database whose clock does not show UTC, as many servers' do not."""
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
        connection.execute(f"ALTER DATABASE {name} SET timezone TO 'America/New_York'".encode())
    return Database(postgres.replace("/postgres?", f"/{name}?"))


@pytest.fixture(scope="module")
def loaded(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Database]]:
    """A sandbox, and a database that was loaded from it once."""
    with Sandbox(contacts=300, seed=5) as sandbox:
        database = new_database(postgres, "loaded")
        database.load(settings(sandbox), tmp_path_factory.mktemp("first"))
        yield sandbox, database


def test_rows_equal_the_source_value_for_value_also_where_the_server_is_not_in_utc(
    loaded: tuple[Sandbox, Database],
) -> None:
    sandbox, database = loaded
    assert_equal_to_source(database.as_warehouse(), sandbox)


COLUMN_TYPES = {
    "id": "text",
    "firstName": "text",
    "active": "boolean",
    "startDate": "timestamp without time zone",
    "modifiedAt": "timestamp without time zone",
    "client": "jsonb",
    "stage": "jsonb",
    "locations": "ARRAY",
    "customAttributes": "ARRAY",
}


def test_columns_have_their_types(loaded: tuple[Sandbox, Database]) -> None:
    _, database = loaded
    rows = database.query("SELECT * FROM information_schema.columns WHERE table_name = 'client_contacts'")
    types = {row["column_name"]: row["data_type"] for row in rows}
    assert {name: types[name] for name in COLUMN_TYPES} == COLUMN_TYPES
    assert SCHEMAS["client_contacts"]["properties"].keys() <= types.keys()


def test_a_second_run_brings_what_has_changed_and_no_row_twice(
    loaded: tuple[Sandbox, Database], tmp_path: Path
) -> None:
    sandbox, database = loaded
    sandbox.touch(count=10)
    sandbox.touch("opportunities", count=3)
    database.load(settings(sandbox), tmp_path)
    assert_equal_to_source(database.as_warehouse(), sandbox)
    for stream in STREAMS:
        (counted,) = database.query(f"SELECT count(*) AS rows FROM tap_spott.{stream}")  # noqa: S608 - our own names
        assert counted["rows"] == len(database.as_warehouse().tables[stream])
