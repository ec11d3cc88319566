"""An asset per stream, partitioned by account. One run of Meltano loads all selected streams of an account."""

import sys
from collections.abc import Iterator

import yaml  # type: ignore[import-untyped] # CI checks this file in Dagster's environment, which has no stubs
from dagster import (
    AssetExecutionContext,
    AssetSpec,
    DagsterExecutionInterruptedError,
    DagsterInstance,
    DynamicPartitionsDefinition,
    Failure,
    MaterializeResult,
    RunsFilter,
    multi_asset,
)

from orchestrate import history
from orchestrate.accounts import read_account
from orchestrate.load import ROOT, Load, StreamResult

SOURCES = ROOT / "transform/dbt_spott/models/staging/_sources.yml"
PARTITIONS = "accounts"
ACCOUNTS = DynamicPartitionsDefinition(name=PARTITIONS)


def stream_assets() -> list[AssetSpec]:
    """Return the asset of each stream, with the key that dagster-dbt gives to the source of the models."""
    (source,) = yaml.safe_load(SOURCES.read_text())["sources"]
    return [
        AssetSpec(
            [source["name"], table["name"]], description=table["description"], group_name="streams", skippable=True
        )
        for table in source["tables"]
    ]


@multi_asset(name="load", specs=stream_assets(), partitions_def=ACCOUNTS, can_subset=True)
def load_account(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
    """Load an account, and materialize the streams that arrived, even if others failed."""
    account, run_id = context.partition_key, context.run_id
    selected = context.selected_asset_keys
    streams = [key.path[-1] for key in selected] if context.is_subset else None
    settings = read_account(account)
    end_killed_loads(context.instance, account)
    force = history.lock_is_stale(account)
    history.start(account, run_id)
    with Load(account, settings, run_id, streams, force=force) as load:
        try:
            write_log(load)
        except DagsterExecutionInterruptedError:
            load.stop_tap()
            write_log(load)
            history.end(run_id, "interrupted", None, load.results())
            raise
        error = None if load.succeeded else load.error
        history.end(run_id, "failed" if error else "succeeded", error, load.results())
        if load.loaded:
            for result in load.results():
                if result.status == "succeeded":
                    yield materialize(result)
    if error:
        raise Failure(error, allow_retries=False)


def end_killed_loads(instance: DagsterInstance, account: str) -> None:
    """Note that a load was killed if its run has ended and the end of the load was not noted."""
    if running := history.running(account):
        runs = instance.get_runs(RunsFilter(run_ids=running))
        history.end_killed([run.run_id for run in runs if run.is_finished])


def write_log(load: Load) -> None:
    """Write the log of a load to standard error until the load ends. Dagster shows it with the run."""
    for message in load.follow():
        sys.stderr.write(f"{message}\n")


def materialize(result: StreamResult) -> MaterializeResult[None]:
    """Return the materialization of a stream, with the values of its metric."""
    values = {name: value for name, value in vars(result).items() if name not in {"stream", "status", "error"}}
    return MaterializeResult(asset_key=["spott", result.stream], metadata=values)
