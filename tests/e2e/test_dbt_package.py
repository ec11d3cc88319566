"""The dbt package builds from another project, with the variables and the data that users have."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from demo.transform import dbt_variables
from spott_sandbox import Sandbox
from tests.support.documents import ROOT
from tests.support.postgres import Database
from tests.support.tap import STREAMS, full_table, select, settings, sync

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


def test_another_project_builds_its_models_from_the_package(dbt: Dbt, loaded: Database) -> None:
    dbt(loaded, "build")
    (counted,) = loaded.query(
        "SELECT count(*) AS companies, sum(open_opportunities) AS open FROM spott.open_opportunities"
    )
    assert counted["companies"]
    (expected,) = loaded.query("SELECT count(*) AS open FROM spott.spott__opportunities WHERE is_open")
    assert counted["open"] == expected["open"]
    assert not loaded.query("SELECT FROM information_schema.views WHERE table_name = 'stg_spott__vacancies'")


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


def test_a_deletion_ends_an_interval_and_a_return_starts_another(dbt: Dbt, postgres: str, tmp_path: Path) -> None:
    database = Database(postgres, "deleted")
    build = ("build", "--select=+spott__opportunity_stage_history", "--indirect-selection=cautious")
    streams = {"spott_streams": ["opportunities"]}
    with Sandbox(contacts=60) as sandbox:
        load(database, sandbox, tmp_path, full_table("opportunities"), emit_activate_version_messages=True)
        dbt(database, *build, **streams)
        gone = sandbox.records("opportunities")[0]["id"]
        sandbox.delete("opportunities", [gone])
        load(database, sandbox, tmp_path, full_table("opportunities"), emit_activate_version_messages=True)
    dbt(database, *build, **streams)
    intervals = (
        f"SELECT is_current FROM spott.spott__opportunity_stage_history WHERE opportunity_id = '{gone}' ORDER BY 1"  # noqa: S608 - our own id
    )
    assert [row["is_current"] for row in database.query(intervals)] == [False]
    # As a later sync would that finds the record again, which keeps its `syncedAt`.
    database.execute("UPDATE tap_spott.opportunities SET _sdc_deleted_at = NULL")
    dbt(database, *build, **streams)
    assert [row["is_current"] for row in database.query(intervals)] == [False, True]


def test_models_build_from_records_that_violate_the_documentation(dbt: Dbt, postgres: str, tmp_path: Path) -> None:
    database = Database(postgres, "dbt_dirty")
    with Sandbox(contacts=60, dirty=True) as sandbox:
        load(database, sandbox, tmp_path, select(*STREAMS))
    dbt(database, "build", spott_streams=STREAMS)
    for stream in STREAMS:
        (counted,) = database.query(f"SELECT count(*) FROM spott.stg_spott__{stream}")  # noqa: S608 - our own names
        assert counted["count"] == database.count(stream)
