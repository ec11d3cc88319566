"""Progress of a stream: status line, time left and summary."""

import pytest

from spott_client.models import RequestStats
from spott_client.rate_limiter import RateLimiter
from spott_singer.progress import Status
from tap_spott.progress import StreamProgress, SyncProgress


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_time_left_follows_from_expected_records_and_the_rate_limit() -> None:
    stats = RequestStats()
    progress = StreamProgress("people", stats, RateLimiter(10))
    stats.add(requests=10)
    progress.records, progress.expected = 50, 200
    status = progress.status_line()
    assert status.fraction == 0.25
    assert status.text.startswith("people: 25% done, about 2 min 0 s left, 50 records, ")
    assert status.text.endswith(" records/s, 10 requests, 0% of the rate limit")


def test_status_without_expected_records_has_no_time_left() -> None:
    status = StreamProgress("people", RequestStats(), RateLimiter(10)).status_line()
    assert status == ("people: 0 records, 0 records/s, 0 requests, 0% of the rate limit", None)


def test_status_is_of_the_running_stream() -> None:
    sync = SyncProgress(RateLimiter(10))
    assert sync.status_line() is None
    first = sync.start_stream("first", RequestStats())
    first.end(Status.SUCCEEDED)
    sync.start_stream("second", RequestStats())
    status = sync.status_line()
    assert status
    assert status.text.startswith("second: ")


def test_summary_has_the_values_of_each_stream() -> None:
    clock = Clock()
    rate_limiter = RateLimiter(1, clock=clock, sleep=clock.sleep)
    sync = SyncProgress(rate_limiter)
    stats = RequestStats()
    progress = sync.start_stream("people", stats)
    for _ in range(2):
        with rate_limiter.acquire():
            pass
    stats.add(requests=2, retries=1, skipped=1)
    progress.records, progress.bookmark = 1234, "2024-01-31T00:00:00.000000Z"
    progress.end(Status.SUCCEEDED)
    (values,) = sync.summary(Status.SUCCEEDED)
    assert values.pop("seconds") == pytest.approx(progress.watch.seconds, abs=0.001)
    assert values == {
        "stream": "people",
        "records": 1234,
        "requests": 2,
        "retries": 1,
        "skipped": 1,
        "throttled_seconds": 60.0,
        "bookmark": "2024-01-31T00:00:00.000000Z",
        "status": "succeeded",
    }


def test_running_stream_takes_the_status_of_the_run() -> None:
    sync = SyncProgress(RateLimiter(10))
    sync.start_stream("ended", RequestStats()).end(Status.FAILED)
    sync.start_stream("running", RequestStats())
    assert [values["status"] for values in sync.summary(Status.INTERRUPTED)] == ["failed", "interrupted"]
