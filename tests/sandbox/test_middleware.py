"""Test authentication, paths, headers, rate limit, latency and the request log."""

import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from spott_sandbox import Sandbox
from tests.sandbox.client import CONTACTS, OPPORTUNITIES, get, send


def test_errors_for_invalid_key_path_and_method(sandbox: Sandbox) -> None:
    sandbox.settings(forbidden=[OPPORTUNITIES])
    assert send(sandbox, CONTACTS, headers={"x-api-key": "wrong"}).json()["error"] == "Unauthorized"
    assert requests.get(sandbox.url + CONTACTS, timeout=10).status_code == 401
    assert send(sandbox, OPPORTUNITIES).status_code == 403
    assert send(sandbox, "/nothing").json()["statusCode"] == 404
    assert send(sandbox, CONTACTS, "DELETE").json()["statusCode"] == 405


def test_date_header_shows_the_sandbox_clock(sandbox: Sandbox) -> None:
    sandbox.settings(clock_offset=-2_000_000_000)
    sent_at = parsedate_to_datetime(send(sandbox, CONTACTS).headers["date"]).timestamp()
    assert abs(sent_at - (time.time() - 2_000_000_000)) < 5
    sandbox.settings(date_header=False)
    assert "date" not in send(sandbox, CONTACTS).headers


def test_gzip_needs_accept_encoding(sandbox: Sandbox) -> None:
    headers = {"accept-encoding": "gzip"}
    plain = send(sandbox, CONTACTS)
    compressed = send(sandbox, CONTACTS, headers=headers)
    assert (plain.headers.get("content-encoding"), compressed.headers["content-encoding"]) == (None, "gzip")
    assert compressed.json() == plain.json()
    sandbox.settings(gzip=False)
    assert "content-encoding" not in send(sandbox, CONTACTS, headers=headers).headers


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_rate_limit(form: str) -> None:
    with Sandbox(contacts=1, quota=2, retry_after=form, ratelimit_headers=True) as sandbox:
        responses = [send(sandbox, CONTACTS) for _ in range(3)]
    assert [response.status_code for response in responses] == [200, 200, 429]
    assert [response.headers["x-ratelimit-remaining"] for response in responses] == ["1", "0", "0"]
    assert (
        responses[2].headers.get("retry-after", "none")[-3:]
        in {"seconds": ("60",), "date": ("GMT",), "none": ("one",)}[form]
    )


def test_latency_and_request_log(sandbox: Sandbox) -> None:
    sandbox.settings(latency=0.05)
    get(sandbox, CONTACTS, limit=1)
    (entry,) = sandbox.requests()
    assert entry["ended"] - entry["started"] >= 0.04
    assert (entry["method"], entry["path"], entry["query"]) == ("GET", CONTACTS, {"limit": ["1"]})
    assert (entry["status"], entry["fault"], entry["in_flight"]) == (200, None, 0)
