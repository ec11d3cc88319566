"""Progress of a stream: status, time left, row and metric."""

import json

import pytest

from spott_client.models import RequestStats
from spott_client.rate_limiter import RateLimiter
from spott_singer.command import Terminated
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


def test_metrics_hold_the_values_of_the_summary() -> None:
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
    (point,) = sync.metrics(Status.SUCCEEDED)
    metric = json.loads(str(point))
    seconds = metric.pop("value")
    assert seconds == pytest.approx(progress.watch.seconds, abs=0.001)
    assert metric == {
        "type": "timer",
        "metric": "sync_duration",
        "tags": {
            "stream": "people",
            "status": "succeeded",
            "records": 1234,
            "requests": 2,
            "retries": 1,
            "skipped": 1,
            "throttled_seconds": 60.0,
            "bookmark": "2024-01-31T00:00:00.000000Z",
        },
    }
    _, row = sync.summary()
    assert row == ("people", "1,234", "2", "1", "1", "60.0", "0.0", "2024-01-31T00:00:00.000000Z")


@pytest.mark.parametrize(
    ("error", "expected"),
    [(None, "succeeded"), (ValueError(), "failed"), (BrokenPipeError(), "failed"), (Terminated(15), "interrupted")],
)
def test_running_stream_takes_the_outcome_of_the_run(error: BaseException | None, expected: str) -> None:
    sync = SyncProgress(RateLimiter(10))
    sync.start_stream("ended", RequestStats()).end(Status.FAILED)
    sync.start_stream("running", RequestStats())
    points = sync.metrics(Status.of(error))
    assert [point.tags["status"] for point in points] == ["failed", expected]
