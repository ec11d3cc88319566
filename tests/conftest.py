"""Sandboxes that tests share, and the one that a test may change."""

from collections.abc import Iterator

import pytest

from spott_sandbox import Sandbox


@pytest.fixture(scope="session")
def _running() -> Iterator[Sandbox]:
    with Sandbox(contacts=400, seed=3) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_running: Sandbox) -> Sandbox:
    """A sandbox with default settings and an empty log. Earlier tests may have changed its data."""
    _running.settings(**dict.fromkeys(_running.settings()))
    _running.clear_requests()
    return _running
