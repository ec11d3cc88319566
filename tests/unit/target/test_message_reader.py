"""The message reader reads a bounded number of lines ahead, and can be interrupted while it waits."""

import io
import os
import threading
import time
from typing import Any

import pytest

from target_spott.message_reader import MAX_BUFFERED_LINES, MessageReader


class CountedInput(io.StringIO):
    """Counts the lines that are read."""

    count = 0

    def __next__(self) -> str:  # type: ignore[override] # typeshed derives it from the one of bytes
        self.count += 1
        return super().__next__()


def test_lines_are_read_ahead_up_to_a_limit() -> None:
    source = CountedInput('{"type": "STATE", "value": {}}\n' * 3 * MAX_BUFFERED_LINES)

    def stop(_: dict[str, Any]) -> None:
        time.sleep(0.2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        MessageReader().process_lines(source, {"STATE": stop})
    assert MAX_BUFFERED_LINES / 2 < source.count <= MAX_BUFFERED_LINES + 2


def test_an_interrupt_ends_the_wait_for_the_next_line() -> None:
    reader = MessageReader()
    read_end, write_end = os.pipe()
    with os.fdopen(read_end) as source, os.fdopen(write_end, "w"):
        threading.Timer(0.05, reader.interrupt, [KeyboardInterrupt()]).start()
        with pytest.raises(KeyboardInterrupt):
            reader.process_lines(source, {})
