"""Tests of the worker pool."""

import threading
import time
from functools import partial

import pytest

from spott_client.worker_pool import MAX_WAITING, WorkerPool
from tests.support.client import TIMEOUT, wait_until


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


def test_waiting_call_occupies_no_worker() -> None:
    pool, retry = WorkerPool(2), threading.Event()
    waiting = [pool.submit(partial(pool.wait, retry), TIMEOUT) for _ in range(4)]
    assert pool.submit(str, 17).result(TIMEOUT) == "17"
    assert not any(call.done() for call in waiting)
    retry.set()
    for call in waiting:
        call.result(TIMEOUT)


def test_wait_ends_after_its_seconds() -> None:
    pool = WorkerPool(2)
    started = time.monotonic()
    pool.submit(partial(pool.wait, threading.Event()), 0.1).result(TIMEOUT)
    assert 0.1 <= time.monotonic() - started < 1


@pytest.mark.parametrize("count", [1, 2, 5])
def test_no_more_calls_run_than_workers_when_some_have_waited(count: int) -> None:
    pool, counter, together = WorkerPool(count), CallCounter(), threading.Barrier(count)

    def call(_: int) -> None:
        counter(0.001)
        pool.wait(threading.Event(), 0.003)
        counter(0.001)

    for future in [pool.submit(call, number) for number in range(60)]:
        future.result(TIMEOUT)
    assert counter.maximum <= count
    places = [pool.submit(together.wait, TIMEOUT) for _ in range(count)]
    assert {place.result(TIMEOUT) for place in places} == set(range(count))


def test_number_of_waiting_calls_is_bounded() -> None:
    count, started = 3, list[threading.Event]()
    pool, most = WorkerPool(count), MAX_WAITING + count

    def call(retry: threading.Event) -> None:
        started.append(retry)
        pool.wait(retry, TIMEOUT)

    for retry in (threading.Event(), threading.Event()):
        started.clear()
        futures = [pool.submit(call, retry) for _ in range(most + 20)]
        wait_until(lambda: len(started) >= most)
        time.sleep(0.1)
        assert len(started) == most
        retry.set()
        for future in futures:
            future.result(TIMEOUT)


def test_single_worker_runs_nothing_else_while_its_call_waits() -> None:
    pool, order = WorkerPool(1), list[str]()

    def call(name: str) -> None:
        order.append(f"{name} starts")
        pool.wait(threading.Event(), 0.02)
        order.append(f"{name} ends")

    for future in [pool.submit(call, name) for name in "ab"]:
        future.result(TIMEOUT)
    assert order == ["a starts", "a ends", "b starts", "b ends"]


def test_call_that_has_waited_continues_before_queued_calls() -> None:
    pool, retry, gates, order = WorkerPool(2), threading.Event(), (threading.Event(), threading.Event()), list[str]()

    def wait(name: str) -> None:
        pool.wait(retry, TIMEOUT)
        order.append(name)

    waiting = pool.submit(wait, "waited")
    holding = [pool.submit(gate.wait, TIMEOUT) for gate in gates]
    wait_until(lambda: all(future.running() for future in holding))
    queued = pool.submit(order.append, "queued")
    retry.set()
    time.sleep(0.1)
    assert order == []
    gates[0].set()
    for future in [waiting, queued]:
        future.result(TIMEOUT)
    assert order == ["waited", "queued"]
    gates[1].set()
