"""The SDK's standard tests for each stream, against a sandbox."""

import atexit

import pytest
from singer_sdk.testing import SuiteConfig, get_tap_test_class

from spott_sandbox import Sandbox
from tap_spott.tap import TapSpott
from tests.support.tap import STREAMS, select, settings

# Some columns appear only in responses of older versions of Spott.
pytestmark = pytest.mark.filterwarnings("ignore:Fields in transformed catalog but not in records:UserWarning")

SANDBOX = Sandbox(contacts=120)  # until this process ends: the SDK reads the streams while pytest collects the tests
atexit.register(SANDBOX.stop)

TestTapSpott = get_tap_test_class(
    TapSpott,
    config=settings(SANDBOX),
    catalog=select(*STREAMS),
    parse_env_config=False,
    suite_config=SuiteConfig(max_records_limit=100),
)
