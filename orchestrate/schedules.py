"""When runs start: a sensor for account files, a schedule that spreads loads, and a schedule of the models."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from zlib import crc32

from dagster import (
    AddDynamicPartitionsRequest,
    DagsterRun,
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    DeleteDynamicPartitionsRequest,
    RunRecord,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SensorResult,
    define_asset_job,
    in_process_executor,
    schedule,
    sensor,
)

from orchestrate import history
from orchestrate.accounts import list_accounts
from orchestrate.models import models
from orchestrate.streams import ACCOUNTS, PARTITIONS, load_account

TICK_MINUTES = 5
INTERVAL_MINUTES = int(os.environ.get("SPOTT_INTERVAL_MINUTES", "60"))
"""Minutes between two loads of an account: a multiple of TICK_MINUTES."""
RETRY_MINUTES = int(os.environ.get("SPOTT_RETRY_MINUTES", "15"))
"""Minutes from the end of a failed load to its retry."""
RETRY_TAG = "spott/retry_of"
ENDED = (DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED)
UNFINISHED = [status for status in DagsterRunStatus if status not in ENDED]

LOAD = define_asset_job("load_accounts", [load_account], executor_def=in_process_executor)
BUILD = define_asset_job("build_models", [models], executor_def=in_process_executor)


@sensor(minimum_interval_seconds=30, default_status=DefaultSensorStatus.RUNNING)
def accounts(context: SensorEvaluationContext) -> SensorResult:
    """Add a partition for each new account file, and delete the partitions of removed files."""
    files, partitions = set(list_accounts()), set(context.instance.get_dynamic_partitions(PARTITIONS))
    history.set_up(sorted(files), INTERVAL_MINUTES)
    changes: list[AddDynamicPartitionsRequest | DeleteDynamicPartitionsRequest] = []
    if added := sorted(files - partitions):
        changes.append(ACCOUNTS.build_add_request(added))
    if removed := sorted(partitions - files):
        changes.append(ACCOUNTS.build_delete_request(removed))
    return SensorResult(dynamic_partitions_requests=changes)


@schedule(job=LOAD, cron_schedule=f"*/{TICK_MINUTES} * * * *", default_status=DefaultScheduleStatus.RUNNING)
def loads(context: ScheduleEvaluationContext) -> Iterator[RunRequest]:
    """Request the loads of this tick's accounts, and a retry of each load that failed some time ago."""
    now = context.scheduled_execution_time
    unfinished = context.instance.get_runs(RunsFilter(statuses=UNFINISHED))
    ready = set(context.instance.get_dynamic_partitions(PARTITIONS)) - set(map(account_of, unfinished))
    recent = RunsFilter(job_name=LOAD.name, created_after=now - timedelta(minutes=INTERVAL_MINUTES))
    due = due_accounts(ready, now)
    for name in due:
        yield RunRequest(f"{now.isoformat()}/{name}", partition_key=name)
    for run in runs_to_retry(context.instance.get_run_records(recent), now):
        name = account_of(run)
        if name in ready and name not in due:
            yield RunRequest(run.run_id, partition_key=name, tags={RETRY_TAG: run.run_id})


def due_accounts(names: Iterable[str], now: datetime) -> list[str]:
    """Return the accounts of a tick. Each account has one tick in an interval, chosen by a hash of its name."""
    ticks = max(INTERVAL_MINUTES // TICK_MINUTES, 1)
    tick = int(now.timestamp()) // (60 * TICK_MINUTES) % ticks
    return sorted(name for name in names if crc32(name.encode()) % ticks == tick)


def runs_to_retry(records: Iterable[RunRecord], now: datetime) -> Iterator[DagsterRun]:
    """Yield the last run of each account if it failed at least RETRY_MINUTES ago, and is no retry itself.

    Args:
        records: Runs, newest first.
        now: The time.
    """
    last = {account_of(record.dagster_run): record for record in reversed(list(records))}
    for record in last.values():
        run = record.dagster_run
        has_failed = run.status == DagsterRunStatus.FAILURE and RETRY_TAG not in run.tags
        if has_failed and (record.end_time or 0) <= now.timestamp() - 60 * RETRY_MINUTES:
            yield run


def account_of(run: DagsterRun) -> str:
    """Return the account that a run loads; empty for a build of the models."""
    return run.tags.get("dagster/partition", "")


builds = ScheduleDefinition(
    name="builds", job=BUILD, cron_schedule="0 * * * *", default_status=DefaultScheduleStatus.RUNNING
)
"""Once an hour. A build has all accounts, so it isn't repeated after each load."""
