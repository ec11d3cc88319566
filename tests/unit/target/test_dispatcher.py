"""The target's work is done side by side, and no more of it is taken than can be dealt with."""

import threading
import time

from spott_client.worker_pool import WorkerPool
from target_spott.dispatcher import Delivery

AHEAD = 10


def test_no_more_is_taken_than_may_lie_ahead_of_what_is_under_way() -> None:
    go_on, taken = threading.Event(), 0
    dealt_with: list[int] = []
    states: list[int] = []

    def deal_with(item: int) -> None:
        go_on.wait()
        dealt_with.append(item)

    delivery = Delivery[int](deal_with, WorkerPool(2), AHEAD, write_state=states.append, on_failure=lambda _: None)

    def submit() -> None:
        nonlocal taken
        for item in range(5 * AHEAD):
            delivery.submit(str(item), item)
            delivery.checkpoint(item)
            taken += 1

    taking = threading.Thread(target=submit, daemon=True)
    taking.start()
    time.sleep(0.2)
    assert taken <= AHEAD
    assert states == []
    go_on.set()
    taking.join(10)
    delivery.finish()
    assert sorted(dealt_with) == list(range(5 * AHEAD))
    assert states[-1] == 5 * AHEAD - 1
    assert states == sorted(states)
