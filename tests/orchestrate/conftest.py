"""A fleet of three accounts on Dagster: `north` is well, `south` is denied notes, `east` is killed half-way."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.rows import dict_row

from demo.fleet import LOCATION, UNFINISHED, Fleet, wait_for
from demo.install import ROOT, pip_settings_for_uv
from spott_sandbox import Sandbox
from tests.support.postgres import Database
from tests.support.tap import clean_environment

ACCOUNTS = ("north", "south", "east")
UV = Path(sys.executable).with_name("uv")
SCHEDULES = """
query ($selector: RepositorySelector!) {
  schedulesOrError(repositorySelector: $selector) { ... on Schedules { results { scheduleState { id } } } }
}"""
TURN_OFF = """
mutation ($id: String!) {
  stopRunningSchedule(id: $id) { ... on ScheduleStateResult { scheduleState { status } } }
}"""
LOADS = "SELECT * FROM orchestrate.loads WHERE account = %s ORDER BY started, stream NULLS FIRST"
TERMINATE = "mutation ($id: String!) { terminateRun(runId: $id) { __typename } }"
KEYS = {name: f"secret-of-{name}" for name in ACCOUNTS}


class Account(Database):
    """The schema of an account in the warehouse."""

    def __init__(self, fleet: Fleet, name: str) -> None:
        self.name = name
        self.uri = fleet.database["warehouse"]
        self.schema = f"spott_{name}"


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[dict[str, Sandbox]]:
    """The Spott of each account."""
    with (
        Sandbox(contacts=40, seed=11, api_key=KEYS["north"]) as north,
        Sandbox(contacts=50, seed=12, api_key=KEYS["south"], forbidden=["/notes"]) as south,
        Sandbox(contacts=60, seed=13, api_key=KEYS["east"], latency=0.2) as east,
    ):
        yield {"north": north, "south": south, "east": east}


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory, postgres: str, sandboxes: dict[str, Sandbox]) -> Iterator[Fleet]:
    """Dagster with the accounts of all sandboxes as partitions. Nothing is loaded yet."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    subprocess.run(
        [ROOT / "orchestrate/install"], env=pip_settings_for_uv() | clean_environment() | {"PATH": path}, check=True
    )
    home = tmp_path_factory.mktemp("dagster") / "fleet"
    with Fleet(home, postgres, MELTANO_HUB_URL="http://127.0.0.1:1") as fleet:
        for name, sandbox in sandboxes.items():
            fleet.add_account(name, sandbox)
        fleet.start()
        turn_off_schedules(fleet)
        fleet.wait_for_accounts(sandboxes)
        yield fleet


def turn_off_schedules(fleet: Fleet) -> None:
    """Turn off all schedules, so that only the tests start runs."""
    found = fleet.query(SCHEDULES, selector=LOCATION)["schedulesOrError"]["results"]
    for schedule in found:
        stopped = fleet.query(TURN_OFF, id=schedule["scheduleState"]["id"])["stopRunningSchedule"]["scheduleState"]
        assert stopped["status"] == "STOPPED"


def processes_of(fleet: Fleet, account: str) -> list[psutil.Process]:
    """Return the processes that load an account: the supervisor, Meltano, the tap and the loader."""
    expected = {"DAGSTER_HOME": fleet.environment["DAGSTER_HOME"], "TAP_SPOTT_API_KEY": KEYS[account]}
    return [
        process
        for process in psutil.process_iter(["environ"])
        if expected.items() <= (process.info["environ"] or {}).items()
    ]


def query(fleet: Fleet, text: str, *values: object) -> list[dict[str, Any]]:
    with psycopg.connect(fleet.database["warehouse"], row_factory=dict_row) as connection:
        return connection.execute(text.encode(), values).fetchall()


def loads(fleet: Fleet, account: str) -> list[dict[str, Any]]:
    """Return the loads of an account as wholes, the oldest first."""
    return [row for row in query(fleet, LOADS, account) if row["stream"] is None]


def load_statuses(fleet: Fleet, account: str, *run_ids: str) -> list[str]:
    """Return the status of the load of each run of an account."""
    by_run = {load["run_id"]: load["status"] for load in loads(fleet, account)}
    return [by_run[run_id] for run_id in run_ids]


def bookmark(fleet: Fleet, account: str, stream: str) -> str:
    """Return a bookmark of Meltano's state."""
    with psycopg.connect(fleet.database["meltano"]) as connection:
        (state,) = connection.execute("SELECT completed_state FROM state WHERE state_id = %s", [account])
    value: str = json.loads(state[0])["singer_state"]["bookmarks"][stream]["replication_key_value"]
    return value


def status(fleet: Fleet, run_id: str) -> str:
    (run,) = fleet.runs(runIds=[run_id])
    value: str = run["status"]
    return value


def repeats(fleet: Fleet, run_id: str) -> list[str]:
    """Return the runs that repeat a run."""
    return [run["id"] for run in fleet.runs() if run["tags"].get("dagster/parent_run_id") == run_id]


def cancel_load_of_north(fleet: Fleet, north: Sandbox) -> str:
    """Cancel a load of `north` half-way, check that it keeps its bookmarks, and return its run."""
    before = bookmark(fleet, "north", "client_contacts")
    north.touch(count=30)
    north.settings(latency=0.5)
    north.clear_requests()
    run_id = fleet.launch("load_accounts", "north")
    wait_for(lambda: len(north.requests()) >= 16, seconds=60)
    fleet.query(TERMINATE, id=run_id)
    wait_for(lambda: status(fleet, run_id) not in UNFINISHED, seconds=60)
    assert load_statuses(fleet, "north", run_id) == ["interrupted"]
    assert not processes_of(fleet, "north")
    assert bookmark(fleet, "north", "client_contacts") > before
    north.settings(latency=0)
    return run_id
