"""Dagster's daemon and web UI over a folder of accounts."""

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import psycopg
from psycopg import sql

from demo.install import ROOT
from spott_sandbox import Sandbox

BIN = ROOT / "orchestrate/.venv/bin"
DATABASES = ("dagster", "meltano", "warehouse")
MODULE = "orchestrate.definitions"
LOCATION = {"repositoryLocationName": MODULE, "repositoryName": "__repository__"}
LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) { __typename ... on LaunchRunSuccess { run { runId } } }
}"""
RUNS = """
query ($filter: RunsFilter!) {
  runsOrError(filter: $filter, limit: 1000) {
    ... on Runs { results { id status tags { key value } startTime endTime } }
  }
}"""
COMMANDS = (
    ("dagster-daemon", "run", f"--module-name={MODULE}"),
    ("dagster-webserver", f"--module-name={MODULE}"),
)
UNFINISHED = ("QUEUED", "NOT_STARTED", "STARTING", "STARTED", "CANCELING")
_OPENER = build_opener(ProxyHandler({}))


class Fleet:
    """Dagster with its databases in a PostgreSQL server. As a context manager, it stops at the end of the block.

    Attributes:
        home: Folder of the account files, of Dagster's files and of the logs.
        environment: Environment of Dagster's processes, and so of the loads.
        url: Address of the web UI.
    """

    def __init__(self, home: Path, postgres: str, configuration: str = "dagster.yaml", **environment: str) -> None:
        """Create the databases and the folders.

        Args:
            home: Folder to create. Its name is in the databases' names.
            postgres: URL of the server, with the database `postgres`.
            configuration: File of `orchestrate/` with Dagster's configuration.
            environment: Variables for Dagster's processes, in addition to those of this process.
        """
        self.home = home
        (home / "accounts").mkdir(parents=True)
        (home / "dagster").mkdir()
        (home / "dagster/dagster.yaml").write_text((ROOT / "orchestrate" / configuration).read_text())
        with psycopg.connect(postgres, autocommit=True) as connection:
            for name in DATABASES:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(f"{home.name}_{name}")))
        self.database = {name: postgres.replace("/postgres?", f"/{home.name}_{name}?") for name in DATABASES}
        self.environment = environment | {
            "DAGSTER_HOME": str(home / "dagster"),
            "DAGSTER_DATABASE_URL": self.database["dagster"].replace("postgresql:", "postgresql+psycopg2:"),
            "MELTANO_DATABASE_URI": self.database["meltano"].replace("postgresql:", "postgresql+psycopg:"),
            "TARGET_POSTGRES_SQLALCHEMY_URL": self.database["warehouse"].replace("postgresql:", "postgresql+psycopg:"),
            "SPOTT_ACCOUNTS": str(home / "accounts"),
        }
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self._processes: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def add_account(self, name: str, sandbox: Sandbox, **settings: str) -> None:
        """Write the file of an account whose Spott is a sandbox."""
        values = {"API_KEY": sandbox.api_key, "API_URL": sandbox.url, "REQUESTS_PER_MINUTE": "100000"} | settings
        lines = [f"TAP_SPOTT_{setting}={value}\n" for setting, value in values.items()]
        file = self.home / "accounts" / f"{name}.env"
        file.touch(mode=0o600)
        file.write_text("".join(lines))

    def start(self) -> None:
        """Start the daemon and the web UI, and wait until the UI answers.

        Raises:
            CalledProcessError: Meltano could not create its tables.
            RuntimeError: The daemon or the web UI ended.
            TimeoutError: The UI has not answered for two minutes.
        """
        # Two loads that create Meltano's tables at once fail.
        self.run("meltano", "state", "list").check_returncode()
        daemon, web_ui = COMMANDS
        self.start_process(*daemon)
        self.start_process(*web_ui, f"--port={self._port}")
        wait_for(self._answers, seconds=120)

    def stop(self) -> None:
        """Stop Dagster's processes, and the loads that they run."""
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # a server of the code waits for its runs

    def start_process(self, program: str, *arguments: str) -> int:
        """Start a program of Dagster's environment that runs until `stop`, and return its process ID."""
        with (self.home / f"{program}.log").open("ab") as log:
            process = subprocess.Popen(
                [BIN / program, *arguments],
                cwd=ROOT,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        return process.pid

    def run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a program of Dagster's environment to its end."""
        return subprocess.run(
            [BIN / program, *arguments],
            cwd=ROOT,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def query(self, text: str, **variables: object) -> dict[str, Any]:
        """Send a GraphQL query, and return the data of its result.

        Raises:
            RuntimeError: Dagster rejected the query.
            URLError: Dagster did not answer.
        """
        body = json.dumps({"query": text, "variables": variables}).encode()
        request = Request(f"{self.url}/graphql", body, {"Content-Type": "application/json"})  # noqa: S310 - the local server
        with _OPENER.open(request, timeout=60) as response:
            answer = json.load(response)
        if "errors" in answer:
            raise RuntimeError(answer["errors"][0]["message"])
        data: dict[str, Any] = answer["data"]
        return data

    def launch(self, job: str, account: str | None = None, assets: Iterable[str] | None = None) -> str:
        """Queue a run of a job, and return its ID.

        Args:
            job: The job's name.
            account: The account to load; None: the job has no accounts.
            assets: Assets of the job, such as `spott/notes` or `stg_spott__notes`; None: all.
        """
        selection = None if assets is None else [{"path": asset.split("/")} for asset in assets]
        params = {
            "selector": LOCATION | {"jobName": job, "assetSelection": selection},
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": account}] if account else []},
        }
        run_id: str = self.query(LAUNCH, params=params)["launchRun"]["run"]["runId"]
        return run_id

    def runs(self, **conditions: object) -> list[dict[str, Any]]:
        """Return the runs that match a filter of the API, newest first, with tags by name."""
        found = self.query(RUNS, filter=conditions)["runsOrError"]["results"]
        return [run | {"tags": {tag["key"]: tag["value"] for tag in run["tags"]}} for run in found]

    def wait_for_accounts(self, names: Iterable[str]) -> None:
        """Wait until Dagster has a partition for each of these accounts, and no others."""
        query = "SELECT partition FROM dynamic_partitions WHERE partitions_def_name = 'accounts'"
        with psycopg.connect(self.database["dagster"], autocommit=True) as connection:
            wait_for(lambda: {name for (name,) in connection.execute(query)} == set(names), seconds=120)

    def wait_for_runs(self) -> None:
        """Wait until no run is queued or running."""
        wait_for(lambda: not self.runs(statuses=UNFINISHED), seconds=600)

    def _answers(self) -> bool:
        if any(process.poll() is not None for process in self._processes):
            message = f"Dagster did not start; the logs in {self.home} say why"
            raise RuntimeError(message)
        with suppress(URLError):
            return bool(self.query("query { version }"))
        return False


def wait_for(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until a condition is true.

    Raises:
        TimeoutError: It was not true in time.
    """
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            message = f"still waiting after {seconds:.0f} s"
            raise TimeoutError(message)
        time.sleep(0.2)
