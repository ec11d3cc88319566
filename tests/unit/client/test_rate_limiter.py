"""Tests of the rate limiter, mostly on a simulated clock."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from heapq import heappop, heappush

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spott_client.rate_limiter import RateLimiter

TIMEOUT = 10.0
"""Seconds; far more than a thread of these tests takes."""


class Traffic:
    """Concurrent requests on a simulated clock: those in flight end while a later one waits."""

    def __init__(self, limit: int) -> None:
        self.now = 0.0
        self.waited = 0.0
        self.starts: list[float] = []
        self.ends: list[float] = []
        self.meanwhile: list[Callable[[], None]] = []
        """Called when the next request starts to wait."""
        self._in_flight: list[tuple[float, int, ExitStack]] = []
        self.rate_limiter = RateLimiter(limit, clock=lambda: self.now, sleep=self._wait)

    def request(self, seconds: float) -> float:
        """Start a request of this duration, and return its start time."""
        slot = ExitStack()
        slot.enter_context(self.rate_limiter.acquire())
        started = self.now
        self.starts.append(started)
        self.ends.append(started + seconds)
        heappush(self._in_flight, (started + seconds, len(self.starts), slot))
        return started

    def move(self, seconds: float) -> None:
        """Advance the clock."""
        until = self.now + seconds
        while self._in_flight and self._in_flight[0][0] <= until:
            self.end_one()
        self.now = until

    def end_one(self) -> None:
        """Advance the clock to the end of the next request."""
        self.now, _, slot = heappop(self._in_flight)
        slot.close()

    def at_most(self, threads: int) -> None:
        """Advance the clock until one of this many threads is free."""
        while len(self._in_flight) >= threads:
            self.end_one()

    def _wait(self, seconds: float) -> None:
        self.waited += seconds
        while self.meanwhile:
            self.meanwhile.pop()()
        self.move(seconds)


def most_in_a_minute(instants: Iterable[float]) -> int:
    """Return the maximum number of instants within any 60 seconds."""
    ordered = sorted(instants)
    return max((sum(first <= other < first + 60 for other in ordered) for first in ordered), default=0)


# Eighths of a second are exact in floating point, so "60 seconds later" can be compared for equality.
EIGHTHS = st.integers(0, 30 * 8).map(lambda eighths: eighths / 8) | st.integers(0, 200).map(float)
REQUESTS = st.lists(st.tuples(st.just(0.0) | EIGHTHS, EIGHTHS), max_size=40)


@given(st.integers(1, 8), st.integers(1, 6), REQUESTS)
def test_limiter_stays_within_limit_in_any_minute(
    limit: int, threads: int, requests: list[tuple[float, float]]
) -> None:
    traffic = Traffic(limit)
    for gap, seconds in requests:
        traffic.move(gap)
        traffic.at_most(threads)
        traffic.request(seconds)
    middles = [(start + end) / 2 for start, end in zip(traffic.starts, traffic.ends, strict=True)]
    alternating = [(traffic.starts, traffic.ends)[number % 2][number] for number in range(len(traffic.starts))]
    for instants in (traffic.starts, traffic.ends, middles, alternating):
        assert most_in_a_minute(instants) <= limit


@given(st.integers(1, 8), st.integers(1, 6), REQUESTS, st.dictionaries(st.integers(0, 40), EIGHTHS, max_size=3))
def test_limiter_delays_no_request_longer_than_needed(
    limit: int, threads: int, requests: list[tuple[float, float]], pauses: dict[int, float]
) -> None:
    traffic, paused_until = Traffic(limit), 0.0
    for number, (gap, seconds) in enumerate(requests):
        traffic.move(gap)
        traffic.at_most(threads)
        if number in pauses:
            traffic.rate_limiter.pause(pauses[number])
            paused_until = max(paused_until, traffic.now + pauses[number])
        slots = sorted((end + 60 for end in traffic.ends), reverse=True)
        slot_free = slots[limit - 1] if len(slots) >= limit else 0.0
        requested = traffic.now
        assert traffic.request(seconds) == max(requested, paused_until, slot_free)


def test_limiter_delays_nothing_below_the_limit() -> None:
    traffic = Traffic(600)
    for _ in range(600):
        traffic.at_most(4)
        traffic.request(0.25)
    assert traffic.waited == 0
    assert traffic.now < 60


def test_requests_in_flight_count() -> None:
    traffic = Traffic(2)
    traffic.request(100)
    traffic.request(130)
    assert traffic.request(1) == 100 + 60
    assert traffic.request(1) == 130 + 60


def test_failed_request_counts() -> None:
    traffic = Traffic(1)
    msg = "no response"
    with pytest.raises(ConnectionError, match=msg), traffic.rate_limiter.acquire():
        raise ConnectionError(msg)
    assert traffic.request(0) == 60


@pytest.mark.parametrize(
    ("pauses", "expected"),
    [
        pytest.param([10, 10, 10, 10], 10, id="several threads pause for the same time"),
        pytest.param([10, 4], 10, id="a shorter one later"),
        pytest.param([4, 10], 10, id="a longer one later"),
        pytest.param([0], 0, id="none"),
        pytest.param([-5], 0, id="negative"),
    ],
)
def test_pause_delays_all_threads_once(pauses: list[float], expected: float) -> None:
    traffic = Traffic(100)
    for seconds in pauses:
        traffic.rate_limiter.pause(seconds)
    assert [traffic.request(1) for _ in range(4)] == [expected] * 4
    assert traffic.waited == expected


def test_pause_applies_to_waiting_threads() -> None:
    traffic = Traffic(1)
    traffic.request(0)
    traffic.meanwhile.append(lambda: traffic.rate_limiter.pause(100))
    assert traffic.request(0) == 100


def test_limiter_logs_each_wait_once(caplog: pytest.LogCaptureFixture) -> None:
    traffic = Traffic(3)
    with caplog.at_level(logging.INFO):
        for _ in range(4):
            traffic.request(1)
            traffic.move(1)
    assert caplog.messages == ["Rate limit reached; next request in 58 s"]
    assert traffic.rate_limiter.throttled_seconds == 58.0


def test_limiter_logs_the_longer_of_limit_and_pause(caplog: pytest.LogCaptureFixture) -> None:
    traffic = Traffic(1)
    traffic.request(0)
    traffic.rate_limiter.pause(100)
    with caplog.at_level(logging.INFO):
        assert traffic.request(0) == 100
    assert caplog.messages == ["Rate limit reached; next request in 100 s"]


def test_limiter_does_not_log_short_waits(caplog: pytest.LogCaptureFixture) -> None:
    traffic = Traffic(1)
    traffic.rate_limiter.pause(1.9)
    with caplog.at_level(logging.INFO):
        assert traffic.request(0) == 1.9
    assert caplog.messages == []


def test_estimated_wait_is_the_actual_one() -> None:
    traffic = Traffic(3)
    for requests, seconds in ((3, 0), (4, 60), (6, 60), (7, 120)):
        assert traffic.rate_limiter.estimate_wait(requests) == seconds
    traffic.request(2)
    assert traffic.rate_limiter.utilization == pytest.approx(1 / 3)
    traffic.move(12)
    estimate = traffic.rate_limiter.estimate_wait(5)
    started = traffic.now
    for _ in range(5):
        traffic.request(0)
        traffic.move(0)
    assert traffic.now - started == estimate


def test_limiter_serves_more_threads_than_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spott_client.rate_limiter.MINUTE", 0.1)
    rate_limiter, starts = RateLimiter(2), []

    def make_requests() -> None:
        for _ in range(2):
            with rate_limiter.acquire():
                starts.append(time.monotonic())
                time.sleep(0.01)

    threads = [threading.Thread(target=make_requests, daemon=True) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(TIMEOUT)
    assert len(starts) == 10
    assert all(later - earlier >= 0.1 for earlier, later in zip(starts, starts[2:], strict=False))
