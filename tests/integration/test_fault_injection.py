"""A Spott that fails in one way, while its data change: after two runs each record is there and current."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from spott_client import client
from spott_client.client import SpottClient
from spott_client.errors import RetryableError
from spott_client.rate_limiter import RateLimiter
from spott_sandbox import Sandbox
from tests.support.faults import ENDPOINTS, TRANSIENT, two_runs
from tests.support.oracle import assert_equal_to_source
from tests.support.tap import Warehouse, settings, sync


@pytest.mark.parametrize("fault", TRANSIENT)
def test_one_request_in_ten_fails(small: Sandbox, fault: str) -> None:
    warehouse = Warehouse()
    # Waits for the quota and for time-outs are in seconds; so few of these are enough.
    limit = {fault: 3} if fault in {"429", "hang", "drip"} else {}
    small.settings(faults={fault: 0.1}, fault_limit=limit, retry_after="seconds")
    two_runs(small, warehouse, page_size=20)
    assert any(request["fault"] == fault for request in small.requests())
    assert_equal_to_source(warehouse, small, *ENDPOINTS)


@pytest.mark.parametrize("fault", ["hang", "drip"])
def test_what_hangs_ends_by_the_request_timeout(fault: str) -> None:
    with Sandbox(contacts=20, faults={fault: 1}, drip_seconds=0.2) as sandbox:
        output = sync(settings(sandbox, request_timeout=1, max_retries=1))
        assert output.status == 1
        assert "no response from Spott within 1 s; giving up after attempt 2." in output.last_line
        assert all(request["ended"] - request["started"] < 5 for request in sandbox.requests() if request["ended"])


def test_a_host_that_does_not_accept_connections_is_given_up_before_the_request_timeout(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client, "CONNECT_TIMEOUT", 0.3)
    with ExitStack() as stack:
        deaf = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        # It accepts none, so after these no more can even wait.
        for _ in range(2):
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(deaf.getsockname())
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        asking = SpottClient(
            api_key="k",
            api_url=address,
            user_agent="test",
            request_timeout=60,
            max_retries=0,
            concurrency=1,
            rate_limiter=RateLimiter(9),
        )
        began = time.monotonic()
        with pytest.raises(
            RetryableError,
            match=r"could not connect to .+ \(check api_url and the network\); giving up after attempt 1\.",
        ):
            asking.get_object("/x", "id")
    assert time.monotonic() - began < 5


def test_a_wait_that_is_asked_for_holds_all_requests_once() -> None:
    with Sandbox(contacts=60, faults={"429": 1}, fault_limit={"429": 1}, fault_paths="/clients/contacts/.*") as sandbox:
        output = sync(settings(sandbox, concurrency=8))
        assert output.status == 0
        requests = sandbox.requests()
        refused = next(request for request in requests if request["status"] == 429)
        later = [r for r in requests if r["started"] > refused["ended"] + 0.05]
        assert later
        assert min(request["started"] for request in later) - refused["ended"] > 0.9


class Elsewhere(BaseHTTPRequestHandler):
    """Another host, which notes the headers of what comes its way."""

    seen: list[dict[str, str]]

    def do_GET(self) -> None:
        self.seen.append(dict(self.headers))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base class's names
        pass


@pytest.fixture
def elsewhere() -> Iterator[HTTPServer]:
    Elsewhere.seen = []
    with HTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_a_redirect_does_not_take_the_key_along(elsewhere: HTTPServer) -> None:
    address = f"http://127.0.0.1:{elsewhere.server_port}/"
    with Sandbox(contacts=20, faults={"redirect": 1}, redirect_to=address) as sandbox:
        output = sync(settings(sandbox))
    assert output.status == 1
    assert "where the API key is not sent" in output.last_line
    assert Elsewhere.seen == []


@pytest.mark.parametrize(
    "address", ["http://api.gospott.com", "http://192.0.2.1:8080", "ftp://x", "api.gospott.com", ""]
)
def test_the_key_is_not_sent_unencrypted_or_nowhere(address: str) -> None:
    output = sync({"api_key": "sk-live-5f0c9d1e", "api_url": address})
    assert output.status == 1
    assert "api_url: " in output.last_line
    assert "sk-live" not in output.stderr
