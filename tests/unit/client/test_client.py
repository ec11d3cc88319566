"""The client asks as it should, waits as long as it should, and goes no further than it should."""

import gzip
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from spott_client.client import MAX_BACKOFF, SpottClient
from spott_client.errors import ConfigError, PaginationLoopError, RetryableError, SpottError
from spott_client.pagination import MAX_PAGE_NUMBER, LoopDetector
from spott_client.rate_limiter import RateLimiter
from tests.support.stub_server import FOUND, Said, Scripted


class Time:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


def client_of(url: str, time: Time, **changes: Any) -> SpottClient:  # noqa: ANN401 - as SpottClient has them
    defaults: dict[str, Any] = {"api_key": "k3y", "user_agent": "test/1", "request_timeout": 10, "max_retries": 8}
    rate_limiter = RateLimiter(1000, clock=time.clock, sleep=time.sleep)
    return SpottClient(api_url=url, concurrency=1, rate_limiter=rate_limiter, **defaults | changes)


def test_what_a_request_carries(time: Time) -> None:
    with Scripted(Said()) as server:
        client_of(f" {server.url}/crm/ ", time, api_key=" k3y\n").get_object("/x", "id")
    ((path, headers),) = server.asked
    assert path == "/crm/x"
    assert {name: headers[name] for name in ("x-api-key", "User-Agent", "Accept", "Accept-Encoding")} == {
        "x-api-key": "k3y",
        "User-Agent": "test/1",
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
    }


def test_credentials_that_other_programs_use_are_not_sent(
    time: Time, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with Scripted(Said()) as server:
        client_of(server.url, time).get_object("/x", "id")
    ((_, headers),) = server.asked
    assert "Authorization" not in headers


@pytest.mark.parametrize("address", ["http://localhost:1", "http://127.0.0.2", "http://[::1]:80", "https://a.b/c/"])
def test_addresses_to_which_the_key_may_go(time: Time, address: str) -> None:
    client_of(address, time)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "api.gospott.com",
        "ftp://api.gospott.com",
        "https://",
        "https://a:port",
        "https://a:70000",
        "https://[::1",
        "https://user:secret@a",
        "https://a?key=secret",
        "https://a#secret",
    ],
)
def test_what_is_no_address_is_refused_and_not_shown(time: Time, address: str) -> None:
    with pytest.raises(ConfigError) as error:
        client_of(address, time)
    assert str(error.value) == "api_url: not a valid URL; example: https://api.gospott.com"


@pytest.mark.parametrize("address", ["http://a", "http://10.0.0.1", "http://localhost.a", "http://[::2]"])
def test_the_key_is_not_sent_unencrypted(time: Time, address: str) -> None:
    with pytest.raises(ConfigError, match="would send the API key unencrypted; use https://"):
        client_of(address, time)


@pytest.mark.parametrize("key", ["", " \n", "k\ney", "k\u00e9y", "k\x00ey", "k\x7fey"])
def test_what_is_no_key_is_refused_and_not_shown(time: Time, key: str) -> None:
    with pytest.raises(ConfigError, match="api_key: not a valid API key; copy it again"):
        client_of("https://a", time, api_key=key)


def test_waits_grow_with_some_chance_in_them_up_to_the_longest(time: Time) -> None:
    with Scripted(Said(500)) as server, pytest.raises(RetryableError) as error:
        client_of(server.url, time).get_object("/x", "id")
    message = "GET /x: Spott returned 500; giving up after attempt 9. Run again later; records read so far are kept."
    assert str(error.value) == message
    assert len(server.asked) == 9
    longest = [min(2.0**number, MAX_BACKOFF) for number in range(8)]
    assert all(most / 2 <= slept <= most for slept, most in zip(time.slept, longest, strict=True))
    assert time.slept != longest


def test_without_retries_a_request_is_made_once(time: Time) -> None:
    with Scripted(Said(500)) as server, pytest.raises(RetryableError, match="giving up after attempt 1"):
        client_of(server.url, time, max_retries=0).get_object("/x", "id")
    assert len(server.asked) == 1
    assert time.slept == []


def test_after_it_has_given_up_a_request_is_made_once(time: Time) -> None:
    with Scripted(Said(500)) as server:
        client = client_of(server.url, time)
        client.disable_retries()
        with pytest.raises(RetryableError, match="giving up after attempt 1"):
            client.get_object("/x", "id")
    assert time.slept == []


