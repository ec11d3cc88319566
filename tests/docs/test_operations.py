"""docs/operations.md is correct: the tests take each file and each command from the page."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from spott_sandbox import Sandbox
from tests.support.documents import ROOT, code_blocks
from tests.support.meltano import Project, do, run_at_once, source_settings, target_settings
from tests.support.oracle import assert_equal_to_source, source
from tests.support.postgres import Database
from tests.support.tap import CORE

OPERATIONS = ROOT / "docs/operations.md"


def extend(project: Project, *additions: str) -> Project:
    """Add plugins and jobs that a page shows to the project's `meltano.yml`."""
    path = project.folder / "meltano.yml"
    content = yaml.safe_load(path.read_text())
    for addition in map(yaml.safe_load, additions):
        for kind, plugins in addition["plugins"].items():
            content["plugins"][kind] += plugins
        content["jobs"] += addition.get("jobs", [])
    path.write_text(yaml.safe_dump(content))
    return project


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, plugins: Path) -> Project:
    return extend(Project(tmp_path_factory.mktemp("project"), plugins), *code_blocks(OPERATIONS, "yaml"))


def operations() -> list[str]:
    """Return the commands of the page: for accounts, for state, to read again, for a backfill, for deletions."""
    _, *commands = code_blocks(OPERATIONS, "sh")  # the first ones, for a wheel, are those of `test_installation.py`
    return commands


def test_two_accounts_load_at_the_same_time(postgres: str, project: Project) -> None:
    accounts, *_ = operations()
    create_database, *loads = accounts.splitlines()
    database = Database(postgres, "accounts")
    with Sandbox(contacts=20, seed=1, api_key="n") as north, Sandbox(contacts=30, seed=2, api_key="s") as south:
        do(project.folder, create_database)
        run_at_once(
            project.folder,
            *loads,
            **{name.replace("SPOTT_", "SPOTT__NORTH_"): value for name, value in source_settings(north).items()},
            **{name.replace("SPOTT_", "SPOTT__SOUTH_"): value for name, value in source_settings(south).items()},
            **target_settings(database),
        )
        for schema, sandbox in (("spott_north", north), ("spott_south", south)):
            rows = database.query(f"SELECT id FROM {schema}.client_contacts")  # noqa: S608 - our own names
            assert {row["id"] for row in rows} == source(sandbox, "client_contacts").keys()


@pytest.fixture(scope="module")
def daily(postgres: str, project: Project) -> Iterator[tuple[Sandbox, Database]]:
    """The sandbox and the database of the daily job, which has run once with its state in a folder."""
    _, elsewhere, *_ = operations()
    database = Database(postgres, "daily")
    with Sandbox(contacts=40) as sandbox:
        shown = do(project.folder, elsewhere, **source_settings(sandbox), **target_settings(database))
        assert json.loads(shown)["singer_state"]["bookmarks"].keys() == set(CORE)
        yield sandbox, database


def test_backfill_beside_the_daily_job_keeps_its_own_catalog_and_bookmarks(
    project: Project, daily: tuple[Sandbox, Database]
) -> None:
    _, _, again, backfill, _ = operations()
    sandbox, database = daily
    daily_state, backfill_state = (
        project.folder / "state" / state_id / "state.json"
        for state_id in ("dev:tap-spott-to-target-postgres", "backfill-2024")
    )
    connection = source_settings(sandbox) | target_settings(database) | {"TAP_SPOTT_LOOKBACK_SECONDS": "0"}
    first = bookmarks(daily_state)["client_contacts"]

    # Rows that only the backfill brings back, and changes that only the daily job reads.
    database.execute("DELETE FROM tap_spott.client_contacts WHERE \"modifiedAt\" BETWEEN '2024-01-01' AND '2025-01-01'")
    assert database.count("client_contacts") < len(source(sandbox, "client_contacts"))
    sandbox.touch(count=5)
    sandbox.clear_requests()
    connection["MELTANO_STATE_BACKEND_URI"] = (project.folder / "state").as_uri()
    one_stream = "export TAP_SPOTT__SELECT='[\"client_contacts.*\"]'\n"
    run_at_once(project.folder, "meltano run postgres", one_stream + backfill, **connection)
    assert_equal_to_source(database.as_warehouse(), sandbox)
    assert filters_sent(sandbox) == {(first, None), ("2024-01-01T00:00:00.000Z", "2025-01-01T00:00:00.000Z")}
    assert bookmarks(daily_state).keys() == set(CORE)
    assert bookmarks(daily_state)["client_contacts"] > first
    assert bookmarks(backfill_state) == {"client_contacts": "2025-01-01T00:00:00.000Z"}
    assert not (project.folder / ".meltano/run/elt/backfill-2024").exists()

    sandbox.clear_requests()
    do(project.folder, again, **connection)
    assert filters_sent(sandbox) == {(None, None)}
    assert not daily_state.exists()
    assert backfill_state.exists()


def bookmarks(state_file: Path) -> dict[str, str]:
    """Return the bookmark of each stream in a state that Meltano has written."""
    state = json.loads(state_file.read_text())["completed"]["singer_state"]
    return {stream: bookmark["replication_key_value"] for stream, bookmark in state["bookmarks"].items()}


def filters_sent(sandbox: Sandbox) -> set[tuple[str | None, str | None]]:
    """Return `modifiedSince` and `modifiedUntil` of the requests for client contacts."""
    queries = [request["query"] for request in sandbox.requests() if request["path"] == "/clients/contacts"]
    return {(*query.get("modifiedSince", [None]), *query.get("modifiedUntil", [None])) for query in queries}


def test_job_for_deletions_removes_deleted_rows(project: Project, daily: tuple[Sandbox, Database]) -> None:
    *_, deletions = operations()
    sandbox, database = daily
    sandbox.delete("client_contacts", sorted(source(sandbox, "client_contacts"))[:5])
    assert database.count("client_contacts") > len(source(sandbox, "client_contacts"))
    full = {name.replace("SPOTT_", "SPOTT__FULL_"): value for name, value in source_settings(sandbox).items()}
    uri = target_settings(database)["TARGET_POSTGRES_SQLALCHEMY_URL"]
    do(project.folder, deletions, **full, TARGET_POSTGRES__FULL_SQLALCHEMY_URL=uri)
    assert_equal_to_source(database.as_warehouse(), sandbox)
