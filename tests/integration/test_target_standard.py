"""The SDK's standard tests that make sense for a target whose records are client contacts, not tables of any shape."""

from collections.abc import Iterator
from typing import Any

import pytest
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

CONFIG: dict[str, Any] = {"contact_streams": ["test_record_before_schema"]}


@pytest.fixture(scope="module", autouse=True)
def _sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run the sandbox while the tests run, not in each worker that collects them."""
    folder = tmp_path_factory.mktemp("target")
    files = {name: str(folder / f"{name}.jsonl") for name in ("outcomes", "rejects")}
    with Sandbox(contacts=10) as sandbox:
        CONFIG.update(settings(sandbox, outcomes_path=files["outcomes"], rejects_path=files["rejects"]))
        yield


SUITE = SingerTestSuite(
    kind="target", tests=[TargetCliPrintsTest, TargetInvalidSchemaTest, TargetRecordBeforeSchemaTest]
)

TestTargetSpott = get_target_test_class(TargetSpott, config=CONFIG, include_target_tests=False, custom_suites=[SUITE])
