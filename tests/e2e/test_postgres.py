"""tap-spott, target-postgres and PostgreSQL: tables equal the source after loads, kills and deletions."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from spott_sandbox import Sandbox
from tests.support.documents import JOINS, code_blocks, command_with
from tests.support.meltano import ROOT, Project, do, job_settings, kill_everything, kill_tap
from tests.support.oracle import ADDED, SCHEMAS, assert_equal_to_source, source
from tests.support.postgres import Database
from tests.support.tap import CORE, KEYS, STREAMS, full_table, kill_after, select, settings, sync

EVERYTHING = {"TAP_SPOTT__SELECT": json.dumps(["*.*"])}


@pytest.fixture(scope="module")
def loaded(postgres: str, project: Project) -> Iterator[tuple[Sandbox, Database]]:
    """Yield a sandbox, and a database into which the README's commands for Meltano have loaded all streams."""
    start = {"TAP_SPOTT_START_DATE": "2004-01-31T12:00:00", "TZ": "America/New_York"}
    with Sandbox(contacts=40, seed=5) as sandbox:
        database = Database(postgres, "loaded")
        shutil.copy(ROOT / ".env.example", project.folder)
        connection = job_settings(sandbox, database)
        output = do(project.folder, command_with("run postgres"), **connection | EVERYTHING | start)
        assert "Plugin configuration is valid" in output
        yield sandbox, database


def test_run_command_of_the_readme_makes_the_rows_equal_the_source(loaded: tuple[Sandbox, Database]) -> None:
    sandbox, database = loaded
    assert_equal_to_source(database.as_warehouse(*STREAMS), sandbox, *STREAMS)
    assert sandbox.requests()[0]["query"]["modifiedSince"] == ["2004-01-31T12:00:00.000Z"], (
        "a date without offset is UTC"
    )


PLAIN_TYPES = {"string": "text", "number": "numeric", "boolean": "bool", "object": "jsonb"}


def column_type(field: dict[str, Any]) -> str:
    """Return the name of the PostgreSQL type that a field's column must have."""
    kind, *_ = field["type"] if isinstance(field["type"], list) else [field["type"]]
    if kind == "array":
        return f"_{column_type(field['items'])}"
    return "timestamp" if field.get("format") == "date-time" else PLAIN_TYPES[kind]


@pytest.mark.parametrize("stream", STREAMS)
def test_columns_have_the_types_of_the_schema(loaded: tuple[Sandbox, Database], stream: str) -> None:
    _, database = loaded
    rows = database.query(f"SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = '{stream}'")  # noqa: S608 - our own names
    types = {row["column_name"]: row["udt_name"] for row in rows if not row["column_name"].startswith("_sdc_")}
    assert types == {name: column_type(field) for name, field in SCHEMAS[stream]["properties"].items()}


DATA_MODEL = ROOT / "docs/data-model.md"


@pytest.mark.parametrize("join", JOINS)
def test_tables_join_as_the_diagram_shows(loaded: tuple[Sandbox, Database], join: tuple[str, str, str, str]) -> None:
    _, database = loaded
    assert database.joined_rows(*join) > 0


QUERIES = [query for block in code_blocks(DATA_MODEL, "sql") for query in block.split("\n\n")]


@pytest.mark.parametrize("query", QUERIES)
def test_queries_of_the_data_model_page_find_rows(loaded: tuple[Sandbox, Database], query: str) -> None:
    _, database = loaded
    assert database.query(query)


FIRST_NAMES = 'SELECT DISTINCT "firstName" AS name FROM tap_spott.client_contacts WHERE "firstName" IS NOT NULL'


def test_pseudonymized_tables_join_as_before(postgres: str, loaded: tuple[Sandbox, Database], tmp_path: Path) -> None:
    sandbox, kept = loaded
    pseudonymized = Database(postgres, "pseudonymized")
    config = settings(sandbox, personal_data="pseudonymize", pseudonym_key=32 * "k")
    pseudonymized.load(sync(config, catalog=select(*STREAMS)), tmp_path)
    for join in JOINS:
        assert pseudonymized.joined_rows(*join) == kept.joined_rows(*join), join
    for by_email in code_blocks(ROOT / "docs/privacy.md", "sql"):
        assert pseudonymized.query(by_email) == kept.query(by_email) != [{"count": 0}]
    tokens = {row["name"] for row in pseudonymized.query(FIRST_NAMES)}
    assert all(token.startswith("spott_pseudonym_name_") for token in tokens)
    assert len(tokens) == len(kept.query(FIRST_NAMES))

    # With a state, its fingerprint ends the run: see tests/integration/test_personal_data.py.
    pseudonymized.load(sync(config | {"pseudonym_key": 32 * "l"}, catalog=select("client_contacts")), tmp_path)
    assert tokens.isdisjoint(row["name"] for row in pseudonymized.query(FIRST_NAMES))


