"""Two syncs against a sandbox with transient faults."""

from typing import get_args

from spott_sandbox import Sandbox
from spott_sandbox.settings import FaultKind
from tap_spott.streams.base import DetailStream
from tap_spott.streams.definitions import STREAMS
from tests.support.tap import Warehouse, select, settings, sync

TRANSIENT = [kind for kind in get_args(FaultKind) if kind not in {"endless_cursor", "redirect"}]
RARE = ["429", "hang", "drip", "invalid_cursor"]
"""Faults that cost a run seconds, or that end it if they come often."""
ENDPOINTS = {
    stream.name: [stream.endpoint.path]
    if issubclass(stream, DetailStream)
    else [endpoint.path for endpoint in stream.endpoints]
    for stream in STREAMS
}


def sync_twice(sandbox: Sandbox, warehouse: Warehouse, *streams: str, **config: object) -> None:
    """Sync once while data changes, and once more without changes."""
    settings_, catalog = settings(sandbox, concurrency=32, request_timeout=1, **config), select(*streams)
    for churn in (0.1, 0):
        sandbox.settings(churn=churn)
        output = warehouse.load(sync(settings_, warehouse.state, catalog))
        assert output.status == 0, output.last_line
        assert "Traceback" not in output.stderr
