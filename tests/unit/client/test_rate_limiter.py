"""The quota holds and is used to the full; calls side by side keep their order and their bounds."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spott_client.rate_limiter import RateLimiter
from spott_client.worker_pool import WorkerPool
from tap_spott.sync.detail_reader import Prefetcher

SOON = 10.0
"""Seconds that a thread of these tests may take; none does unless something is broken."""


class Traffic:
    """Requests side by side on a clock of its own: those under way end while a later one waits for its place."""

    def __init__(self, quota: int) -> None:
        self.now = 0.0
        self.waited = 0.0
        self.starts: list[float] = []
        self.ends: list[float] = []
        self.meanwhile: list[Callable[[], None]] = []
        """What others do as soon as a request has to wait."""
        self._under_way: list[tuple[float, int, ExitStack]] = []
        self.rate_limiter = RateLimiter(quota, clock=lambda: self.now, sleep=self._wait)

    def request(self, seconds: float) -> float:
        """Start a request that takes so long, and return when it started."""
        place = ExitStack()
        place.enter_context(self.rate_limiter.acquire())
        started = self.now
        self.starts.append(started)
        self.ends.append(started + seconds)
        heappush(self._under_way, (started + seconds, len(self.starts), place))
        return started

    def move(self, seconds: float) -> None:
        """Let time pass."""
        until = self.now + seconds
        while self._under_way and self._under_way[0][0] <= until:
            self.end_one()
        self.now = until

    def end_one(self) -> None:
        """Let time pass until the next request ends."""
        self.now, _, place = heappop(self._under_way)
        place.close()

    def at_most(self, threads: int) -> None:
        """Let time pass until one of so many threads is free."""
        while len(self._under_way) >= threads:
            self.end_one()

    def _wait(self, seconds: float) -> None:
        self.waited += seconds
        while self.meanwhile:
            self.meanwhile.pop()()
        self.move(seconds)


def most_in_a_minute(instants: Iterable[float]) -> int:
    """Return how many of the instants lie within 60 seconds, wherever these begin."""
    ordered = sorted(instants)
    return max((sum(first <= other < first + 60 for other in ordered) for first in ordered), default=0)


# Eighths of a second are exact in floating point: "60 seconds later" means just that.
EIGHTHS = st.integers(0, 30 * 8).map(lambda eighths: eighths / 8) | st.integers(0, 200).map(float)
REQUESTS = st.lists(st.tuples(st.just(0.0) | EIGHTHS, EIGHTHS), max_size=40)


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 8), st.integers(1, 6), REQUESTS)
def test_the_quota_holds_in_any_minute_wherever_requests_count(
    quota: int, threads: int, requests: list[tuple[float, float]]
) -> None:
    traffic = Traffic(quota)
    for gap, seconds in requests:
        traffic.move(gap)
        traffic.at_most(threads)
        traffic.request(seconds)
    middles = [(start + end) / 2 for start, end in zip(traffic.starts, traffic.ends, strict=True)]
    alternating = [(traffic.starts, traffic.ends)[number % 2][number] for number in range(len(traffic.starts))]
    for instants in (traffic.starts, traffic.ends, middles, alternating):
        assert most_in_a_minute(instants) <= quota


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 8), st.integers(1, 6), REQUESTS, st.dictionaries(st.integers(0, 40), EIGHTHS, max_size=3))
def test_each_request_starts_as_soon_as_quota_and_hold_allow(
    quota: int, threads: int, requests: list[tuple[float, float]], holds: dict[int, float]
) -> None:
    traffic, held_until = Traffic(quota), 0.0
    for number, (gap, seconds) in enumerate(requests):
        traffic.move(gap)
        traffic.at_most(threads)
        if number in holds:
            traffic.rate_limiter.pause(holds[number])
            held_until = max(held_until, traffic.now + holds[number])
        places = sorted((end + 60 for end in traffic.ends), reverse=True)
        place_free = places[quota - 1] if len(places) >= quota else 0.0
        asked = traffic.now
        assert traffic.request(seconds) == max(asked, held_until, place_free)


def test_nobody_waits_within_the_quota() -> None:
    traffic = Traffic(600)
    for _ in range(600):
        traffic.at_most(4)
        traffic.request(0.25)
    assert traffic.waited == 0
    assert traffic.now < 60


def test_requests_under_way_count() -> None:
    traffic = Traffic(2)
    traffic.request(100)
    traffic.request(130)
    assert traffic.request(1) == 100 + 60
    assert traffic.request(1) == 130 + 60


def test_a_failed_request_counts_and_gives_its_place_back() -> None:
    traffic = Traffic(1)
    msg = "no answer"
    with pytest.raises(ConnectionError, match=msg), traffic.rate_limiter.acquire():
        raise ConnectionError(msg)
    assert traffic.request(0) == 60


@pytest.mark.parametrize(
    ("holds", "expected"),
    [
        pytest.param([10, 10, 10, 10], 10, id="several threads told the same"),
        pytest.param([10, 4], 10, id="a shorter one later"),
        pytest.param([4, 10], 10, id="a longer one later"),
        pytest.param([0], 0, id="none"),
        pytest.param([-5], 0, id="over already"),
    ],
)
def test_a_hold_pushes_everybody_once(holds: list[float], expected: float) -> None:
    traffic = Traffic(100)
    for seconds in holds:
        traffic.rate_limiter.pause(seconds)
    assert [traffic.request(1) for _ in range(4)] == [expected] * 4
    assert traffic.waited == expected


def test_a_hold_reaches_those_who_wait_already() -> None:
    traffic = Traffic(1)
    traffic.request(0)
    traffic.meanwhile.append(lambda: traffic.rate_limiter.pause(100))
    assert traffic.request(0) == 100


def test_limiter_logs_each_wait_once(caplog: pytest.LogCaptureFixture) -> None:
    traffic = Traffic(3)
    with caplog.at_level(logging.INFO):
        for _ in range(4):
            traffic.request(1)
            traffic.move(1)
    assert caplog.messages == ["Rate limit reached; next request in 58 s"]
    assert traffic.rate_limiter.throttled_seconds == 58.0


def test_limiter_logs_the_longer_of_limit_and_pause(caplog: pytest.LogCaptureFixture) -> None:
    traffic = Traffic(1)
    traffic.request(0)
    traffic.rate_limiter.pause(100)
    with caplog.at_level(logging.INFO):
        assert traffic.request(0) == 100
    assert caplog.messages == ["Rate limit reached; next request in 100 s"]


def test_limiter_does_not_log_short_waits(caplog: pytest.LogCaptureFixture) -> None:
    traffic = Traffic(1)
    traffic.rate_limiter.pause(1.9)
    with caplog.at_level(logging.INFO):
        assert traffic.request(0) == 1.9
    assert caplog.messages == []


def test_estimated_wait_is_the_actual_one() -> None:
    traffic = Traffic(3)
    for requests, seconds in ((3, 0), (4, 60), (6, 60), (7, 120)):
        assert traffic.rate_limiter.estimate_wait(requests) == seconds
    traffic.request(2)
    assert traffic.rate_limiter.utilization == pytest.approx(1 / 3)
    traffic.move(12)
    estimate = traffic.rate_limiter.estimate_wait(5)
    started = traffic.now
    for _ in range(5):
        traffic.request(0)
        traffic.move(0)
    assert traffic.now - started == estimate


def test_one_threads_wait_is_its_own() -> None:
    traffic = Traffic(10)
    traffic.rate_limiter.sleep(30)
    assert traffic.now == 30
    assert traffic.request(0) == 30


def test_more_threads_than_quota_all_get_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spott_client.rate_limiter.MINUTE", 0.1)
    rate_limiter, starts = RateLimiter(2), []

    def make_requests() -> None:
        for _ in range(2):
            with rate_limiter.acquire():
                starts.append(time.monotonic())
                time.sleep(0.01)

    threads = [threading.Thread(target=make_requests, daemon=True) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SOON)
    assert len(starts) == 10
    assert all(later - earlier >= 0.1 for earlier, later in zip(starts, starts[2:], strict=False))


class Rush:
    """Counts the calls that are under way at once."""

    def __init__(self) -> None:
        self.most = 0
        self.calls = 0
        self._now = 0
        self._lock = threading.Lock()

    def __call__(self, seconds: float) -> float:
        with self._lock:
            self.calls += 1
            self._now += 1
            self.most = max(self.most, self._now)
        time.sleep(seconds)
        with self._lock:
            self._now -= 1
        return seconds


@pytest.mark.parametrize("count", [1, 3, 8])
def test_as_many_calls_at_once_as_there_are_workers_and_no_more(count: int) -> None:
    workers, rush, together = WorkerPool(count), Rush(), threading.Barrier(count)
    meetings = [workers.submit(together.wait, SOON) for _ in range(count)]
    assert {meeting.result(SOON) for meeting in meetings} == set(range(count))
    assert [workers.submit(rush, 0.001).result for _ in range(50)][-1](SOON) == 0.001
    assert rush.most <= count


def test_workers_are_daemons_and_only_as_many_as_needed() -> None:
    workers = WorkerPool(3)
    threads = [workers.submit(lambda _: threading.current_thread(), None).result(SOON) for _ in range(20)]
    assert all(thread.daemon for thread in threads)
    assert 1 <= len(set(threads)) <= 3


@pytest.mark.parametrize("error", [ValueError("of the call"), KeyboardInterrupt(), SystemExit(2)], ids=repr)
def test_what_a_call_raises_comes_out_of_its_future_and_the_worker_goes_on(error: BaseException) -> None:
    workers = WorkerPool(1)

    def fail(_: None) -> None:
        raise error

    failed = workers.submit(fail, None)
    assert failed.exception(SOON) is error
    assert workers.submit(str, 17).result(SOON) == "17"


class Source:
    """Arguments one after the other, None in between where there is none yet."""

    def __init__(self, *arguments: float | None) -> None:
        self.taken = 0
        self._arguments = deque(arguments)

    def add(self, *arguments: float) -> None:
        self._arguments.extend(arguments)

    def take(self) -> float | None:
        argument = self._arguments.popleft() if self._arguments else None
        self.taken += argument is not None
        return argument


def sleep_and_tell(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


@settings(deadline=None, max_examples=30)
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
def test_a_slow_reader_finds_no_more_than_the_look_ahead(ahead: int) -> None:
    source = Source(*range(30))
    results = Prefetcher(str, source.take, WorkerPool(8), ahead)
    results.start()
    assert source.taken == ahead
    for received, _ in enumerate(results, start=1):
        assert source.taken - received < ahead
        results.start()
        assert source.taken - received <= ahead
    assert source.taken == 30


def test_an_exception_surfaces_in_its_place_and_the_rest_can_be_read_on() -> None:
    def invert(number: float) -> float:
        return 1 / number

    results = Prefetcher(invert, Source(1, 2, 0, 4).take, WorkerPool(4), 4)
    received = iter(results)
    assert [next(received), next(received)] == [1, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(received)
    assert list(results) == [0.25]


def test_arguments_may_come_later() -> None:
    source = Source(None)
    results = Prefetcher(sleep_and_tell, source.take, WorkerPool(2), 4)
    assert list(results) == []
    source.add(0.001, 0.0)
    results.start()
    source.add(0.002)
    assert list(results) == [0.001, 0.0, 0.002]


def test_ready_gives_what_is_there_and_never_waits() -> None:
    gates: list[threading.Event] = [threading.Event() for _ in range(4)]
    source = iter(gates)

    def call(gate: threading.Event) -> int:
        gate.wait(SOON)
        return gates.index(gate)

    results = Prefetcher(call, lambda: next(source, None), WorkerPool(4), 4)
    assert list(results.ready()) == [], "nothing was started"
    results.start()
    gates[1].set()
    assert list(results.ready()) == [], "the first one is under way"
    gates[0].set()
    assert until_some(lambda: list(results.ready())) == [0, 1]
    assert list(results.ready()) == []
    gates[2].set()
    gates[3].set()
    assert list(results) == [2, 3]


def until_some(give: Callable[[], list[int]]) -> list[int]:
    """Collect what is given within the next moments, for as long as it is less than two."""
    collected: list[int] = []
    deadline = time.monotonic() + SOON
    while len(collected) < 2 and time.monotonic() < deadline:
        collected += give()
        time.sleep(0.001)
    return collected


def test_ready_begins_further_calls_as_places_get_free() -> None:
    source = Source(*range(6))
    results = Prefetcher(str, source.take, WorkerPool(1), 2)
    results.start()
    received: list[str] = []
    deadline = time.monotonic() + SOON
    while len(received) < 6 and time.monotonic() < deadline:
        received += results.ready()
    assert received == ["0", "1", "2", "3", "4", "5"]


def test_urgent_calls_come_before_those_that_wait_already() -> None:
    workers, begun, gate = WorkerPool(1), threading.Event(), threading.Event()
    order: list[str] = []

    def hold(_: str) -> None:
        begun.set()
        gate.wait()

    held = workers.submit(hold, "")
    begun.wait()
    calls = [workers.submit(order.append, "detail"), workers.submit(order.append, "page", urgent=True)]
    gate.set()
    for call in [held, *calls]:
        call.result(timeout=10)
    assert order == ["page", "detail"]
