"""How fast to ask: the quota that a run's requests share, and calls side by side whose results keep their order."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


T = TypeVar("T")

R = TypeVar("R")

MINUTE = 60.0

LONG_WAIT = 2.0
"""Seconds; a wait of so many is worth a line."""


class RateLimiter:
    """A quota as a moving window: at most so many requests in any 60 seconds, and no waiting within that.

    A request occupies the window from its start until 60 seconds after its end, since it reached the server somewhere
    in between: so the quota also holds by the server's clock, however the way there stretches or shrinks.
    """

    def __init__(
        self,
        requests_per_minute: int,
        *,
        on_wait: Callable[[float], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the quota in requests per minute, and who wants to know of long waits, in seconds.

        The clock and the sleep, both in seconds, are there for tests.
        """
        self._quota = requests_per_minute
        self._on_wait = on_wait
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._under_way = 0
        self._ended: deque[float] = deque()
        self._not_before = clock()
        self._idle = 0.0
        self._idle_until = clock()

    @contextmanager
    def acquire(self) -> Iterator[None]:
        """Wait for a place in the window, and hold it for the request made inside."""
        self._enter()
        try:
            yield
        finally:
            with self._lock:
                self._under_way -= 1
                self._ended.append(self._clock())

    @property
    def utilization(self) -> float:
        """The share of the quota that is used at this moment, from 0 to 1."""
        with self._lock:
            self._forget(self._clock())
            return (self._under_way + len(self._ended)) / self._quota

    @property
    def throttled_seconds(self) -> float:
        """For how many seconds so far no request could leave that wanted to."""
        with self._lock:
            return self._idle - max(self._idle_until - self._clock(), 0)

    def estimate_wait(self, requests: int) -> float:
        """Return in how many seconds the last of so many more requests can leave, if all leave as soon as they may."""
        with self._lock:
            now = self._clock()
            self._forget(now)
            beyond = requests - (self._quota - self._under_way - len(self._ended))
            if beyond <= 0:
                return 0.0
            turns, place = divmod(beyond - 1, self._quota)
            first = self._ended[place] - now if place < len(self._ended) else 0.0
            return first + MINUTE * (turns + 1)

    def pause(self, seconds: float) -> None:
        """Let no request of any thread start within so many seconds; of two calls the later end counts."""
        with self._lock:
            self._not_before = max(self._not_before, self._clock() + seconds)

    def sleep(self, seconds: float) -> None:
        """Let this thread alone wait, in seconds."""
        self._sleep(seconds)

    def _enter(self) -> None:
        while True:
            with self._lock:
                wait = self._wait()
                if wait <= 0:
                    self._under_way += 1
                    return
                news = self._note_idle(wait)
            if news >= LONG_WAIT:
                self._on_wait(wait)
            self._sleep(wait)

    def _note_idle(self, wait: float) -> float:
        """Add a wait to the idle time; return how much of it is not in there for another thread's wait."""
        now = self._clock()
        news = max(now + wait - max(now, self._idle_until), 0.0)
        self._idle += news
        self._idle_until = max(self._idle_until, now + wait)
        return news

    def _wait(self) -> float:
        now = self._clock()
        self._forget(now)
        held = self._not_before - now
        if self._under_way + len(self._ended) < self._quota:
            return held
        until_place = self._ended[0] + MINUTE - now if self._ended else 1.0
        return max(held, until_place)

    def _forget(self, now: float) -> None:
        while self._ended and self._ended[0] <= now - MINUTE:
            self._ended.popleft()
