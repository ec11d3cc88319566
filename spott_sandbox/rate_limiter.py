"""A limit on the requests in any 60 seconds."""

import math
from collections import deque

WINDOW = 60.0
"""Seconds."""


class Quota:
    """Counts the requests of the last 60 seconds; refused ones don't count."""

    def __init__(self) -> None:
        """Start with no requests."""
        self._times: deque[float] = deque()

    def take(self, now: float, limit: int) -> bool:
        """Count a request if the limit allows one more, and say whether it does.

        Args:
            now: Monotonic seconds.
            limit: The most requests in any 60 seconds; 0 for no limit.
        """
        self._forget(now)
        if limit and len(self._times) >= limit:
            return False
        self._times.append(now)
        return True

    def wait(self, now: float, limit: int) -> int:
        """Return the whole seconds after which a request is allowed again, 0 for now."""
        self._forget(now)
        if not limit or len(self._times) < limit:
            return 0
        return max(1, math.ceil(self._times[len(self._times) - limit] + WINDOW - now))

    def remaining(self, limit: int) -> int:
        """Return how many more requests the limit allows at this moment."""
        return max(0, limit - len(self._times))

    def _forget(self, now: float) -> None:
        while self._times and self._times[0] <= now - WINDOW:
            self._times.popleft()