def test_what_a_retry_brings_is_given_and_both_are_counted(time: Time, caplog: pytest.LogCaptureFixture) -> None:
    with Scripted(Said(500), Said()) as server, caplog.at_level(logging.WARNING):
        client = client_of(server.url, time)
        assert client.with_own_stats().get_object("/x", "id") == {"id": "found"}
        assert (client.stats.requests, client.stats.retries) == (0, 0)
        other = client.with_own_stats()
        server.script.insert(0, Said(500))
        other.get_object("/x", "id")
        assert (other.stats.requests, other.stats.retries) == (2, 1)
    assert "GET /x: Spott returned 500; retrying in " in caplog.messages[0]
    assert caplog.messages[0].endswith(" s (1 of 8)")


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_is_asked_for_is_kept(time: Time, status: int) -> None:
    with Scripted(Said(status, headers={"Retry-After": "7"}), Said()) as server:
        client_of(server.url, time).get_object("/x", "id")
    assert time.slept == [7]


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_of_more_than_an_hour_ends_the_run(time: Time, status: int) -> None:
    with Scripted(Said(status, headers={"Retry-After": "3601"})) as server, pytest.raises(SpottError) as error:
        client_of(server.url, time).get_object("/x", "id")
    assert str(error.value).endswith(
        "Spott asks to retry after 3601 s, too long to wait. Run again later; records read so far are kept."
    )
    assert type(error.value) is SpottError, "nothing tries it again"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        pytest.param({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "5"}, [5], id="used up"),
        pytest.param({"X-RateLimit-Remaining": " 0 ", "X-RateLimit-Reset": "300"}, [60], id="a minute at most"),
        pytest.param({"X-RateLimit-Remaining": "0"}, [], id="says not until when"),
        pytest.param({"X-RateLimit-Remaining": "1", "X-RateLimit-Reset": "5"}, [], id="one is left"),
    ],
)
def test_a_quota_that_spott_tells_of_is_heeded(time: Time, headers: dict[str, str], slept: list[float]) -> None:
    with Scripted(Said(headers=headers), Said()) as server:
        client = client_of(server.url, time)
        client.get_object("/x", "id")
        client.get_object("/x", "id")
    assert time.slept == slept


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(FOUND, {}, id="plain"),
        pytest.param(gzip.compress(FOUND), {"Content-Encoding": "gzip"}, id="gzip"),
    ],
)
def test_bodies_are_unpacked(time: Time, body: bytes, headers: dict[str, str]) -> None:
    with Scripted(Said(200, body, headers)) as server:
        assert client_of(server.url, time).get_object("/x", "id") == {"id": "found"}


@pytest.mark.parametrize("cut", [1, 15, -1])
def test_a_packed_body_that_is_broken_is_asked_for_again(time: Time, cut: int) -> None:
    broken = Said(200, gzip.compress(FOUND)[:cut], {"Content-Encoding": "gzip"})
    with Scripted(broken, Said()) as server:
        assert client_of(server.url, time).get_object("/x", "id") == {"id": "found"}


def failure(url: str, time: Time) -> str:
    with pytest.raises(RetryableError) as error:
        client_of(url, time, max_retries=0).get_object("/x", "id")
    return str(error.value)


def test_connections_that_fail_are_told_apart(time: Time, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "could not connect to 127.0.0.1:9 (check api_url and the network)" in failure("http://127.0.0.1:9", time)
    with Scripted(Said()) as server:
        secure = server.url.replace("http", "https")
        assert f"could not connect securely to 127.0.0.1:{server.server_port} (" in failure(secure, time)
    with Scripted(Said(200, FOUND, {"Content-Length": "99"})) as server:
        assert f"the connection to 127.0.0.1:{server.server_port} was interrupted" in failure(server.url, time)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    assert "could not connect to a.invalid through the proxy" in failure("https://a.invalid", time)


def page(cursor: str | None) -> Said:
    return Said(200, json.dumps({"items": [], "pagination": {"cursor": cursor}}).encode())


def test_each_page_carries_the_parameters_and_the_cursor_of_the_one_before(time: Time) -> None:
    with Scripted(page("a"), page("b/&"), page(None)) as server:
        pages = list(client_of(server.url, time).paginate("/x", {"limit": 2, "companyIds": ["1", "2"]}))
    assert [found.cursor for found in pages] == ["a", "b/&", None]
    query = "/x?limit=2&companyIds=1&companyIds=2"
    assert [path for path, _ in server.asked] == [query, f"{query}&cursor=a", f"{query}&cursor=b%2F%26"]


def test_a_cursor_that_comes_again_ends_the_list(time: Time) -> None:
    with (
        Scripted(page("a"), page("b"), page("a")) as server,
        pytest.raises(PaginationLoopError, match="/x: Spott returned the same cursor twice"),
    ):
        list(client_of(server.url, time).paginate("/x", {}))
    assert len(server.asked) == 3


def test_pages_are_numbered_no_further_than_spott_allows() -> None:
    cursors = LoopDetector("/x")
    cursors.check(MAX_PAGE_NUMBER)
    with pytest.raises(PaginationLoopError, match="/x: Spott announces more than 10000 pages"):
        cursors.check(MAX_PAGE_NUMBER + 1)
