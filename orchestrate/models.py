"""The dbt models as assets, downstream of the streams. One build covers all accounts."""

import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import AssetExecutionContext, Failure
from dagster_dbt import DagsterDbtTranslator, DbtCliResource, DbtProject, dbt_assets
from sqlalchemy import make_url
from typing_extensions import override

from orchestrate import history
from orchestrate.accounts import schema_of
from orchestrate.load import ROOT
from orchestrate.streams import PARTITIONS

PROJECT = DbtProject(
    ROOT / "transform/dbt_spott", target_path=ROOT / ".meltano/dbt/dagster", profiles_dir=ROOT / "transform"
)
DBT = DbtCliResource(PROJECT, dbt_executable=str(Path(sys.executable).with_name("dbt")))


class Translator(DagsterDbtTranslator):
    """Puts all models and snapshots into one group, apart from the streams."""

    @override
    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        return "models"


@dbt_assets(manifest=PROJECT.manifest_path, project=PROJECT, name="models", dagster_dbt_translator=Translator())
def models(context: AssetExecutionContext) -> Iterator[Any]:
    """Build and test the models over the accounts that have all tables, and take the snapshots."""
    accounts = context.instance.get_dynamic_partitions(PARTITIONS)
    schemas = history.schemas_with(source_tables(), map(schema_of, accounts))
    missing = sorted(set(map(schema_of, accounts)) - set(schemas))
    context.log.info("Schemas: %s", ", ".join(schemas))
    if missing:
        context.log.warning("Schemas that lack a table, left out: %s", ", ".join(missing))
    if not schemas:
        msg = "no account has all tables that the models read; load an account first"
        raise Failure(msg, allow_retries=False)
    os.environ.update(connection_variables())
    # A test of two models runs only if both are selected: the other one may not exist yet.
    options = ["--indirect-selection=cautious", "--vars", json.dumps({"spott_schemas": schemas})]
    build = DBT.cli(["build", *options], context=context)
    try:
        yield from build.stream()
    finally:
        shutil.rmtree(build.target_path, ignore_errors=True)  # a copy of all artifacts for each run


def source_tables() -> set[str]:
    """Return the tables that the models read."""
    manifest = json.loads(Path(PROJECT.manifest_path).read_text())
    return {source["name"] for source in manifest["sources"].values()}


def connection_variables() -> dict[str, str]:
    """Return the loader's connection to the warehouse as variables of the dbt profile."""
    url = make_url(os.environ["TARGET_POSTGRES_SQLALCHEMY_URL"])
    host = url.host or str(url.query.get("host", "localhost"))
    values = {"HOST": host, "PORT": url.port, "USER": url.username, "PASSWORD": url.password, "DBNAME": url.database}
    return {f"DBT_POSTGRES_{name}": str(value) for name, value in values.items() if value}
