"""Five sandboxes as accounts, PostgreSQL and Dagster: load all accounts, then run in the background."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import psycopg

from demo.console import print_table, step
from demo.fleet import Fleet
from demo.install import DATA, ROOT
from demo.postgres import get_server
from spott_sandbox import Sandbox

HOME = DATA / "orchestrate"
ACCOUNTS = ("center", "east", "north", "south", "west")
DENIED = "west"
"""The account whose key has no permission for notes."""
LOADS = """\
SELECT DISTINCT ON (account) account, status, streams, records, requests, round(seconds) AS seconds, error
FROM orchestrate.loads AS load
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE status = 'succeeded') AS streams FROM orchestrate.loads
  WHERE run_id = load.run_id AND stream IS NOT NULL
) AS loaded
WHERE stream IS NULL
ORDER BY account, started
"""
MART = """\
SELECT source_relation, count(*) AS contacts, sum(lacks_email::int) AS lacks_email
FROM spott.spott__client_contacts
GROUP BY source_relation
ORDER BY source_relation
"""


def main() -> None:
    """Start everything, load the accounts, build the models, print the address, and run until SIGTERM.

    Raises:
        SystemExit: A step failed.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("demo: stopped"))  # runs the ends of all blocks
    shutil.rmtree(HOME, ignore_errors=True)
    HOME.mkdir(parents=True)
    with step("Installing Dagster, Meltano and dbt in orchestrate/.venv"):
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        subprocess.run([ROOT / "orchestrate/install"], env=os.environ | {"PATH": path}, check=True)
    with (HOME / "services.pid").open("w") as pid, ExitStack() as stack:
        fcntl.flock(pid, fcntl.LOCK_EX)  # until all services have ended
        pid.write(str(os.getpid()))
        pid.flush()
        with step("Starting PostgreSQL"):
            server = get_server(HOME / "postgres", cleanup_mode=None)
        stack.callback(server.stop)
        fleet = stack.enter_context(Fleet(HOME / "fleet", server.get_uri()))
        with step("Starting five sandboxes, Dagster's daemon and its web UI"):
            for number, name in enumerate(ACCOUNTS):
                sandbox = Sandbox(
                    contacts=100 * (number + 1),
                    seed=number,
                    api_key=f"key-of-{name}",
                    forbidden=["/notes"] if name == DENIED else [],
                )
                stack.callback(sandbox.stop)
                fleet.add_account(name, sandbox)
            fleet.start()
            fleet.wait_for_accounts(ACCOUNTS)
        with step("Loading the accounts"):
            for name in ACCOUNTS:
                fleet.launch("load_accounts", name)
            fleet.wait_for_runs()
        with step("Building the dbt models from all accounts"):
            fleet.launch("build_models")
            fleet.wait_for_runs()
        with psycopg.connect(fleet.database["warehouse"]) as connection:
            for query in (LOADS, MART):
                print_result(connection, query)
        print(f"\nWeb UI:   {fleet.url}\nStop it:  python3 -m demo stop", flush=True)
        run_in_background()


def print_result(connection: psycopg.Connection, query: str) -> None:
    """Print the result of a query as a table."""
    result = connection.execute(query.encode())
    print_table([column.name for column in result.description or ()], result.fetchall())


def run_in_background() -> None:
    """Close standard output, which ends the command that started this process, and wait for SIGTERM."""
    with Path(os.devnull).open("wb") as null:
        os.dup2(null.fileno(), sys.stdout.fileno())
    signal.pause()


def stop(home: Path) -> None:
    """Stop the services of a folder, if they run, and wait until they have ended."""
    file = home / "services.pid"
    if not file.exists():
        return
    with file.open() as pid:
        try:
            fcntl.flock(pid, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.kill(int(pid.read()), signal.SIGTERM)
            fcntl.flock(pid, fcntl.LOCK_EX)
        file.unlink()


if __name__ == "__main__":
    main()
