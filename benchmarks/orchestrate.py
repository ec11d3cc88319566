"""What many accounts on Dagster cost: CPU seconds per load, and how fast a tick queues a thousand loads.

Usage: `.venv/bin/python -m benchmarks.orchestrate`, about ten minutes. `orchestrate/install` must have run.
"""

import os
import platform
import resource
import tempfile
import time
from pathlib import Path

import psycopg

from demo.fleet import MODULE, Fleet, wait_for
from demo.postgres import get_server
from spott_sandbox import Sandbox

ACCOUNTS = 1000
LOADS = 5
CONTACTS = 500
EXECUTE = (
    "dagster",
    "job",
    "execute",
    f"--module-name={MODULE}",
    "--job=load_accounts",
    '--tags={"dagster/partition": "north"}',
)
QUEUED = "SELECT count(*), extract(epoch FROM max(create_timestamp) - min(create_timestamp))::float FROM runs"


def main() -> None:
    """Measure both, and print the figures."""
    print(f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}")
    with (
        tempfile.TemporaryDirectory() as folder,
        get_server(Path(folder) / "postgres", cleanup_mode="delete") as server,
    ):
        measure_loads(Path(folder) / "loads", server.get_uri())
        measure_queue(Path(folder) / "queue", server.get_uri())


def measure_loads(home: Path, postgres: str) -> None:
    """Print the CPU seconds of loads that find no change, Dagster's process included."""
    with Sandbox(contacts=CONTACTS) as sandbox, Fleet(home, postgres) as fleet:
        fleet.add_account("north", sandbox)
        fleet.start()
        fleet.wait_for_accounts({"north"})
        fleet.stop()
        seconds = []
        for _ in range(1 + LOADS):
            before, started = cpu_seconds(), time.monotonic()
            fleet.run(*EXECUTE).check_returncode()
            seconds.append((cpu_seconds() - before, time.monotonic() - started))
    (first, _), *quiet = seconds
    cpu, wall = (sorted(values)[LOADS // 2] for values in zip(*quiet, strict=True))
    print(f"first load of {CONTACTS} contacts: {first:.1f} CPU seconds")
    print(f"load without a change, median of {LOADS}: {cpu:.1f} CPU seconds in {wall:.1f} s")
    print(f"1,000 such loads in an hour: {1000 * cpu / 3600:.1f} cores")


def cpu_seconds() -> float:
    """Return the CPU seconds of all processes that this one has waited for, and of their child processes."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure_queue(home: Path, postgres: str) -> None:
    """Print how long one tick takes to queue a load of each account. None of them starts."""
    with Sandbox(contacts=1) as sandbox, Fleet(home, postgres, SPOTT_INTERVAL_MINUTES="5") as fleet:
        configuration = home / "dagster/dagster.yaml"
        configuration.write_text(configuration.read_text().replace("max_concurrent_runs: 4", "max_concurrent_runs: 0"))
        names = {f"account_{number}" for number in range(ACCOUNTS)}
        for name in names:
            fleet.add_account(name, sandbox, API_KEY=f"key-of-{name}")
        fleet.start()
        fleet.wait_for_accounts(names)
        with psycopg.connect(fleet.database["dagster"], autocommit=True) as connection:

            def queued() -> tuple[int, float]:
                ((count, seconds),) = connection.execute(QUEUED)
                return count, seconds

            wait_for(lambda: queued()[0] >= ACCOUNTS, seconds=1200)
            _, seconds = queued()
        print(f"one tick queued {ACCOUNTS} loads in {seconds:.0f} s")


if __name__ == "__main__":
    main()
