"""Run a limited number of calls at once, on threads."""

import heapq
import itertools
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Event, Lock, Semaphore, Thread
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

MAX_WAITING = 32
"""How many calls may wait without occupying a worker; further ones occupy theirs.

In an outage, waiting calls soon occupy all workers. Then only these retry, until one of them ends.
"""


class WorkerPool:
    """A thread pool with priorities.

    Its threads are daemons, unlike those of ThreadPoolExecutor: a run that failed or was interrupted exits without
    waiting for slow requests and sleeping threads.
    """

    def __init__(self, count: int, *, wait: Callable[[Event, float], object] = Event.wait) -> None:
        """Take the maximum number of concurrent calls. Tests replace the wait."""
        self.count = count
        self._wait = wait
        self._can_wait = Semaphore(MAX_WAITING if count > 1 else 0)  # a single worker stays strictly serial
        # A heap, and a token for each of its calls. PriorityQueue has the same parts, but is written in Python.
        self._calls: list[tuple[bool, int, Callable[[], None] | Event]] = []
        self._tokens: SimpleQueue[None] = SimpleQueue()
        self._lock = Lock()
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
            self._start_thread()
        self._put(run, urgent=urgent)
        return future

    def wait(self, event: Event, seconds: float) -> None:
        """Wait inside a call for an event, for at most some seconds, while another thread takes the worker's place.

        That thread ends when the call continues, so never more calls run at once than there are workers.
        """
        if not self._can_wait.acquire(blocking=False):
            self._wait(event, seconds)
            return
        self._start_thread()
        self._wait(event, seconds)
        resumed = Event()
        self._put(resumed, urgent=True)
        resumed.wait()
        self._can_wait.release()

    def _put(self, call: Callable[[], None] | Event, *, urgent: bool) -> None:
        with self._lock:
            heapq.heappush(self._calls, (not urgent, next(self._order), call))
        self._tokens.put(None)

    def _start_thread(self) -> None:
        Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            self._tokens.get()
            with self._lock:
                *_, call = heapq.heappop(self._calls)
            if isinstance(call, Event):
                call.set()
                return
            call()
