"""The SDK's standard tests for each stream, against a sandbox."""

from collections.abc import Iterator
from typing import Any

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from spott_sandbox import Sandbox
from spott_sandbox.process import DEFAULT_KEY
from tap_spott.tap import TapSpott
from tests.support.tap import STREAMS, select, settings

# Some columns appear only in responses of older versions of Spott.
pytestmark = pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")

CONFIG: dict[str, Any] = {"api_key": DEFAULT_KEY}  # the SDK reads the streams while pytest collects the tests


@pytest.fixture(scope="module", autouse=True)
def _sandbox() -> Iterator[None]:
    """Run the sandbox while the tests run, not in each worker that collects them."""
    with Sandbox(contacts=120) as sandbox:
        CONFIG.update(settings(sandbox))
        yield


TestTapSpott = get_tap_test_class(
    TapSpott,
    config=CONFIG,
    catalog=select(*STREAMS),
    parse_env_config=False,
    suite_config=SuiteConfig(max_records_limit=100),
)
