"""The dispatcher bounds its queue, keeps the order of operations with the same key, and emits states in order."""

import threading
import time
from typing import Any

from spott_client.worker_pool import WorkerPool
from target_spott.dispatcher import Dispatcher
from target_spott.operations import Operation, SourceRecord

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
        self.states: list[int] = []
        self.errors: list[BaseException] = []

    def emit_state(self, state: Any) -> None:  # noqa: ANN401 - a state is any JSON value
        self.states.append(state)

    def interrupt(self, error: BaseException) -> None:
        self.errors.append(error)


def update(contact_id: str) -> Operation:
    return Operation(SourceRecord("client_contacts", ["id"], {"id": contact_id}), contact_id, None, {"role": "x"})


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
    dispatcher.finish()
    assert {*writer.written} == {str(number) for number in range(5 * MAX_PENDING)}
    assert len(writer.written) == 5 * MAX_PENDING
    assert host.states[-1] == 5 * MAX_PENDING - 1
    assert host.states == sorted(host.states)
    assert host.errors == []
