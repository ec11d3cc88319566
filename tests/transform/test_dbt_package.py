"""The dbt package builds from another project, with the variables and the data that users have."""

import json
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.transform import dbt_variables
from spott_sandbox import Sandbox
from tests.support.documents import ROOT, code_blocks, run_bash
from tests.support.meltano import Project
from tests.support.oracle import SCHEMAS
from tests.support.postgres import Database
from tests.support.tap import KEYS, STREAMS, Output, full_table, key_of, select, settings, sync

TRANSFORM = ROOT / "transform"
DEFAULT_STREAMS: list[str] = yaml.safe_load((TRANSFORM / "dbt_spott/dbt_project.yml").read_text())["vars"][
    "spott_streams"
]


@dataclass(frozen=True)
class Dbt:
    """The dbt that Meltano installs, and a copy of the package.

    Attributes:
        program: The executable.
        folder: The copy of the folder `transform`.
        project: The project that uses the package.
    """

    program: Path
    folder: Path
    project: Path

    def __call__(self, database: Database, *arguments: str, **variables: Any) -> str:  # noqa: ANN401 - any JSON
        """Run a command of dbt with variables of the package, and return its output."""
        command: list[str | Path] = [self.program, *arguments, f"--vars={json.dumps(variables)}"]
        connection = dbt_variables(database.uri, [])
        environment = {"DBT_PROFILES_DIR": str(self.folder), "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
        ended = subprocess.run(
            command,
            cwd=self.project,
            env=os.environ | connection | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout
        return ended.stdout


@pytest.fixture(scope="module")
def dbt(plugins: Path, tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Dbt:
    """Install the package in the project of its integration tests."""
    folder = tmp_path_factory.mktemp("dbt") / "transform"
    shutil.copytree(TRANSFORM, folder, ignore=shutil.ignore_patterns("target", "logs", "dbt_packages"))
    installed = Project(tmp_path_factory.mktemp("project"), plugins).run("install", "dbt-postgres", UV_OFFLINE="false")
    assert installed.returncode == 0, installed.stderr
    program = plugins / ".meltano/utilities/dbt-postgres/venv/bin/dbt"
    dbt = Dbt(program, folder, folder / "dbt_spott/integration_tests")
    dbt(Database(postgres, "deps"), "deps")
    return dbt


@pytest.fixture(scope="module")
def loaded(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """Return a database with the streams that the tap selects by default."""
    database = Database(postgres, "dbt")
    with Sandbox(contacts=60) as sandbox:
        load(database, sandbox, tmp_path_factory.mktemp("load"), select(*DEFAULT_STREAMS))
    return database


def load(database: Database, sandbox: Sandbox, folder: Path, catalog: dict[str, Any], **changes: object) -> None:
    database.load(sync(settings(sandbox, **changes), catalog=catalog), folder)


@pytest.fixture(scope="module")
def built(dbt: Dbt, loaded: Database) -> Database:
    """Build all models of the loaded streams."""
    dbt(loaded, "build")
    return loaded


def test_reference_to_a_row_of_another_account_fails(dbt: Dbt, built: Database) -> None:
    select = "--select=test_name:related_in_account,spott__opportunities"
    dbt(built, "test", select)
    built.execute("UPDATE spott.spott__company_coverage SET source_relation = 'other'")
    with pytest.raises(AssertionError, match="Failure in test related_in_account_spott__opportunities_company_id"):
        dbt(built, "test", select)
    built.execute("UPDATE spott.spott__company_coverage SET source_relation = 'tap_spott'")


def test_another_project_builds_its_models_from_the_package(built: Database) -> None:
    (counted,) = built.query(
        "SELECT count(*) AS companies, sum(open_opportunities) AS open FROM spott.open_opportunities"
    )
    assert counted["companies"]
    (expected,) = built.query("SELECT count(*) AS open FROM spott.spott__opportunities WHERE is_open")
    assert counted["open"] == expected["open"]
    assert not built.query("SELECT FROM information_schema.views WHERE table_name = 'stg_spott__vacancies'")


def test_package_installs_from_git_as_the_pages_show(dbt: Dbt, loaded: Database, tmp_path: Path) -> None:
    repository, project = dbt.folder.parent, tmp_path / "project"
    commit = "git init -q; git add transform; git -c user.name=test -c user.email=test@example.com commit -qm Test"
    head = run_bash(f"{commit}; git rev-parse HEAD", repository).strip()
    pages = ROOT / "docs/transform.md", TRANSFORM / "dbt_spott/README.md"
    (packages,) = {block for page in pages for block in code_blocks(page, "yaml") if "- git:" in block}
    shutil.copytree(dbt.project, project, ignore=shutil.ignore_patterns("target", "dbt_packages", "package-lock.yml"))
    (project / "packages.yml").write_text(packages.replace("URL", repository.as_uri()).replace("COMMIT", head))
    installed = replace(dbt, project=project)
    assert "Installed from revision" in installed(loaded, "deps")
    installed(loaded, "build", "--select=+open_opportunities", "--indirect-selection=cautious")


def test_freshness_covers_the_tables_that_exist(dbt: Dbt, loaded: Database) -> None:
    checked = [line for line in dbt(loaded, "source", "freshness").splitlines() if "PASS freshness" in line]
    assert len(checked) == 4, "tasks, lists, attachments, candidate_attribute_definitions"


def test_several_accounts_with_custom_attributes_and_without_a_column(dbt: Dbt, loaded: Database) -> None:
    for stream in DEFAULT_STREAMS:
        loaded.execute(f"CREATE SCHEMA IF NOT EXISTS other; CREATE TABLE other.{stream} AS TABLE tap_spott.{stream}")
    loaded.execute("ALTER TABLE other.notes DROP COLUMN content")
    loaded.execute("DELETE FROM other.opportunities WHERE id IN (SELECT min(id) FROM other.opportunities)")
    (attribute,) = loaded.query(
        "SELECT item ->> 'attributeDefinitionId' AS id, count(*) AS records, min(item -> 'value' ->> 'text') AS least"
        " FROM tap_spott.clients CROSS JOIN unnest(\"customAttributes\") AS item WHERE item -> 'value' ? 'text'"
        " GROUP BY 1 ORDER BY 1 LIMIT 1"
    )
    column = {"id": attribute["id"], "field": "text", "name": "remark", "type": "string"}
    dbt(
        loaded,
        "build",
        "--exclude=resource_type:snapshot",
        spott_schemas=["tap_spott", "other"],
        spott_absent_columns={"notes": ["content"]},
        spott_custom_attributes={"clients": [column]},
    )
    remarks = loaded.query(
        "SELECT source_relation, count(remark) AS records, min(remark) AS least FROM spott.stg_spott__clients"
        " GROUP BY source_relation ORDER BY source_relation"
    )
    found = {"records": attribute["records"], "least": attribute["least"]}
    assert remarks == [{"source_relation": "other", **found}, {"source_relation": "tap_spott", **found}]
    counts = loaded.query(
        "SELECT count(*) FROM spott.spott__opportunities GROUP BY source_relation ORDER BY source_relation"
    )
    other, first = [each["count"] for each in counts]
    assert (other, first) == (first - 1, loaded.count("opportunities"))


def test_lists_that_are_not_loaded_have_models_without_rows(dbt: Dbt, loaded: Database) -> None:
    lists = {
        "client_contacts": ["customAttributes"],
        "client_contact_details": ["clientContacts"],
        "notes": ["links"],
        "tasks": ["links"],
        "placements": ["fee"],
    }
    loaded.execute("CREATE SCHEMA narrow")
    for stream, (column,) in lists.items():
        loaded.execute(f"CREATE TABLE narrow.{stream} AS TABLE tap_spott.{stream}")
        loaded.execute(f'ALTER TABLE narrow.{stream} DROP COLUMN "{column}"')
    dbt(
        loaded,
        "run",
        "--select=stg_spott__note_links stg_spott__task_links +spott__client_contacts +spott__placements",
        spott_schemas=["narrow"],
        spott_absent_columns=lists,
        spott_custom_attributes={"client_contacts": [{"id": "x", "field": "date", "name": "due", "type": "timestamp"}]},
    )
    for model in ("client_contact_emails", "client_contact_phones", "note_links", "task_links", "placement_fee_splits"):
        assert not loaded.query(f"SELECT FROM spott.stg_spott__{model}"), model
    (contacts,) = loaded.query("SELECT count(*) AS rows, count(due) AS due FROM spott.stg_spott__client_contacts")
    assert contacts == {"rows": loaded.count("client_contacts"), "due": 0}
    (placements,) = loaded.query("SELECT count(*) AS rows, sum(fee_split_total) AS split FROM spott.spott__placements")
    assert placements == {"rows": loaded.count("placements"), "split": 0}


def test_a_deletion_ends_an_interval_and_a_return_starts_another(dbt: Dbt, postgres: str, tmp_path: Path) -> None:
    database = Database(postgres, "deleted")
    build = ("build", "--select=+spott__opportunity_stage_history", "--indirect-selection=cautious")
    streams = {"spott_streams": ["opportunities"]}
    before = datetime.now(UTC).replace(tzinfo=None)
    with Sandbox(contacts=60) as sandbox:
        load(database, sandbox, tmp_path, full_table("opportunities"), emit_activate_version_messages=True)
        dbt(database, *build, **streams)
        gone = sandbox.records("opportunities")[0]["id"]
        sandbox.delete("opportunities", [gone])
        load(database, sandbox, tmp_path, full_table("opportunities"), emit_activate_version_messages=True)
    dbt(database, *build, **streams)
    after = datetime.now(UTC).replace(tzinfo=None)
    table = "spott.spott__opportunity_stage_history"
    intervals = f"SELECT is_current, valid_from, valid_to FROM {table} WHERE opportunity_id = '{gone}' ORDER BY 2"  # noqa: S608 - our own id
    (first,) = database.query(intervals)
    assert not first["is_current"]
    assert before <= first["valid_from"] < first["valid_to"] <= after, "not in UTC"
    # As a later sync would that finds the record again, which keeps its `syncedAt`.
    database.execute("UPDATE tap_spott.opportunities SET _sdc_deleted_at = NULL")
    dbt(database, *build, **streams)
    ended, returned = database.query(intervals)
    assert ended == first
    assert returned["is_current"]
    assert returned["valid_from"] > after


def test_builds_from_pseudonymized_tables(dbt: Dbt, postgres: str, tmp_path: Path) -> None:
    database = Database(postgres, "dbt_pseudonymized")
    with Sandbox(contacts=60) as sandbox:
        load(database, sandbox, tmp_path, select(*STREAMS), personal_data="pseudonymize", pseudonym_key="k" * 32)
    dbt(database, "build", spott_streams=STREAMS)
    for stream in STREAMS:
        (staged,) = database.query(f"SELECT count(*) AS rows FROM spott.stg_spott__{stream}")  # noqa: S608 - our own names
        assert staged["rows"] == database.count(stream) > 0
    addresses = "SELECT count(*) AS rows, count(DISTINCT email) AS emails FROM spott.spott__client_contacts"
    (contacts,) = database.query(f"{addresses} WHERE email LIKE 'spott_pseudonym_email_%'")
    assert contacts["rows"] >= contacts["emails"] > 0


@pytest.fixture(scope="module")
def dirty(dbt: Dbt, postgres: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Database, Output]:
    """Build all models from records that violate the documentation; return the database and the tap's output."""
    database = Database(postgres, "dbt_dirty")
    with Sandbox(contacts=60, dirty=True) as sandbox:
        output = sync(settings(sandbox), catalog=select(*STREAMS))
    database.load(output, tmp_path_factory.mktemp("dirty"))
    dbt(database, "build", spott_streams=STREAMS)
    return database, output


@pytest.mark.parametrize("stream", STREAMS)
def test_staging_has_each_value_that_the_tap_sent(dirty: tuple[Database, Output], stream: str) -> None:
    database, output = dirty
    keys = [snake_case(name) for name in KEYS[stream]]
    sent = {key_of(stream, record): record for record in output.records(stream)}
    rows = database.query(f"SELECT * FROM spott.stg_spott__{stream}")  # noqa: S608 - our own names
    staged = {key[0] if len(key) == 1 else key: row for row in rows for key in [tuple(row[name] for name in keys)]}
    assert len(rows) == len(sent)
    assert staged.keys() == sent.keys()
    for key, record in sent.items():
        for column, path in scalar_columns(stream).items():
            found, expected = staged[key][column], value_at(record, path)
            if isinstance(found, datetime):
                expected = datetime.fromisoformat(expected).astimezone(UTC).replace(tzinfo=None)
            assert (float(found) if isinstance(found, Decimal) else found) == expected, f"{key} {column}"


def scalar_columns(stream: str) -> dict[str, tuple[str, ...]]:
    """Return the path of each string, number and boolean by the column's name, if no other path has that name."""
    paths = list(scalar_paths(SCHEMAS[stream]["properties"]))
    names = Counter(column_name(path) for path in paths)
    return {column_name(path): path for path in paths if names[column_name(path)] == 1}


def scalar_paths(properties: dict[str, Any], *path: str) -> Iterator[tuple[str, ...]]:
    for name, field in properties.items():
        if "properties" in field:
            yield from scalar_paths(field["properties"], *path, name)
        elif not {"array", "object"} & {*([field["type"]] if isinstance(field["type"], str) else field["type"])}:
            yield (*path, name)


def column_name(path: tuple[str, ...]) -> str:
    return "sort_order" if path == ("order",) else "_".join(map(snake_case, path))


def snake_case(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def value_at(record: dict[str, Any], path: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON may be anything
    value: Any = record
    for name in path:
        value = (value or {}).get(name)
    return value
