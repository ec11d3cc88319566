"""A sliding-window rate limit."""

import math
from collections import deque

WINDOW = 60.0
"""Seconds."""


class RateLimiter:
    """Limits the requests in any 60 seconds. Rejected requests don't count."""

    def __init__(self) -> None:
        """Start with no requests."""
        self._times: deque[float] = deque()

    def try_acquire(self, now: float, limit: int) -> bool:
        """Count a request if the limit allows one more, and return whether it does.

        Args:
            now: Monotonic seconds.
            limit: Maximum requests in any 60 seconds; 0 for no limit.
        """
        self._expire(now)
        if limit and len(self._times) >= limit:
            return False
        self._times.append(now)
        return True

    def retry_after(self, now: float, limit: int) -> int:
        """Return the whole seconds until the limit allows another request; 0 if it does now."""
        self._expire(now)
        if not limit or len(self._times) < limit:
            return 0
        return max(1, math.ceil(self._times[len(self._times) - limit] + WINDOW - now))

    def remaining(self, limit: int) -> int:
        """Return how many more requests the limit allows now."""
        return max(0, limit - len(self._times))

    def _expire(self, now: float) -> None:
        while self._times and self._times[0] <= now - WINDOW:
            self._times.popleft()
