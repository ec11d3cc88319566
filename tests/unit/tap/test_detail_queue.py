"""Candidates come out in the order in which they became due, each once, with the checkpoints where they were set."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tap_spott.sync.detail_queue import DetailQueue, QueueItem

NOON = datetime(2024, 1, 31, 12, 0, 0, 500, UTC)
Added = tuple[str, str | None] | datetime


def take_all(due: DetailQueue) -> list[QueueItem]:
    return list(iter(due.take, None))


def test_candidates_come_in_the_order_in_which_they_became_due() -> None:
    due = DetailQueue()
    due.add([("b", "2024-01-02"), ("a", None)])
    due.add([("c", "2024-01-01")])
    assert take_all(due) == [
        QueueItem("b", "2024-01-02", None),
        QueueItem("a", None, None),
        QueueItem("c", "2024-01-01", None),
    ]


def test_a_candidate_comes_once_with_what_made_it_due_first() -> None:
    due = DetailQueue()
    due.add([("a", "first"), ("b", None), ("a", "second")])
    due.add([("b", "later")])
    assert take_all(due) == [QueueItem("a", "first", None), QueueItem("b", None, None)]


def test_a_candidate_that_was_taken_does_not_come_again() -> None:
    due = DetailQueue()
    due.add([("a", None)])
    assert due.take() == QueueItem("a", None, None)
    due.add([("a", None), ("b", None)])
    assert take_all(due) == [QueueItem("b", None, None)]


def test_checkpoints_stand_between_the_candidates_to_the_microsecond() -> None:
    due = DetailQueue()
    due.reach(NOON)
    due.add([("a", None)])
    due.reach(NOON)
    due.reach(NOON + timedelta(seconds=1))
    due.add([("b", None)])
    assert take_all(due) == [
        QueueItem(None, None, NOON),
        QueueItem("a", None, None),
        QueueItem(None, None, NOON),
        QueueItem(None, None, NOON + timedelta(seconds=1)),
        QueueItem("b", None, None),
    ]


def test_a_checkpoint_may_vouch_for_nothing() -> None:
    due = DetailQueue()
    due.add([("a", None)])
    due.reach(None)
    assert take_all(due) == [QueueItem("a", None, None), QueueItem(None, None, None)]


def test_what_is_added_after_the_end_comes_later() -> None:
    due = DetailQueue()
    assert due.take() is None
    due.add([("a", None)])
    assert due.take() == QueueItem("a", None, None)
    assert due.take() is None
    assert due.take() is None
    due.reach(NOON)
    due.add([("b", None)])
    assert take_all(due) == [QueueItem(None, None, NOON), QueueItem("b", None, None)]


def test_ids_are_told_apart_by_every_character() -> None:
    ids = ["a", "A", "a ", "", "ä", "a\0", "a\0b", "1", "01", "1.0", "x" * 10_000]
    due = DetailQueue()
    due.add([(candidate_id, None) for candidate_id in ids])
    assert [candidate.id for candidate in take_all(due)] == ids


def test_lists_are_apart() -> None:
    one, other = DetailQueue(), DetailQueue()
    one.add([("a", None)])
    assert other.take() is None


CANDIDATES = st.tuples(st.sampled_from("abcdef"), st.none() | st.just("2024-01-31"))
MOMENTS = st.integers(0, 10**9).map(lambda microseconds: NOON + timedelta(microseconds=microseconds))


@given(st.lists(st.lists(CANDIDATES | MOMENTS, max_size=5)))
def test_any_order_of_adding_and_taking_gives_the_same(rounds: list[list[Added]]) -> None:
    due, taken, expected = DetailQueue(), list[QueueItem](), list[QueueItem]()
    seen: set[str] = set()
    for added in rounds:
        for item in added:
            if isinstance(item, datetime):
                due.reach(item)
                expected.append(QueueItem(None, None, item))
            else:
                due.add([item])
                if item[0] not in seen:
                    seen.add(item[0])
                    expected.append(QueueItem(*item, None))
        taken += filter(None, [due.take(), due.take()])
    assert taken + take_all(due) == expected
