"""Sandboxes that the tests share."""

from collections.abc import Iterator

import pytest

from spott_sandbox import Sandbox


@pytest.fixture(scope="session")
def read_only() -> Iterator[Sandbox]:
    """A sandbox whose data no test changes, large enough to contain every rare value."""
    with Sandbox(contacts=1000) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def _shared() -> Iterator[Sandbox]:
    with Sandbox(contacts=500) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_shared: Sandbox) -> Sandbox:
    """A sandbox with default settings. Earlier tests may have changed its data."""
    _shared.settings(**dict.fromkeys(_shared.settings()))
    _shared.clear_requests()
    return _shared
