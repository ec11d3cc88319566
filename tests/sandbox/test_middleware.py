"""Key, paths, headers, quota and latency: what stands before the endpoints."""

import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from spott_sandbox import Sandbox
from tests.sandbox.api import CONTACTS, OPPORTUNITIES, ask, call


def test_key_paths_and_methods(sandbox: Sandbox) -> None:
    sandbox.settings(forbidden=[OPPORTUNITIES])
    assert call(sandbox, CONTACTS, headers={"x-api-key": "wrong"}).json()["error"] == "Unauthorized"
    assert requests.get(sandbox.url + CONTACTS, timeout=10).status_code == 401
    assert call(sandbox, OPPORTUNITIES).status_code == 403
    assert call(sandbox, "/nothing").json()["statusCode"] == 404
    assert call(sandbox, CONTACTS, "DELETE").json()["statusCode"] == 405


def test_date_header_shows_the_sandbox_clock(sandbox: Sandbox) -> None:
    sandbox.settings(clock_offset=-2_000_000_000)
    shown = parsedate_to_datetime(call(sandbox, CONTACTS).headers["date"]).timestamp()
    assert abs(shown - (time.time() - 2_000_000_000)) < 5
    sandbox.settings(date_header=False)
    assert "date" not in call(sandbox, CONTACTS).headers


def test_gzip_only_for_those_who_ask(sandbox: Sandbox) -> None:
    asking = {"accept-encoding": "gzip"}
    plain = call(sandbox, CONTACTS)
    packed = call(sandbox, CONTACTS, headers=asking)
    assert (plain.headers.get("content-encoding"), packed.headers["content-encoding"]) == (None, "gzip")
    assert packed.json() == plain.json()
    sandbox.settings(gzip=False)
    assert "content-encoding" not in call(sandbox, CONTACTS, headers=asking).headers


@pytest.mark.parametrize("form", ["seconds", "date", "none"])
def test_quota(form: str) -> None:
    with Sandbox(contacts=1, quota=2, retry_after=form, ratelimit_headers=True) as sandbox:
        answers = [call(sandbox, CONTACTS) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["x-ratelimit-remaining"] for answer in answers] == ["1", "0", "0"]
    assert (
        answers[2].headers.get("retry-after", "none")[-3:]
        in {"seconds": ("60",), "date": ("GMT",), "none": ("one",)}[form]
    )


def test_latency_and_the_book_of_requests(sandbox: Sandbox) -> None:
    sandbox.settings(latency=0.05)
    ask(sandbox, CONTACTS, limit=1)
    (entry,) = sandbox.requests()
    assert entry["ended"] - entry["started"] >= 0.04
    assert (entry["method"], entry["path"], entry["query"]) == ("GET", CONTACTS, {"limit": ["1"]})
    assert (entry["status"], entry["fault"], entry["in_flight"]) == (200, None, 0)
