"""Limit the requests that all threads of a run send together."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

MINUTE = 60.0

MIN_LOGGED_WAIT = 2.0
"""Seconds; shorter waits are not logged."""

logger = logging.getLogger("spott_client")


class RateLimiter:
    """Sliding-window rate limiter: a maximum of requests in any 60 seconds, without delay below it.

    A request counts from when it is sent until 60 seconds after its response. The server received it in between, so
    the limit also holds on the server's clock, whatever the latency.
    """

    def __init__(
        self,
        requests_per_minute: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the limit. Tests replace the clock and the sleep, both in seconds."""
        self._limit = requests_per_minute
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._in_flight = 0
        self._finished: deque[float] = deque()
        self._paused_until = clock()
        self._throttled = 0.0
        self._throttled_until = clock()

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Wait until the limit allows a request, and count the one sent inside the context."""
        self._enter()
        try:
            yield
        finally:
            with self._lock:
                self._in_flight -= 1
                self._finished.append(self._clock())

    @property
    def utilization(self) -> float:
        """Share of the limit in use now, from 0 to 1."""
        with self._lock:
            self._expire(self._clock())
            return (self._in_flight + len(self._finished)) / self._limit

    @property
    def throttled_seconds(self) -> float:
        """Seconds so far in which the limiter held at least one request back."""
        with self._lock:
            return self._throttled - max(self._throttled_until - self._clock(), 0)

    def estimate_wait(self, requests: int) -> float:
        """Return the seconds until the last of this many further requests may be sent."""
        with self._lock:
            now = self._clock()
            self._expire(now)
            excess = requests - (self._limit - self._in_flight - len(self._finished))
            if excess <= 0:
                return 0.0
            full_windows, position = divmod(excess - 1, self._limit)
            first = self._finished[position] - now if position < len(self._finished) else 0.0
            return first + MINUTE * (full_windows + 1)

    def pause(self, seconds: float) -> None:
        """Send no request from any thread for this many seconds; a shorter pause never ends a longer one."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock() + seconds)

    def _enter(self) -> None:
        while True:
            with self._lock:
                wait = self._wait_needed()
                if wait <= 0:
                    self._in_flight += 1
                    return
                added = self._add_throttled(wait)
            if added >= MIN_LOGGED_WAIT:
                logger.info("Rate limit reached; next request in %.0f s", wait)
            self._sleep(wait)

    def _add_throttled(self, wait: float) -> float:
        """Count a wait, and return the seconds of it that no other thread's wait covers."""
        now = self._clock()
        added = max(now + wait - max(now, self._throttled_until), 0.0)
        self._throttled += added
        self._throttled_until = max(self._throttled_until, now + wait)
        return added

    def _wait_needed(self) -> float:
        now = self._clock()
        self._expire(now)
        pause = self._paused_until - now
        if self._in_flight + len(self._finished) < self._limit:
            return pause
        until_free = self._finished[0] + MINUTE - now if self._finished else 1.0  # all in flight: check again
        return max(pause, until_free)

    def _expire(self, now: float) -> None:
        while self._finished and self._finished[0] <= now - MINUTE:
            self._finished.popleft()
