"""Tests of the worker pool."""

import threading
import time

import pytest

from spott_client.worker_pool import WorkerPool

TIMEOUT = 10.0
"""Seconds; far more than a call of these tests takes."""


class CallCounter:
    """Callable that records the maximum number of its concurrent calls."""

    def __init__(self) -> None:
        self.maximum = 0
        self._running = 0
        self._lock = threading.Lock()

    def __call__(self, seconds: float) -> float:
        with self._lock:
            self._running += 1
            self.maximum = max(self.maximum, self._running)
        time.sleep(seconds)
        with self._lock:
            self._running -= 1
        return seconds


@pytest.mark.parametrize("count", [1, 3, 8])
def test_pool_runs_as_many_calls_as_it_has_threads(count: int) -> None:
    pool, counter, together = WorkerPool(count), CallCounter(), threading.Barrier(count)
    futures = [pool.submit(together.wait, TIMEOUT) for _ in range(count)]
    assert {future.result(TIMEOUT) for future in futures} == set(range(count))
    assert [pool.submit(counter, 0.001).result for _ in range(50)][-1](TIMEOUT) == 0.001
    assert counter.maximum <= count


def test_pool_starts_daemon_threads_up_to_its_limit() -> None:
    pool = WorkerPool(3)
    threads = [pool.submit(lambda _: threading.current_thread(), None).result(TIMEOUT) for _ in range(20)]
    assert all(thread.daemon for thread in threads)
    assert 1 <= len(set(threads)) <= 3


@pytest.mark.parametrize("error", [ValueError("of the call"), KeyboardInterrupt(), SystemExit(2)], ids=repr)
def test_future_raises_the_error_of_its_call_and_the_thread_survives(error: BaseException) -> None:
    pool = WorkerPool(1)

    def fail(_: None) -> None:
        raise error

    failed = pool.submit(fail, None)
    assert failed.exception(TIMEOUT) is error
    assert pool.submit(str, 17).result(TIMEOUT) == "17"


def test_pool_runs_urgent_calls_first() -> None:
    pool, started, gate = WorkerPool(1), threading.Event(), threading.Event()
    order: list[str] = []

    def hold(_: str) -> None:
        started.set()
        gate.wait()

    held = pool.submit(hold, "")
    started.wait()
    calls = [pool.submit(order.append, "detail"), pool.submit(order.append, "page", urgent=True)]
    gate.set()
    for call in [held, *calls]:
        call.result(TIMEOUT)
    assert order == ["page", "detail"]
