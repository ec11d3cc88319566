"""A fleet of three accounts on Dagster: `north` is well, `south` is denied notes, `east` is killed half-way."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from demo.fleet import LOCATION, Fleet
from demo.install import ROOT, pip_settings_for_uv
from spott_sandbox import Sandbox
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
KEYS = {name: f"secret-of-{name}" for name in ACCOUNTS}


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
