"""Tests of the prefetcher: ordered results with a bounded number of calls ahead."""

import threading
import time
from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spott_client.worker_pool import WorkerPool
from tap_spott.sync.prefetcher import Prefetcher

TIMEOUT = 10.0
"""Seconds; far more than a call of these tests takes."""


class Source:
    """Queue of arguments; `take` returns None while it is empty."""

    def __init__(self, *arguments: float | None) -> None:
        self.taken = 0
        self._arguments = deque(arguments)

    def add(self, *arguments: float) -> None:
        self._arguments.extend(arguments)

    def take(self) -> float | None:
        argument = self._arguments.popleft() if self._arguments else None
        self.taken += argument is not None
        return argument


def sleep_for(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@given(
    st.lists(st.sampled_from([0.0, 0.0005, 0.001, 0.002]), max_size=12),
    st.integers(1, 5),
    st.sampled_from([WorkerPool(1), WorkerPool(2), WorkerPool(4)]),
)
def test_results_keep_the_order_of_their_arguments(delays: list[float], ahead: int, workers: WorkerPool) -> None:
    arguments = [(number, delay) for number, delay in enumerate(delays)]
    source = iter(arguments)

    def call(argument: tuple[int, float]) -> int:
        time.sleep(argument[1])
        return argument[0]

    assert list(Prefetcher(call, lambda: next(source, None), workers, ahead)) == list(range(len(delays)))


@pytest.mark.parametrize("ahead", [1, 3, 7])
def test_prefetcher_fetches_no_further_than_its_limit(ahead: int) -> None:
    source = Source(*range(30))
    results = Prefetcher(str, source.take, WorkerPool(8), ahead)
    results.start()
    assert source.taken == ahead
    for received, _ in enumerate(results, start=1):
        assert source.taken - received < ahead
        results.start()
        assert source.taken - received <= ahead
    assert source.taken == 30


def test_exception_is_raised_in_order_and_reading_can_continue() -> None:
    def invert(number: float) -> float:
        return 1 / number

    results = Prefetcher(invert, Source(1, 2, 0, 4).take, WorkerPool(4), 4)
    received = iter(results)
    assert [next(received), next(received)] == [1, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(received)
    assert list(results) == [0.25]


def test_prefetcher_accepts_later_arguments() -> None:
    source = Source(None)
    results = Prefetcher(sleep_for, source.take, WorkerPool(2), 4)
    assert list(results) == []
    source.add(0.001, 0.0)
    results.start()
    source.add(0.002)
    assert list(results) == [0.001, 0.0, 0.002]


def test_ready_returns_finished_results_without_waiting() -> None:
    gates: list[threading.Event] = [threading.Event() for _ in range(4)]
    source = iter(gates)

    def call(gate: threading.Event) -> int:
        gate.wait(TIMEOUT)
        return gates.index(gate)

    results = Prefetcher(call, lambda: next(source, None), WorkerPool(4), 4)
    assert list(results.ready()) == [], "no call was started"
    results.start()
    gates[1].set()
    assert list(results.ready()) == [], "the first call is still running"
    gates[0].set()
    assert collect_two(lambda: list(results.ready())) == [0, 1]
    assert list(results.ready()) == []
    gates[2].set()
    gates[3].set()
    assert list(results) == [2, 3]


def collect_two(give: Callable[[], list[int]]) -> list[int]:
    """Call repeatedly until two results have been collected, or the timeout has passed."""
    collected: list[int] = []
    deadline = time.monotonic() + TIMEOUT
    while len(collected) < 2 and time.monotonic() < deadline:
        collected += give()
        time.sleep(0.001)
    return collected


def test_ready_starts_further_calls() -> None:
    source = Source(*range(6))
    results = Prefetcher(str, source.take, WorkerPool(1), 2)
    results.start()
    received: list[str] = []
    deadline = time.monotonic() + TIMEOUT
    while len(received) < 6 and time.monotonic() < deadline:
        received += results.ready()
    assert received == ["0", "1", "2", "3", "4", "5"]
