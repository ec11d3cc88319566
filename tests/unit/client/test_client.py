"""Tests of requests, retries and waits, on a simulated clock."""

import gzip
import logging
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from spott_client.client import INITIAL_BACKOFF, MAX_BACKOFF, SpottClient
from spott_client.errors import AmbiguousWriteError, RetryableError, SpottError
from spott_client.responses import parse_object
from spott_client.worker_pool import WorkerPool
from tests.support.client import TIMEOUT, Clock, make_client, wait_until
from tests.support.stub_server import FOUND, StubResponse, StubServer


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_client_sends_api_key_and_headers(clock: Clock) -> None:
    with StubServer(StubResponse()) as server:
        make_client(f" {server.url}/crm/ ", clock, api_key=" k3y\n").get_object("/x", "id")
    ((path, headers),) = server.requests
    assert path == "/crm/x"
    assert {name: headers[name] for name in ("x-api-key", "User-Agent", "Accept", "Accept-Encoding")} == {
        "x-api-key": "k3y",
        "User-Agent": "test/1",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
    }


def test_client_ignores_netrc(clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with StubServer(StubResponse()) as server:
        make_client(server.url, clock).get_object("/x", "id")
    ((_, headers),) = server.requests
    assert "Authorization" not in headers


def test_backoff_doubles_with_jitter_up_to_its_maximum(clock: Clock) -> None:
    with StubServer(StubResponse(500)) as server, pytest.raises(RetryableError) as error:
        make_client(server.url, clock).get_object("/x", "id")
    message = "GET /x: Spott returned 500; giving up after attempt 21. Run again later; records read so far are kept."
    assert str(error.value) == message
    assert len(server.requests) == 21
    maxima = [min(INITIAL_BACKOFF * 2**number, MAX_BACKOFF) for number in range(20)]
    assert all(maximum / 2 <= slept <= maximum for slept, maximum in zip(clock.slept, maxima, strict=True))
    assert clock.slept != maxima
    assert sum(maxima) / 2 >= 60, "the retries must outlast an outage of a minute"


def test_client_without_retries_sends_once(clock: Clock) -> None:
    with StubServer(StubResponse(500)) as server, pytest.raises(RetryableError, match="giving up after attempt 1"):
        make_client(server.url, clock, max_retries=0).get_object("/x", "id")
    assert len(server.requests) == 1
    assert clock.slept == []


def test_client_with_disabled_retries_sends_once(clock: Clock) -> None:
    with StubServer(StubResponse(500)) as server:
        client = make_client(server.url, clock)
        client.disable_retries()
        with pytest.raises(RetryableError, match="giving up after attempt 1"):
            client.get_object("/x", "id")
    assert clock.slept == []


def test_client_logs_and_counts_retries_in_its_own_stats(clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    with StubServer(StubResponse(500), StubResponse()) as server, caplog.at_level(logging.WARNING):
        client = make_client(server.url, clock)
        assert client.with_own_stats().get_object("/x", "id") == {"id": "found"}
        assert (client.stats.requests, client.stats.retries) == (0, 0)
        other = client.with_own_stats()
        server.responses.insert(0, StubResponse(500))
        other.get_object("/x", "id")
        assert (other.stats.requests, other.stats.retries) == (2, 1)
    assert "GET /x: Spott returned 500; retrying in " in caplog.messages[0]
    assert caplog.messages[0].endswith(" s (1 of 20)")


@pytest.mark.parametrize("status", [429, 503])
def test_client_waits_as_long_as_retry_after_says(clock: Clock, status: int) -> None:
    with StubServer(StubResponse(status, headers={"Retry-After": "7"}), StubResponse()) as server:
        make_client(server.url, clock).get_object("/x", "id")
    assert clock.slept == [7]


@pytest.mark.parametrize("status", [429, 503])
def test_client_fails_if_retry_after_exceeds_an_hour(clock: Clock, status: int) -> None:
    with (
        StubServer(StubResponse(status, headers={"Retry-After": "3601"})) as server,
        pytest.raises(SpottError) as error,
    ):
        make_client(server.url, clock).get_object("/x", "id")
    assert str(error.value).endswith(
        "Spott asks to retry after 3601 s, too long to wait. Run again later; records read so far are kept."
    )
    assert type(error.value) is SpottError, "the error must not be retryable"
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        pytest.param({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"}, [5], id="none remaining"),
        pytest.param({"X-RateLimit-Remaining": " 0 ", "X-RateLimit-Reset": "300"}, [60], id="at most a minute"),
        pytest.param({"X-RateLimit-Remaining": "0"}, [], id="no reset time"),
        pytest.param({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "5"}, [], id="one remaining"),
    ],
)
def test_client_pauses_as_rate_limit_headers_say(clock: Clock, headers: dict[str, str], slept: list[float]) -> None:
    with StubServer(StubResponse(headers=headers), StubResponse()) as server:
        client = make_client(server.url, clock)
        client.get_object("/x", "id")
        client.get_object("/x", "id")
    assert clock.slept == slept


@pytest.mark.parametrize("cut", [1, 15, -1])
def test_client_retries_after_a_truncated_gzip_body(clock: Clock, cut: int) -> None:
    broken = StubResponse(200, gzip.compress(FOUND)[:cut], {"Content-Encoding": "gzip"})
    with StubServer(broken, StubResponse()) as server:
        assert make_client(server.url, clock).get_object("/x", "id") == {"id": "found"}


def test_disabled_retries_end_the_wait_for_a_retry() -> None:
    pool = WorkerPool(1)
    with StubServer(StubResponse(503, headers={"Retry-After": "600"})) as server:
        client = make_client(server.url, pool=pool, max_retries=8)
        answer = pool.submit(partial(client.get_object, required_field="id"), "/x")
        wait_until(lambda: client.stats.retries == 1)
        client.disable_retries()
        with pytest.raises(RetryableError, match="giving up after attempt 1"):
            answer.result(TIMEOUT)
    assert len(server.requests) == 1


def test_disabled_retries_apply_to_one_client_only() -> None:
    with StubServer(StubResponse(500), StubResponse()) as server:
        client = make_client(server.url, max_retries=8)
        client.with_own_stats().disable_retries()
        started = time.monotonic()
        assert client.get_object("/x", "id") == {"id": "found"}
    assert time.monotonic() - started >= INITIAL_BACKOFF / 2, "the client must still wait before a retry"


def test_requests_continue_while_others_wait_for_their_retry() -> None:
    pool = WorkerPool(2)
    unavailable = StubResponse(503, headers={"Retry-After": "600"})
    with StubServer(unavailable, unavailable, StubResponse()) as server:
        client = make_client(server.url, pool=pool, max_retries=8)
        get = partial(client.get_object, required_field="id")
        waiting = [pool.submit(get, "/first"), pool.submit(get, "/second")]
        wait_until(lambda: client.stats.retries == 2)
        assert pool.submit(get, "/third").result(TIMEOUT) == {"id": "found"}
        assert not any(answer.done() for answer in waiting)
        client.disable_retries()


def create(client: SpottClient) -> dict[str, Any]:
    return client.send("POST", "/x", b"{}", partial(parse_object, "id"), idempotent=False)


def test_client_does_not_retry_an_ambiguous_write(clock: Clock) -> None:
    with StubServer(StubResponse(503)) as server, pytest.raises(AmbiguousWriteError) as error:
        create(make_client(server.url, clock))
    assert str(error.value) == "POST /x: Spott returned 503; Spott may or may not have processed it"
    assert len(server.requests) == 1


def test_client_retries_a_write_that_was_not_processed(clock: Clock) -> None:
    with StubServer(StubResponse(429), StubResponse(201, headers={"Content-Type": "application/json"})) as server:
        assert create(make_client(server.url, clock)) == {"id": "found"}
    assert len(server.requests) == 2
