"""Work side by side, in order where it has to be, and states once all before them is done. No HTTP, no Singer."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from spott_client.worker_pool import WorkerPool

T = TypeVar("T")


class _Entry(Generic[T]):
    """An item on its way, or a state that waits for those before it."""

    def __init__(self, order: str, item: T | None, state: Any = None) -> None:  # noqa: ANN401 - JSON may be anything
        self.order = order
        self.item = item
        self.state = state
        self.settled = item is None


class Delivery(Generic[T]):
    """Deals with items on several threads: those of the same order one after the other, so many at once at most.

    Attributes:
        failure: What has ended it, if anything has.
    """

    def __init__(
        self,
        deal_with: Callable[[T], None],
        workers: WorkerPool,
        ahead: int,
        *,
        write_state: Callable[[Any], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        """Begin with nothing under way.

        Args:
            deal_with: Deals with an item; when it returns, the item is settled. What it raises ends everything.
            workers: Make the calls.
            ahead: How many items, settled or not, may lie behind the oldest that is not settled.
            write_state: Writes a state, whose items are settled all.
            on_failure: Is told, from any thread, why everything ends.
        """
        self.failure: BaseException | None = None
        self._deal_with = deal_with
        self._workers = workers
        self._ahead = ahead
        self._write_state = write_state
        self._on_failure = on_failure
        # Reentrant, since a signal's handler may call `fail` from within any of these methods.
        self._changed = threading.Condition(threading.RLock())
        self._entries: deque[_Entry[T]] = deque()
        self._behind: dict[str, deque[_Entry[T]]] = {}
        """What waits for the item of the same order that is under way."""
        self._under_way = 0

    def submit(self, order: str, item: T) -> None:
        """Take an item, once there is room for it.

        Raises:
            BaseException: The failure that has ended the delivery.
        """
        entry = _Entry(order, item)
        with self._changed:
            self._changed.wait_for(lambda: self.failure or len(self._entries) < self._ahead)
            self.check()
            self._entries.append(entry)
            if order in self._behind:
                self._behind[order].append(entry)
                return
            self._behind[order] = deque()
        self._workers.submit(self._run, entry)

    def checkpoint(self, state: Any) -> None:  # noqa: ANN401 - JSON may be anything
        """Take a state, to be written as soon as all items before it are settled, unless a later one can be."""
        with self._changed:
            self._entries.append(_Entry("", None, state))
            self._advance()

    def finish(self) -> None:
        """Wait until everything is settled.

        Raises:
            BaseException: The failure that has ended the delivery.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.failure or not self._entries)
            self.check()

    def fail(self, error: BaseException) -> None:
        """End the delivery: nothing is begun any more. The first failure counts."""
        with self._changed:
            if self.failure is None:
                self.failure = error
                self._on_failure(error)
            self._changed.notify_all()

    def close(self, grace: float) -> None:
        """After a failure, wait for what is under way, so many seconds at most."""
        with self._changed:
            self._changed.wait_for(lambda: not self._under_way, grace)

    def check(self) -> None:
        """Do nothing, unless the delivery has ended.

        Raises:
            BaseException: The failure that has ended it.
        """
        if self.failure is not None:
            raise self.failure

    def _run(self, entry: _Entry[T]) -> None:
        with self._changed:
            if self.failure is not None or entry.item is None:
                return
            self._under_way += 1
        try:
            self._deal_with(entry.item)
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self.fail(error)
        else:
            entry.settled = True
        following = None
        with self._changed:
            self._under_way -= 1
            behind = self._behind[entry.order]
            if behind:
                following = behind.popleft()
            else:
                del self._behind[entry.order]
            self._advance()
        if following is not None:
            self._workers.submit(self._run, following)

    def _advance(self) -> None:
        """Forget what is settled at the front, and write the last state among it."""
        state = None
        while self._entries and self._entries[0].settled:
            entry = self._entries.popleft()
            state = entry if entry.item is None else state
        if state is not None:
            try:
                self._write_state(state.state)
            except BaseException as error:  # noqa: BLE001 - the main thread raises it
                self.fail(error)
        self._changed.notify_all()
