"""DOC."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib.encoding.simple import RecordMessage
from typing_extensions import override

from spott_singer.command import Terminated

if TYPE_CHECKING:
    from singer_sdk.singerlib.encoding.simple import Message


MAX_DELAY = 0.1
"""Seconds that a record may wait for the next one before both are written."""

MAX_BUFFERED_BYTES = 1 << 16
"""Bytes that records may come to before they are written: what a pipe holds."""


class BufferedMessageWriter(MsgSpecWriter):
    """Writes messages that no signal cuts in two, and in a rush several at once.

    The SDK flushes each message. That lets the threads which read take the interpreter, and the one which writes then
    waits for it: for each record, longer than it takes to write.
    """

    def __init__(self) -> None:
        """Begin with nothing to write, and no signal."""
        super().__init__()
        self._writing = False
        self._signal: int | None = None
        self._waiting = bytearray()
        self._flushed_at = 0.0

    @override
    def write_message(self, message: Message) -> None:
        self._writing = True
        try:
            self._waiting += self.format_message(message)
            may_wait = isinstance(message, RecordMessage) and len(self._waiting) < MAX_BUFFERED_BYTES
            if not may_wait or time.monotonic() > self._flushed_at + MAX_DELAY:
                self.flush()
        finally:
            self._writing = False
        if self._signal is not None:
            raise Terminated(self._signal)

    def flush(self) -> None:
        """Write the records that have waited for others."""
        waiting, self._waiting = self._waiting, bytearray()
        sys.stdout.buffer.write(waiting)
        sys.stdout.flush()
        self._flushed_at = time.monotonic()

    def stop(self, signal_number: int) -> None:
        """Handle a signal: now, or once the message has been written that is being written.

        Raises:
            Stopped: Now.
        """
        if not self._writing:
            raise Terminated(signal_number)
        self._signal = signal_number
