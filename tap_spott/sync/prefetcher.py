"""Make calls concurrently and yield their results in order."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Generic, TypeVar

from spott_client.worker_pool import WorkerPool

T = TypeVar("T")
R = TypeVar("R")


class Prefetcher(Generic[T, R]):
    """Makes calls concurrently and yields their results in the order of their arguments, with a bounded look-ahead."""

    def __init__(self, call: Callable[[T], R], get: Callable[[], T | None], pool: WorkerPool, max_ahead: int) -> None:
        """Make no call yet.

        Args:
            call: Called with each argument, on a thread of the pool.
            get: Returns the next argument; None while there is none: more may come later.
            pool: Makes the calls.
            max_ahead: How many results may be ready or under way at once.
        """
        self._call = call
        self._get = get
        self._pool = pool
        self._max_ahead = max_ahead
        self._results: deque[Future[R]] = deque()

    def start_next(self) -> bool:
        """Start the next call, and return True; False if there is no argument by now or the look-ahead is reached."""
        if len(self._results) >= self._max_ahead or (argument := self._get()) is None:
            return False
        self._results.append(self._pool.submit(self._call, argument))
        return True

    def start(self) -> None:
        """Start the calls that the look-ahead allows, with the arguments available by now."""
        while self.start_next():
            pass

    def ready(self) -> Iterator[R]:
        """Yield the results available by now, without waiting for more."""
        while self._results and self._results[0].done():
            yield self._results.popleft().result()
            self.start()

    def stop(self) -> None:
        """Cancel the calls that have not started, and drop all results."""
        for result in self._results:
            result.cancel()
        self._results.clear()

    def __iter__(self) -> Iterator[R]:
        """Yield the results until there are no more arguments; a call's exception is raised in its place."""
        self.start()
        while self._results:
            yield self._results.popleft().result()
            self.start()
