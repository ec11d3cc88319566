"""The SDK's standard tests that make sense for a target whose records are client contacts, not tables of any shape."""

import atexit
import tempfile

from singer_sdk.testing import get_target_test_class
from singer_sdk.testing.suites import SingerTestSuite
from singer_sdk.testing.target_tests import (
    TargetCliPrintsTest,
    TargetInvalidSchemaTest,
    TargetRecordBeforeSchemaTest,
)

from spott_sandbox import Sandbox
from target_spott.target import TargetSpott
from tests.support.tap import settings

SANDBOX = Sandbox(contacts=10)  # as long as this process, like the files
FOLDER = tempfile.TemporaryDirectory()
atexit.register(SANDBOX.stop)
atexit.register(FOLDER.cleanup)

CONFIG = settings(
    SANDBOX,
    outcomes_path=f"{FOLDER.name}/outcomes.jsonl",
    rejects_path=f"{FOLDER.name}/rejects.jsonl",
    contact_streams=["test_record_before_schema"],
)
SUITE = SingerTestSuite(
    kind="target", tests=[TargetCliPrintsTest, TargetInvalidSchemaTest, TargetRecordBeforeSchemaTest]
)

TestTargetSpott = get_target_test_class(TargetSpott, config=CONFIG, include_target_tests=False, custom_suites=[SUITE])
