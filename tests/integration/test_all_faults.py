"""All faults at once while data changes: after two syncs the tables equal the source."""

import pytest

from spott_sandbox import Sandbox
from tap_spott.streams.base import DetailStream
from tap_spott.streams.definitions import STREAMS
from tests.support.faults import ENDPOINTS, RARE, TRANSIENT, sync_twice
from tests.support.oracle import assert_equal_to_source
from tests.support.tap import Warehouse

WITH_DETAILS = {
    stream.name: [
        stream.name,
        *(each.name for each in STREAMS if issubclass(each, DetailStream) and each.parent is stream),
    ]
    for stream in STREAMS
    if not issubclass(stream, DetailStream)
}
"""Each list stream and its detail streams, by the list stream's name."""


@pytest.mark.parametrize("parent", WITH_DETAILS)
def test_tables_equal_the_source_under_all_faults(small: Sandbox, parent: str) -> None:
    warehouse, streams = Warehouse(), WITH_DETAILS[parent]
    paths = "|".join(path.replace("{}", "[^/]+") for stream in streams for path in ENDPOINTS[stream])
    small.settings(
        faults=dict.fromkeys(TRANSIENT, 0.02),
        fault_limit=dict.fromkeys(RARE, 1),
        fault_paths=f"^({paths})$",
        fault_seed=1,  # with this seed the first requests fail
        retry_after="date",
    )
    sync_twice(small, warehouse, *streams, page_size=5, max_retries=20)
    assert any(request["fault"] for request in small.requests())
    assert_equal_to_source(warehouse, small, *streams)
