"""The tap piped into the real target-postgres, into a real PostgreSQL; what is there is read back with SQL."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from spott_sandbox import Sandbox
from tests.model import SCHEMAS, assert_equal_to_source, source
from tests.tap import KEYS, STREAMS, TAP, State, Warehouse, arguments, clean_environment, full_table, select, settings

TARGET = str(Path(sys.executable).with_name("target-postgres"))


class Database:
    """A database of its own in the running PostgreSQL, loaded by target-postgres."""

    def __init__(self, uri: str) -> None:
        self.uri = uri
        self.state: State = {}

    def load(
        self,
        config: dict[str, Any],
        folder: Path,
        catalog: dict[str, Any] | None = None,
        interrupt: Callable[[subprocess.Popen[bytes]], None] | None = None,
        **options: object,
    ) -> None:
        """Run `tap-spott | target-postgres`, and keep the state that the target puts out.

        With `interrupt`, which is given the tap while it runs, neither has to end well.
        """
        target = {"sqlalchemy_url": self.uri.replace("postgresql://", "postgresql+psycopg://")}
        target_config = folder / "target.json"
        target_config.write_text(json.dumps(target | {"default_target_schema": "tap_spott"} | options))
        tap_log = (folder / "tap.log").open("w+b")
        with (
            tap_log,
            subprocess.Popen(
                [TAP, *arguments(folder, config, self.state, catalog)],
                env=clean_environment(),
                stdout=subprocess.PIPE,
                stderr=tap_log,
            ) as tap,
            subprocess.Popen(
                [TARGET, "--config", str(target_config)],
                env={**os.environ, "PGTZ": "UTC"},
                stdin=tap.stdout,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            ) as loader,
        ):
            assert tap.stdout
            tap.stdout.close()
            if interrupt:
                interrupt(tap)
            states, loader_log = loader.communicate()
            tap.wait()
            tap_log.seek(0)
            assert interrupt or tap.returncode == 0, tap_log.read().decode()
        assert interrupt or loader.returncode == 0, loader_log
        for line in states.splitlines()[-1:]:
            self.state = json.loads(line)

    def query(self, text: str) -> list[dict[str, Any]]:
        with psycopg.connect(self.uri, row_factory=dict_row) as connection:
            return connection.execute(text.encode()).fetchall()

    def as_warehouse(self, *streams: str) -> Warehouse:
        """Return tables with values as JSON writes them, to be compared with the source."""
        warehouse = Warehouse()
        warehouse.tells_null_from_absent = False
        for stream in streams or STREAMS:
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


def test_a_new_column_arrives(postgres: str, sandbox: Sandbox, tmp_path: Path) -> None:
    database, older = new_database(postgres, "columns"), select("client_contacts")
    del older["streams"][0]["schema"]["properties"]["department"]
    database.load(settings(sandbox), tmp_path, older)
    assert "department" not in database.query("SELECT * FROM tap_spott.client_contacts LIMIT 1")[0]
    database.state = {}
    database.load(settings(sandbox), tmp_path, select("client_contacts"))
    assert_equal_to_source(database.as_warehouse("client_contacts"), sandbox, "client_contacts")


def test_a_full_table_run_removes_what_was_deleted_at_the_source(postgres: str, tmp_path: Path) -> None:
    database = new_database(postgres, "deletions")
    with Sandbox(contacts=150) as sandbox:
        config = settings(sandbox, emit_activate_version_messages=True)
        database.load(config, tmp_path, full_table(), hard_delete=True)
        contacts = sorted(source(sandbox, "client_contacts"))[:20]
        sandbox.delete("contacts", contacts)
        sandbox.delete("opportunities", sorted(source(sandbox, "opportunities"))[:4])
        database.load(config, tmp_path, full_table(), hard_delete=True)
        assert_equal_to_source(database.as_warehouse(), sandbox)


def kill_while_reading(sandbox: Sandbox, requests: int) -> Callable[[subprocess.Popen[bytes]], None]:
    """Return what kills the tap when it has made so many requests."""

    def kill(tap: subprocess.Popen[bytes]) -> None:
        while len(sandbox.requests()) < requests:
            assert tap.poll() is None, "it ended before it could be killed"
            time.sleep(0.02)
        tap.send_signal(signal.SIGKILL)

    return kill


def test_a_full_table_run_that_is_killed_half_way_removes_nothing(postgres: str, tmp_path: Path) -> None:
    database = new_database(postgres, "half_way")
    with Sandbox(contacts=150) as sandbox:
        config = settings(sandbox, emit_activate_version_messages=True)
        database.load(config, tmp_path, full_table(), hard_delete=True)
        before = database.as_warehouse().tables
        sandbox.settings(latency=0.05)
        sandbox.clear_requests()
        database.load(config, tmp_path, full_table(), kill_while_reading(sandbox, 60), hard_delete=True)
        after = database.as_warehouse().tables
    assert {stream: table.keys() for stream, table in after.items()} == {
        stream: table.keys() for stream, table in before.items()
    }


def test_a_chain_that_is_killed_and_run_again_ends_equal_to_the_source(postgres: str, tmp_path: Path) -> None:
    database = new_database(postgres, "killed")
    with Sandbox(contacts=400, latency=0.03, churn=0.05) as sandbox:
        config = settings(sandbox)
        for requests in (15, 120):
            sandbox.clear_requests()
            database.load(config, tmp_path, None, kill_while_reading(sandbox, requests))
        sandbox.settings(latency=0, churn=0)
        database.load(config, tmp_path)
        assert_equal_to_source(database.as_warehouse(), sandbox)


def test_records_load_even_where_spott_breaks_its_word(postgres: str, tmp_path: Path) -> None:
    database = new_database(postgres, "dirty")
    with Sandbox(contacts=60, dirty=True) as sandbox:
        database.load(settings(sandbox), tmp_path)
        for stream in STREAMS:
            assert database.as_warehouse(stream).tables[stream].keys() == source(sandbox, stream).keys()
