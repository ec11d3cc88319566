"""The pages in docs/ are correct: the tests take each file and each command from the page."""

import json
import re
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
import yaml

from spott_sandbox import Sandbox
from tests.support.documents import ROOT, broken_links, code_blocks
from tests.support.meltano import Project, do, run_at_once, source_settings, target_settings
from tests.support.oracle import SCHEMAS, assert_equal_to_source, source
from tests.support.postgres import Database
from tests.support.tap import CORE, Record, select, settings, sync

PAGES = sorted((ROOT / "docs").glob("*.md"))
OPERATIONS, PRIVACY, DATA_MODEL, REVERSE_ETL, SANDBOX, WAREHOUSES = (
    ROOT / f"docs/{name}.md" for name in ("operations", "privacy", "data-model", "reverse-etl", "sandbox", "warehouses")
)
TESTED = {
    OPERATIONS: {"sh", "yaml"},
    PRIVACY: {"sh", "yaml"},
    DATA_MODEL: {"mermaid", "sql"},
    REVERSE_ETL: {"sh", "sql"},
    SANDBOX: {"sh", "python"},
    WAREHOUSES: {"sql"},
}
"""Languages of the code blocks that tests run: here, in `test_generated.py`, `test_sandbox.py` and `tests/e2e`."""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_links_resolve_and_code_blocks_are_tested(page: Path) -> None:
    assert broken_links(page) == []
    languages = set(re.findall(r"^```(.+)$", page.read_text(), re.MULTILINE))
    assert languages <= TESTED.get(page, set())


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
    _, *commands = code_blocks(OPERATIONS, "sh")  # the first ones, for a wheel, are those of `test_meltano.py`
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


def test_backfill_beside_the_daily_job_keeps_its_own_catalog_and_bookmarks(postgres: str, project: Project) -> None:
    _, elsewhere, again, backfill, _ = operations()
    database = Database(postgres, "state")
    daily_state, backfill_state = (
        project.folder / "state" / state_id / "state.json"
        for state_id in ("dev:tap-spott-to-target-postgres", "backfill-2024")
    )
    with Sandbox(contacts=40) as sandbox:
        connection = source_settings(sandbox) | target_settings(database) | {"TAP_SPOTT_LOOKBACK_SECONDS": "0"}
        shown_state = json.loads(do(project.folder, elsewhere, **connection))["singer_state"]
        assert shown_state["bookmarks"].keys() == set(CORE)
        first = bookmarks(daily_state)["client_contacts"]

        # Rows that only the backfill brings back, and changes that only the daily job reads.
        database.execute(
            "DELETE FROM tap_spott.client_contacts WHERE \"modifiedAt\" BETWEEN '2024-01-01' AND '2025-01-01'"
        )
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


def test_job_for_deletions_removes_deleted_rows(postgres: str, project: Project) -> None:
    *_, deletions = operations()
    database = Database(postgres, "gone")
    with Sandbox(contacts=30) as sandbox:
        project.load(sandbox, database)
        sandbox.delete("client_contacts", sorted(source(sandbox, "client_contacts"))[:5])
        full = {name.replace("SPOTT_", "SPOTT__FULL_"): value for name, value in source_settings(sandbox).items()}
        uri = target_settings(database)["TARGET_POSTGRES_SQLALCHEMY_URL"]
        do(project.folder, deletions, **full, TARGET_POSTGRES__FULL_SQLALCHEMY_URL=uri)
        assert_equal_to_source(database.as_warehouse(), sandbox)


def test_excluded_columns_are_not_written(tmp_path: Path, plugins: Path, sandbox: Sandbox) -> None:
    (selection, _), (command,) = code_blocks(PRIVACY, "yaml"), code_blocks(PRIVACY, "sh")
    project = Project(tmp_path, plugins)
    path = tmp_path / "meltano.yml"
    content = yaml.safe_load(path.read_text())
    content["plugins"]["extractors"][0] |= yaml.safe_load(selection)
    path.write_text(yaml.safe_dump(content))
    connection = {name: value for name, value in source_settings(sandbox).items() if name != "TAP_SPOTT__SELECT"}
    written = do(project.folder, f"{command}meltano invoke tap-spott\n", **connection)
    records = records_by_stream(written)
    excluded = [name.removeprefix("!") for name in yaml.safe_load(selection)["select"] if name.startswith("!")]
    for name in ["client_contacts.avatarUrl", *excluded]:
        stream, column = name.split(".")
        assert records[stream]
        assert column in SCHEMAS[stream]["properties"]
        assert not any(column in record for record in records[stream])


def records_by_stream(written: str) -> dict[str, list[Record]]:
    records: dict[str, list[Record]] = {stream: [] for stream in SCHEMAS}
    for line in written.splitlines():
        if line.startswith("{") and (message := json.loads(line)).get("type") == "RECORD":
            records[message["stream"]].append(message["record"])
    return records


def test_stream_maps_hash_columns(sandbox: Sandbox) -> None:
    _, maps = code_blocks(PRIVACY, "yaml")
    config: dict[str, Any] = yaml.safe_load(maps)
    output = sync(settings(sandbox, **config), catalog=select("client_contacts"))
    people = source(sandbox, "client_contacts")
    assert {record["id"] for record in output.records("client_contacts")} == people.keys()
    for record in output.records("client_contacts"):
        for column in ("firstName", "lastName"):
            text = config["stream_map_config"]["secret"] + (people[record["id"]][column] or "")
            assert record[column] == md5(text.encode(), usedforsecurity=False).hexdigest()
        assert "avatarUrl" not in record


def personal_columns() -> dict[str, set[str]]:
    """Return the columns with personal data that the page lists, by stream."""
    rows = re.findall(r"^\| `(\w+)` \|(.*)$", PRIVACY.read_text(), re.MULTILINE)
    return {stream: set(re.findall(r"`(\w+)`", cells)) for stream, cells in rows}


PERSONAL = re.compile(
    "firstName|lastName|mail|phone|birth|gender|nationality|compensation|^content$|customAttribute|otherFields",
    re.IGNORECASE,
)


def paths(schema: Any) -> set[tuple[str, ...]]:  # noqa: ANN401 - JSON may be anything
    """Return the path of each property of a schema, at every depth."""
    schema = schema.get("items", schema)
    inner = schema.get("properties", {})
    return {(name, *path) for name, column in inner.items() for path in {(), *paths(column)}}


@pytest.mark.parametrize("stream", SCHEMAS)
def test_page_lists_columns_with_personal_data(stream: str) -> None:
    listed, columns = personal_columns()[stream], paths(SCHEMAS[stream])
    assert listed <= {name for path in columns for name in path}
    assert [path for path in columns if PERSONAL.search(path[-1]) and not listed & set(path)] == []
