"""The sandboxes that these tests share."""

from collections.abc import Iterator

import pytest

from spott_sandbox import Sandbox


@pytest.fixture(scope="session")
def untouched() -> Iterator[Sandbox]:
    """A sandbox whose data no test changes, large enough for everything that is rare."""
    with Sandbox(contacts=1000) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def _changing() -> Iterator[Sandbox]:
    with Sandbox(contacts=500) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(_changing: Sandbox) -> Sandbox:
    """A sandbox with default settings. Its data may have been changed by earlier tests."""
    _changing.settings(**dict.fromkeys(_changing.settings()))
    _changing.clear_requests()
    return _changing
