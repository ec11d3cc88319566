"""The SDK's standard tests, for every stream, against a running sandbox."""

import atexit

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from spott_sandbox import Sandbox
from tap_spott.tap import TapSpott
from tests.support.tap import STREAMS, select, settings

# Columns that only older versions of Spott fill.
pytestmark = pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")

SANDBOX = Sandbox(contacts=120)  # as long as this process: the SDK makes its streams when this module is imported
atexit.register(SANDBOX.stop)

TestTapSpott = get_tap_test_class(
    TapSpott,
    config=settings(SANDBOX),
    catalog=select(*STREAMS),
    parse_env_config=False,
    suite_config=SuiteConfig(max_records_limit=100),
)
