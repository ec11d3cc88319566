"""A client with settings for tests."""

import time
from collections.abc import Callable
from threading import Event
from typing import Any

from spott_client.client import SpottClient
from spott_client.rate_limiter import RateLimiter
from spott_client.worker_pool import WorkerPool

TIMEOUT = 10.0
"""Seconds; far more than what the tests wait for takes."""


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds that another thread brings about."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < deadline, "timed out"
        time.sleep(0.005)


class Clock:
    """Clock that advances only while the client waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def wait(self, _: Event, seconds: float) -> None:
        self.sleep(seconds)


def make_client(url: str, clock: Clock | None = None, **settings: Any) -> SpottClient:  # noqa: ANN401 - SpottClient declares them
    """Return a client. With a clock, which simulates the waits, it retries up to 20 times; without, it doesn't."""
    defaults: dict[str, Any] = {"api_key": "k3y", "user_agent": "test/1", "request_timeout": 10, "max_retries": 0}
    if clock:
        defaults |= {
            "max_retries": 20,
            "pool": WorkerPool(1, wait=clock.wait),
            "rate_limiter": RateLimiter(1000, clock=clock, sleep=clock.sleep),
        }
    else:
        defaults |= {"pool": WorkerPool(1), "rate_limiter": RateLimiter(1000)}
    return SpottClient(api_url=url, **defaults | settings)
