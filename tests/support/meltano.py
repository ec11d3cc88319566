"""Runs Meltano in copies of this project."""

import fcntl
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from demo.install import pip_settings_for_uv
from demo.meltano import MELTANO
from spott_sandbox import Sandbox
from tests.support.documents import run_bash
from tests.support.postgres import Database
from tests.support.tap import CORE, clean_environment

ROOT = Path(__file__).parents[2]


ALIASES = """\
meltano() { "$UVX" "$UVX_PYTHON" "$UVX_MELTANO" "$@"; }
uvx() { shift; meltano "$@"; }
"""
"""Shell functions that run Meltano for the commands `meltano` and `uvx meltano@...` in documents."""

PLUGINS = ("tap-spott", "tap-postgres", "target-postgres")


class Project:
    """A copy of this Meltano project in another folder."""

    def __init__(self, folder: Path, plugins: Path) -> None:
        """Make the project in a folder, with the plugins that `install` put into another folder."""
        text = (ROOT / "meltano.yml").read_text().replace("pip_url: -e .", f"pip_url: -e {ROOT}")
        (folder / "meltano.yml").write_text(text)
        (folder / ".meltano").mkdir(exist_ok=True)
        if not (folder / "transform").exists():
            (folder / "transform").symlink_to(ROOT / "transform")
        for kind in ("extractors", "loaders", "utilities"):
            (plugins / ".meltano" / kind).mkdir(parents=True, exist_ok=True)
            if folder != plugins:
                (folder / ".meltano" / kind).symlink_to(plugins / ".meltano" / kind)
        self.folder = folder

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return meltano(self.folder, *arguments, **settings)

    def load(self, sandbox: Sandbox, database: Database, *options: str, **settings: str) -> None:
        """Run the job `postgres`, with bookmarks for this database alone."""
        self.run_job("postgres", sandbox, database, *options, **settings)

    def run_job(self, job: str, sandbox: Sandbox, database: Database, *options: str, **settings: str) -> None:
        """Run a job, with bookmarks for this database alone."""
        ended = self.run(*pipeline(database, *options, job=job), **job_settings(sandbox, database) | settings)
        assert ended.returncode == 0, ended.stderr

    def load_and_kill(
        self,
        sandbox: Sandbox,
        database: Database,
        kill: Callable[[int], None],
        requests: int,
        job: str = "postgres",
        **settings: str,
    ) -> int:
        """Run a job, kill it after this many requests, and return its exit status.

        Args:
            sandbox: The source.
            database: The destination.
            kill: Function that takes the process id of Meltano.
            requests: Number of requests after which to kill the job.
            job: The job's name.
            settings: Environment variables.
        """
        sandbox.clear_requests()
        with (self.folder / "killed.log").open("wb") as log:
            process = subprocess.Popen(
                [*MELTANO, *pipeline(database, "--force", job=job)],  # Meltano takes a killed run for a running one
                cwd=self.folder,
                env=environment(job_settings(sandbox, database) | settings),
                stderr=log,
                process_group=0,
            )
        while len(sandbox.requests()) < requests:
            assert process.poll() is None, (self.folder / "killed.log").read_text()
            time.sleep(0.1)
        kill(process.pid)
        return process.wait()


def install(plugins: Path) -> None:
    """Install the plugins of the pipelines into a folder, unless another process has done so."""
    plugins.mkdir(exist_ok=True)
    with (plugins / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (plugins / "meltano.yml").exists():
            installed = Project(plugins, plugins).run("install", *PLUGINS, UV_OFFLINE="false")
            assert installed.returncode == 0, installed.stderr
            # One package holds both programs, and each environment takes two seconds.
            (plugins / ".meltano/loaders/target-spott").symlink_to("../extractors/tap-spott")


def do(folder: Path, commands: str, **settings: str) -> str:
    """Run a document's commands in a project's folder, and return their standard output."""
    names = dict(zip(("UVX", "UVX_PYTHON", "UVX_MELTANO"), MELTANO, strict=True))
    return run_bash(ALIASES + commands, folder, environment(settings | names))


def run_at_once(folder: Path, *commands: str, **settings: str) -> None:
    """Run a document's commands in a project's folder, all at the same time."""
    with ThreadPoolExecutor() as pool:
        for future in [pool.submit(do, folder, command, **settings) for command in commands]:
            future.result()


def pipeline(database: Database, *options: str, job: str) -> list[str]:
    """Return the arguments of `meltano` for a job."""
    return ["run", f"--state-id-suffix={database.name}", *options, job]


def job_settings(sandbox: Sandbox, database: Database) -> dict[str, str]:
    """Return the settings of all jobs between a sandbox and a database, as environment variables."""
    target = {name.replace("TAP", "TARGET", 1): value for name, value in source_settings(sandbox).items()}
    # tap-postgres requires a host and a password; the server's socket, later in the URL, overrides them.
    uri = database.uri.replace("postgresql://", "postgresql+psycopg2://").replace(":@/", ":none@localhost/")
    return source_settings(sandbox) | target | target_settings(database) | {"TAP_POSTGRES_SQLALCHEMY_URL": uri}


def source_settings(sandbox: Sandbox) -> dict[str, str]:
    """Return the settings of tap-spott for the core streams, with a rate limit that no test reaches."""
    return {
        "TAP_SPOTT__SELECT": json.dumps([f"{stream}.*" for stream in CORE]),
        "TAP_SPOTT_API_KEY": sandbox.api_key,
        "TAP_SPOTT_API_URL": sandbox.url,
        "TAP_SPOTT_REQUESTS_PER_MINUTE": "100000",
    }


def target_settings(database: Database) -> dict[str, str]:
    return {"TARGET_POSTGRES_SQLALCHEMY_URL": database.target_url}


def kill_tap(pid: int) -> None:
    """Kill the tap among Meltano's child processes."""
    children = psutil.Process(pid).children(recursive=True)
    (tap,) = [child for child in children if "/bin/tap-spott" in str(child.cmdline())]
    tap.kill()


def kill_everything(pid: int) -> None:
    """Kill Meltano and its child processes, as when a container is removed."""
    os.killpg(pid, signal.SIGKILL)


def meltano(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run Meltano in a project's folder."""
    return subprocess.run(
        [*MELTANO, *arguments], cwd=folder, env=environment(settings), capture_output=True, text=True, check=False
    )


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Return an environment with these settings, without access to Meltano Hub and, for uv, to registries.

    Otherwise uv queries the registries on each run, although `install` has installed all packages.
    """
    offline = {"MELTANO_HUB_URL": "http://127.0.0.1:1", "UV_OFFLINE": "true"}
    variables = pip_settings_for_uv() | clean_environment() | offline | settings
    # A run starts four programs. Without compiled bytecode each takes twice as long.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables
