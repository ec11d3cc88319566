"""Runs Meltano in projects like this one, the way users do."""

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
"""Meltano under the names that readers have it by."""

PLUGINS = ("tap-spott", "target-spott", "tap-postgres", "target-postgres", "target-jsonl")


class Project:
    """A Meltano project like this one, which leaves the checkout's alone."""

    def __init__(self, folder: Path, plugins: Path) -> None:
        """Make a project in a folder, with plugins that `install` has put into another."""
        text = (ROOT / "meltano.yml").read_text().replace("pip_url: -e .", f"pip_url: -e {ROOT}")
        (folder / "meltano.yml").write_text(text)
        (folder / ".meltano").mkdir(exist_ok=True)
        for kind in ("extractors", "loaders"):
            (plugins / ".meltano" / kind).mkdir(parents=True, exist_ok=True)
            if folder != plugins:
                (folder / ".meltano" / kind).symlink_to(plugins / ".meltano" / kind)
        self.folder = folder

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return meltano(self.folder, *arguments, **settings)

    def load(self, sandbox: Sandbox, database: Database, *options: str, **settings: str) -> None:
        """Run the pipeline, with bookmarks for this database alone."""
        self.run_job("postgres", sandbox, database, *options, **settings)

    def run_job(self, job: str, sandbox: Sandbox, database: Database, *options: str, **settings: str) -> None:
        """Run a job of the project, with bookmarks for this database alone."""
        ended = self.run(*pipeline(database, *options, job=job), **settings_of(sandbox, database) | settings)
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
        """Run the pipeline, kill it after so many requests, and return the status that it ends with.

        Args:
            sandbox: The source.
            database: Where it goes.
            kill: Takes Meltano's process.
            requests: How many have been made by then.
            job: Of the project.
            settings: As environment variables.
        """
        sandbox.clear_requests()
        with (self.folder / "killed.log").open("wb") as log:
            process = subprocess.Popen(
                [*MELTANO, *pipeline(database, "--force", job=job)],  # what was killed before is taken to run still
                cwd=self.folder,
                env=environment(settings_of(sandbox, database) | settings),
                stderr=log,
                process_group=0,
            )
        while len(sandbox.requests()) < requests:
            assert process.poll() is None, (self.folder / "killed.log").read_text()
            time.sleep(0.1)
        kill(process.pid)
        return process.wait()


def install(plugins: Path) -> None:
    """Install what the pipelines run into a folder, unless that has been done by another process."""
    plugins.mkdir(exist_ok=True)
    with (plugins / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (plugins / "meltano.yml").exists():
            installed = Project(plugins, plugins).run("install", *PLUGINS, UV_OFFLINE="false")
            assert installed.returncode == 0, installed.stderr


def do(folder: Path, commands: str, **settings: str) -> str:
    """Run commands of a paper in a project's folder, and return what they print."""
    names = dict(zip(("UVX", "UVX_PYTHON", "UVX_MELTANO"), MELTANO, strict=True))
    return run_bash(ALIASES + commands, folder, environment(settings | names))


def run_at_once(folder: Path, *commands: str, **settings: str) -> None:
    """Run commands of a document in a project's folder, all at the same time."""
    with ThreadPoolExecutor() as pool:
        for future in [pool.submit(do, folder, command, **settings) for command in commands]:
            future.result()


def pipeline(database: Database, *options: str, job: str) -> list[str]:
    """Return what follows `meltano`, for a job of the project."""
    return ["run", f"--state-id-suffix={database.name}", *options, job]


def settings_of(sandbox: Sandbox, database: Database) -> dict[str, str]:
    """Return settings for all jobs between the two."""
    target = {name.replace("TAP", "TARGET", 1): value for name, value in source_settings(sandbox).items()}
    # The tap insists on a host and a password; the server's socket, later in the address, overrules them.
    uri = database.uri.replace("postgresql://", "postgresql+psycopg2://").replace(":@/", ":none@localhost/")
    return source_settings(sandbox) | target | target_settings(database) | {"TAP_POSTGRES_SQLALCHEMY_URL": uri}


def source_settings(sandbox: Sandbox) -> dict[str, str]:
    """Return settings that read the core streams of the sandbox, in a hurry."""
    return {
        "TAP_SPOTT__SELECT": json.dumps([f"{stream}.*" for stream in CORE]),
        "TAP_SPOTT_API_KEY": sandbox.api_key,
        "TAP_SPOTT_API_URL": sandbox.url,
        "TAP_SPOTT_REQUESTS_PER_MINUTE": "100000",
    }


def target_settings(database: Database) -> dict[str, str]:
    return {"TARGET_POSTGRES_SQLALCHEMY_URL": database.uri.replace("postgresql://", "postgresql+psycopg://")}


def kill_tap(pid: int) -> None:
    """Kill the tap that Meltano runs."""
    children = psutil.Process(pid).children(recursive=True)
    (tap,) = [child for child in children if "/bin/tap-spott" in str(child.cmdline())]
    tap.kill()


def kill_everything(pid: int) -> None:
    """Kill Meltano with all that it runs, as where a machine or a container goes."""
    os.killpg(pid, signal.SIGKILL)


def meltano(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run Meltano in a project's folder."""
    return subprocess.run(
        [*MELTANO, *arguments], cwd=folder, env=environment(settings), capture_output=True, text=True, check=False
    )


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Return an environment with these settings, in which Meltano's hub can't be reached.

    Nor can uv reach the registries, which it would ask on each run: `install` has brought what there is to run.
    """
    nothing_to_reach = {"MELTANO_HUB_URL": "http://127.0.0.1:1", "UV_OFFLINE": "true"}
    variables = pip_settings_for_uv() | clean_environment() | nothing_to_reach | settings
    # Four programs start in a run. Without compiled bytecode each takes twice as long.
    variables.pop("PYTHONDONTWRITEBYTECODE", None)
    return variables
