"""Write operations concurrently, in order where they share an ordering key, and emit states once they hold."""

import threading
from collections import deque
from typing import Protocol

from spott_client.models import Json
from spott_client.worker_pool import WorkerPool
from target_spott.operations import Operation


class OperationWriter(Protocol):
    """Sends operations."""

    def write(self, operation: Operation) -> None:
        """Send an operation and record its outcome. An exception ends the run."""


class Host(Protocol):
    """The program that reads the input and emits states. Its methods are called from any thread."""

    def emit_state(self, state: Json) -> None:
        """Emit a state."""

    def interrupt(self, error: BaseException) -> None:
        """Stop reading the input and raise the error."""


class _Entry:
    """An operation or, without one, a state that waits for the entries before it."""

    def __init__(self, operation: Operation | None, state: Json = None) -> None:
        self.operation = operation
        self.state = state
        self.done = operation is None
        self.key = "" if operation is None else operation.ordering_key


class Dispatcher:
    """Writes a bounded number of operations concurrently.

    Operations with the same ordering key are written one after the other, in the order of their submission.

    Attributes:
        failure: The exception that ended the dispatcher, or None.
    """

    def __init__(self, writer: OperationWriter, workers: WorkerPool, max_pending: int, host: Host) -> None:
        """Keep at most `max_pending` operations, done or not, from the oldest one that is not done."""
        self.failure: BaseException | None = None
        self._writer = writer
        self._workers = workers
        self._max_pending = max_pending
        self._host = host
        # Reentrant, because a signal handler can call `fail` while the main thread is in any of these methods.
        self._changed = threading.Condition(threading.RLock())
        self._entries: deque[_Entry] = deque()
        self._waiting: dict[str, deque[_Entry]] = {}
        """For each ordering key with an operation in flight, the entries that wait for it."""
        self._in_flight = 0

    def submit(self, operation: Operation) -> None:
        """Queue an operation; block while `max_pending` are queued.

        Raises:
            BaseException: The failure that ended the dispatcher.
        """
        entry = _Entry(operation)
        with self._changed:
            self._changed.wait_for(lambda: self.failure or len(self._entries) < self._max_pending)
            self.raise_if_failed()
            self._entries.append(entry)
            if entry.key in self._waiting:
                self._waiting[entry.key].append(entry)
                return
            self._waiting[entry.key] = deque()
        self._workers.submit(self._write, entry)

    def checkpoint(self, state: Json) -> None:
        """Emit a state once all operations before it are done, unless a later state can be emitted by then."""
        with self._changed:
            self._entries.append(_Entry(None, state))
            self._remove_done()

    def finish(self) -> None:
        """Wait until all operations are done.

        Raises:
            BaseException: The failure that ended the dispatcher.
        """
        with self._changed:
            self._changed.wait_for(lambda: self.failure or not self._entries)
            self.raise_if_failed()

    def fail(self, error: BaseException) -> None:
        """Start no further operation. Only the first failure counts."""
        with self._changed:
            if self.failure is None:
                self.failure = error
                self._host.interrupt(error)
            self._changed.notify_all()

    def wait_in_flight(self, timeout: float) -> None:
        """After a failure, wait up to `timeout` seconds for the operations in flight."""
        with self._changed:
            self._changed.wait_for(lambda: not self._in_flight, timeout)

    def raise_if_failed(self) -> None:
        """Raise the failure, if there is one.

        Raises:
            BaseException: The failure that ended the dispatcher.
        """
        if self.failure is not None:
            raise self.failure

    def _write(self, entry: _Entry) -> None:
        with self._changed:
            if self.failure is not None or entry.operation is None:
                return
            self._in_flight += 1
        try:
            self._writer.write(entry.operation)
        except BaseException as error:  # noqa: BLE001 - the main thread raises it
            self.fail(error)
        else:
            entry.done = True
        with self._changed:
            self._in_flight -= 1
            if self._waiting[entry.key]:
                self._workers.submit(self._write, self._waiting[entry.key].popleft())
            else:
                del self._waiting[entry.key]
            self._remove_done()

    def _remove_done(self) -> None:
        """Remove the done entries at the front, and emit the last state among them."""
        last_state = None
        while self._entries and self._entries[0].done:
            entry = self._entries.popleft()
            last_state = entry if entry.operation is None else last_state
        if last_state is not None:
            try:
                self._host.emit_state(last_state.state)
            except BaseException as error:  # noqa: BLE001 - the main thread raises it
                self.fail(error)
        self._changed.notify_all()
