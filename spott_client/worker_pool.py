"""Run calls on a fixed number of threads."""

import itertools
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import PriorityQueue
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


class WorkerPool:
    """A thread pool with priorities.

    Its threads are daemons, unlike those of ThreadPoolExecutor: a run that failed or was interrupted exits without
    waiting for slow requests and sleeping threads.
    """

    def __init__(self, count: int) -> None:
        """Take the maximum number of concurrent calls."""
        self.count = count
        self._calls: PriorityQueue[tuple[bool, int, Callable[[], None]]] = PriorityQueue()
        self._order = itertools.count()
        self._threads = 0

    def submit(self, call: Callable[[T], R], argument: T, *, urgent: bool = False) -> Future[R]:
        """Run a call on the next free thread, urgent calls first, and return its future."""
        future: Future[R] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                result = call(argument)
            except BaseException as error:  # noqa: BLE001 - the future's reader gets it
                future.set_exception(error)
            else:
                future.set_result(result)

        if self._threads < self.count:
            self._threads += 1
            threading.Thread(target=self._work, daemon=True).start()
        self._calls.put((not urgent, next(self._order), run))
        return future

    def _work(self) -> None:
        while True:
            *_, run = self._calls.get()
            run()