def test_second_run_updates_changed_rows_without_duplicates(loaded: tuple[Sandbox, Database], project: Project) -> None:
    sandbox, database = loaded
    sandbox.touch(count=10)
    sandbox.touch("opportunities", count=3)
    sandbox.clear_requests()
    ended = project.run("run", "postgres", **job_settings(sandbox, database) | EVERYTHING)
    assert ended.returncode == 0, ended.stderr
    assert [request["path"] for request in sandbox.requests()].count("/clients/contacts") == 1
    assert_equal_to_source(database.as_warehouse(*STREAMS), sandbox, *STREAMS)
    for stream in STREAMS:
        assert database.count(stream) == len(source(sandbox, stream))


def test_missing_columns_are_added_with_their_values(loaded: tuple[Sandbox, Database], tmp_path: Path) -> None:
    sandbox, database = loaded
    for stream in CORE:
        # As in a table from before the schema had the column.
        database.execute(f'ALTER TABLE tap_spott.{stream} DROP COLUMN "{plain_column(stream)}"')
    database.load(sync(settings(sandbox)), tmp_path)
    assert_equal_to_source(database.as_warehouse(), sandbox)


def plain_column(stream: str) -> str:
    """Return a column of a stream that is neither a key nor a replication key."""
    needed = {*KEYS[stream], *ADDED, "modifiedAt"}
    plain: list[str] = [name for name in SCHEMAS[stream]["properties"] if name not in needed]
    return plain[-1]


def test_full_table_runs_remove_deleted_rows_unless_killed(postgres: str, tmp_path: Path) -> None:
    database = Database(postgres, "deletions")
    with Sandbox(contacts=150) as sandbox:
        config = settings(sandbox, emit_activate_version_messages=True)
        database.load(sync(config, catalog=full_table(*CORE)), tmp_path, hard_delete=True)
        before = {stream: source(sandbox, stream).keys() for stream in CORE}
        sandbox.delete("client_contacts", sorted(before["client_contacts"])[:20])
        sandbox.delete("opportunities", sorted(before["opportunities"])[:4])

        killed = kill_after(60, signal.SIGKILL, config | {"page_size": 2}, catalog=full_table(*CORE))
        assert killed.status == -signal.SIGKILL
        database.load(killed, tmp_path, hard_delete=True)
        versions = database.query("SELECT DISTINCT _sdc_table_version FROM tap_spott.client_contacts")
        assert len(versions) == 2, "the killed run has loaded some rows"
        for stream, table in database.as_warehouse().tables.items():
            assert table.keys() == before[stream]

        database.load(sync(config, catalog=full_table(*CORE)), tmp_path, hard_delete=True)
        assert_equal_to_source(database.as_warehouse(), sandbox)


def test_rows_equal_the_source_after_killed_runs(postgres: str, project: Project) -> None:
    database = Database(postgres, "killed")
    batches = {"TARGET_POSTGRES_BATCH_SIZE_ROWS": "50"}
    with Sandbox(contacts=250, latency=0.03, churn=0.05) as sandbox:
        assert project.load_and_kill(sandbox, database, kill_tap, 150, **batches) == 1
        assert database.count("client_contacts") > 0
        assert project.load_and_kill(sandbox, database, kill_everything, 40, **batches) == -9
        assert sandbox.requests()[0]["query"].keys() & {"modifiedSince", "modifiedUntil"}, (
            "the second run starts from a bookmark"
        )
        sandbox.settings(latency=0, churn=0)
        # For five minutes Meltano takes a killed run for a running one.
        project.load(sandbox, database, "--force")
        assert_equal_to_source(database.as_warehouse(), sandbox)


def test_records_with_undocumented_values_load(postgres: str, tmp_path: Path) -> None:
    database = Database(postgres, "dirty")
    with Sandbox(contacts=20, dirty=True) as sandbox:
        database.load(sync(settings(sandbox), catalog=select(*STREAMS)), tmp_path)
        for stream, table in database.as_warehouse(*STREAMS).tables.items():
            assert table.keys() == source(sandbox, stream).keys()
    contacts = "SELECT role FROM tap_spott.client_contacts WHERE "
    assert database.query(f"{contacts} octet_length(role) > 70000")
    assert database.query(f"{contacts} role = 'before and after'"), "only the NUL character is removed"
    assert database.query(f"{contacts} \"startDate\" = '2021-03-04T05:06:07'"), "a naive time is UTC"
