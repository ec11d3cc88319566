"""How many requests a sync sends for each list, counted by the sandbox.

tests/unit/tap/test_window_reader.py counts those for lists of up to 3,000 records.
"""

from collections import Counter

import pytest

from spott_client.pagination import Pagination
from spott_sandbox import Sandbox
from tap_spott.streams import definitions
from tap_spott.streams.base import ListStream
from tests.support.tap import State, select, settings, sync

ENDPOINTS = {
    stream.name: stream.endpoints[0]
    for stream in definitions.STREAMS
    if issubclass(stream, ListStream) and len(stream.endpoints) == 1
}
CHANGED = ("client_contacts", "applications", "notes", "placements")


@pytest.mark.parametrize(
    ("contacts", "order"),
    [(0, "watermark"), (50, "watermark"), (300, "watermark"), (300, "newest_first"), (300, "shuffled")],
)
def test_sync_costs_little_more_than_its_pages(contacts: int, order: str) -> None:
    with Sandbox(contacts=contacts, order=order) as sandbox:
        records = {name: len(sandbox.records(name)) for name in ENDPOINTS}
        state = assert_few_requests(sandbox, {}, records)
        filtered = {name for name, endpoint in ENDPOINTS.items() if endpoint.supports_modified_since}
        state = assert_few_requests(sandbox, state, records | dict.fromkeys(filtered, 0), spare=0)
        changed = {name: max(records[name] // 100, 1) for name in CHANGED if records[name]}
        for name, count in changed.items():
            sandbox.touch(name, count=count)
        assert_few_requests(sandbox, state, records | dict.fromkeys(filtered, 0) | changed)


def assert_few_requests(sandbox: Sandbox, state: State, records: dict[str, int], spare: int = 2) -> State:
    """Sync once, and return the new state.

    Args:
        sandbox: What to read.
        state: The state of the sync before.
        records: How many records of each list the sync has to read.
        spare: How many requests more than 1.2 times its pages each list may cost.
    """
    sandbox.clear_requests()
    output = sync(settings(sandbox), state, select(*ENDPOINTS))
    counts = Counter(request["path"] for request in sandbox.requests())
    for name, endpoint in ENDPOINTS.items():
        pages = max(-(-records[name] // endpoint.max_page_size), 1)
        # Numbered pages can shift, so such a list is read twice if it can be asked for changes.
        if endpoint.pagination is Pagination.PAGE_NUMBER and endpoint.supports_modified_since and pages > 1:
            pages *= 2
        assert counts[endpoint.path] <= 1.2 * pages + spare, name
    return output.state
