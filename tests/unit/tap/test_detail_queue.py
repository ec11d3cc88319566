"""Records leave the queue in order, each once, with the checkpoints between them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tap_spott.sync.detail_queue import DetailQueue, QueueItem

NOON = datetime(2024, 1, 31, 12, 0, 0, 500, UTC)
Item = tuple[str, str | None] | datetime


def get_all(queue: DetailQueue) -> list[QueueItem]:
    return list(iter(queue.get, None))


def test_records_leave_in_the_order_of_arrival() -> None:
    queue = DetailQueue()
    queue.put([("b", "2024-01-02"), ("a", None)])
    queue.put([("c", "2024-01-01")])
    assert get_all(queue) == [
        QueueItem("b", "2024-01-02", None),
        QueueItem("a", None, None),
        QueueItem("c", "2024-01-01", None),
    ]


def test_record_queued_twice_leaves_once_with_its_first_time() -> None:
    queue = DetailQueue()
    queue.put([("a", "first"), ("b", None), ("a", "second")])
    queue.put([("b", "later")])
    assert get_all(queue) == [QueueItem("a", "first", None), QueueItem("b", None, None)]


def test_record_that_has_left_is_not_queued_again() -> None:
    queue = DetailQueue()
    queue.put([("a", None)])
    assert queue.get() == QueueItem("a", None, None)
    queue.put([("a", None), ("b", None)])
    assert get_all(queue) == [QueueItem("b", None, None)]


def test_checkpoints_keep_their_place_and_microseconds() -> None:
    queue = DetailQueue()
    queue.put_checkpoint(NOON)
    queue.put([("a", None)])
    queue.put_checkpoint(NOON)
    queue.put_checkpoint(NOON + timedelta(seconds=1))
    queue.put([("b", None)])
    assert get_all(queue) == [
        QueueItem(None, None, NOON),
        QueueItem("a", None, None),
        QueueItem(None, None, NOON),
        QueueItem(None, None, NOON + timedelta(seconds=1)),
        QueueItem("b", None, None),
    ]


def test_checkpoint_may_have_no_time() -> None:
    queue = DetailQueue()
    queue.put([("a", None)])
    queue.put_checkpoint(None)
    assert get_all(queue) == [QueueItem("a", None, None), QueueItem(None, None, None)]


def test_queue_can_be_refilled_after_it_was_empty() -> None:
    queue = DetailQueue()
    assert queue.get() is None
    queue.put([("a", None)])
    assert queue.get() == QueueItem("a", None, None)
    assert queue.get() is None
    assert queue.get() is None
    queue.put_checkpoint(NOON)
    queue.put([("b", None)])
    assert get_all(queue) == [QueueItem(None, None, NOON), QueueItem("b", None, None)]


def test_ids_differ_by_every_character() -> None:
    ids = ["a", "A", "a ", "", "ä", "a\0", "a\0b", "1", "01", "1.0", "x" * 10_000]
    queue = DetailQueue()
    queue.put([(record_id, None) for record_id in ids])
    assert [item.id for item in get_all(queue)] == ids


def test_queues_are_independent() -> None:
    one, other = DetailQueue(), DetailQueue()
    one.put([("a", None)])
    assert other.get() is None


RECORDS = st.tuples(st.sampled_from("abcdef"), st.none() | st.just("2024-01-31"))
MOMENTS = st.integers(0, 10**9).map(lambda microseconds: NOON + timedelta(microseconds=microseconds))


@given(st.lists(st.lists(RECORDS | MOMENTS, max_size=5)))
def test_any_order_of_puts_and_gets_yields_the_same_items(rounds: list[list[Item]]) -> None:
    queue, received, expected = DetailQueue(), list[QueueItem](), list[QueueItem]()
    seen: set[str] = set()
    for items in rounds:
        for item in items:
            if isinstance(item, datetime):
                queue.put_checkpoint(item)
                expected.append(QueueItem(None, None, item))
            else:
                queue.put([item])
                if item[0] not in seen:
                    seen.add(item[0])
                    expected.append(QueueItem(*item, None))
        received += filter(None, [queue.get(), queue.get()])
    assert received + get_all(queue) == expected
