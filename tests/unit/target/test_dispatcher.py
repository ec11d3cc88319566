"""The dispatcher bounds its queue, keeps the order of operations with the same key, and emits states in order."""

import threading
import time
from typing import Any

import pytest

from spott_client.worker_pool import WorkerPool
from target_spott.dispatcher import Dispatcher
from target_spott.operations import Operation, SourceRecord
from tests.support.client import TIMEOUT, wait_until

MAX_PENDING = 10


class BlockedWriter:
    """A writer that blocks until it is released."""

    def __init__(self) -> None:
        self.released = threading.Event()
        self.written: list[str | None] = []

    def write(self, operation: Operation) -> None:
        self.released.wait()
        self.written.append(operation.contact_id)


class Host:
    """Keeps the emitted states and the errors."""

    def __init__(self) -> None:
        self.states: list[Any] = []
        self.errors: list[BaseException] = []

    def emit_state(self, state: Any) -> None:  # noqa: ANN401 - a state is any JSON value
        self.states.append(state)

    def interrupt(self, error: BaseException) -> None:
        self.errors.append(error)


def update(contact_id: str, role: object = "x", stream: str = "client_contacts") -> Operation:
    return Operation(SourceRecord(stream, ["id"], {"id": contact_id}), contact_id, None, {"role": role})


def finish(dispatcher: Dispatcher) -> None:
    """Finish within a few seconds: an operation that is never written would block forever."""
    WorkerPool(1).submit(lambda _: dispatcher.finish(), None).result(TIMEOUT)


def test_submit_blocks_while_max_pending_operations_are_queued() -> None:
    writer, host, submitted = BlockedWriter(), Host(), 0
    dispatcher = Dispatcher(writer, WorkerPool(2), MAX_PENDING, host)

    def submit() -> None:
        nonlocal submitted
        for number in range(5 * MAX_PENDING):
            dispatcher.submit(update(str(number)))
            dispatcher.checkpoint(number)
            submitted += 1

    submitting = threading.Thread(target=submit, daemon=True)
    submitting.start()
    time.sleep(0.2)
    assert submitted <= MAX_PENDING
    assert host.states == []
    writer.released.set()
    submitting.join(10)
    finish(dispatcher)
    assert {*writer.written} == {str(number) for number in range(5 * MAX_PENDING)}
    assert len(writer.written) == 5 * MAX_PENDING
    assert host.states[-1] == 5 * MAX_PENDING - 1
    assert host.states == sorted(host.states)
    assert host.errors == []


class FailingWriter:
    """A writer that fails at one contact, and keeps the order in which it was called."""

    def __init__(self, fails_at: str = "") -> None:
        self.fails_at = fails_at
        self.written: list[tuple[str | None, object]] = []

    def write(self, operation: Operation) -> None:
        if operation.contact_id == self.fails_at:
            raise OSError
        time.sleep(0.01 if operation.body["role"] == 0 else 0)  # the first of a contact would be overtaken
        self.written.append((operation.contact_id, operation.body["role"]))


def test_operations_on_one_contact_are_written_in_their_order() -> None:
    writer, host = FailingWriter(), Host()
    dispatcher = Dispatcher(writer, WorkerPool(4), 100, host)
    for step in range(20):
        for contact_id in "abc":
            dispatcher.submit(update(contact_id, step, f"stream {step % 2}"))
    finish(dispatcher)
    for contact_id in "abc":
        assert [step for each, step in writer.written if each == contact_id] == list(range(20))


class RetryingWriter(FailingWriter):
    """A writer whose calls on one contact wait, as requests wait for a retry."""

    def __init__(self, pool: WorkerPool, waits_at: str) -> None:
        super().__init__()
        self.retry = threading.Event()
        self._pool = pool
        self._waits_at = waits_at

    def write(self, operation: Operation) -> None:
        if operation.contact_id == self._waits_at:
            self._pool.wait(self.retry, TIMEOUT)
        super().write(operation)


def test_operations_behind_one_that_waits_for_its_retry_are_written() -> None:
    pool, host = WorkerPool(2), Host()
    writer = RetryingWriter(pool, "a")
    dispatcher = Dispatcher(writer, pool, 100, host)
    for step in range(3):
        for contact_id in "abc":
            dispatcher.submit(update(contact_id, step))
        dispatcher.checkpoint(step)
    wait_until(lambda: len(writer.written) == 6)
    assert {contact_id for contact_id, _ in writer.written} == {"b", "c"}
    assert host.states == []
    writer.retry.set()
    finish(dispatcher)
    assert [step for contact_id, step in writer.written if contact_id == "a"] == [0, 1, 2]
    assert host.states[-1] == 2


def test_a_failure_interrupts_the_reader_and_emits_no_state_after_it() -> None:
    host = Host()
    dispatcher = Dispatcher(FailingWriter(fails_at="b"), WorkerPool(1), MAX_PENDING, host)
    for contact_id in "ab":
        dispatcher.submit(update(contact_id))
        dispatcher.checkpoint(contact_id)
    with pytest.raises(OSError):  # noqa: PT011 - the writer's error has no message
        finish(dispatcher)
    dispatcher.wait_in_flight(10)
    with pytest.raises(OSError):  # noqa: PT011 - as above
        dispatcher.submit(update("c"))
    assert host.states == ["a"]
    assert host.errors == [dispatcher.failure]
