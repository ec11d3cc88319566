"""Write Singer messages to standard output: several at a time, and none cut in two by a signal."""

import sys
import time

from singer_sdk.contrib.msgspec import MsgSpecWriter
from singer_sdk.singerlib.encoding.simple import Message, RecordMessage
from typing_extensions import override

from spott_singer.command import Terminated

MAX_DELAY = 0.1
"""Seconds that a record may wait in the buffer."""

MAX_BUFFERED_BYTES = 1 << 16
"""Bytes to buffer at most: the capacity of a pipe."""


class BufferedMessageWriter(MsgSpecWriter):
    """Buffers records for a moment, and delays signals until a message is complete.

    The SDK flushes each message. Each flush releases the interpreter lock to the threads that read, and waiting to get
    it back takes longer than writing the record.
    """

    def __init__(self) -> None:
        super().__init__()
        self._writing = False
        self._signal: int | None = None
        self._buffer = bytearray()
        self._flushed_at = 0.0

    @override
    def write_message(self, message: Message) -> None:
        self._writing = True
        try:
            self._buffer += self.format_message(message)
            can_wait = isinstance(message, RecordMessage) and len(self._buffer) < MAX_BUFFERED_BYTES
            if not can_wait or time.monotonic() > self._flushed_at + MAX_DELAY:
                self.flush()
        finally:
            self._writing = False
        if self._signal is not None:
            raise Terminated(self._signal)

    def flush(self) -> None:
        """Write the buffered messages."""
        buffer, self._buffer = self._buffer, bytearray()
        sys.stdout.buffer.write(buffer)
        sys.stdout.flush()
        self._flushed_at = time.monotonic()

    def stop(self, signal_number: int) -> None:
        """Handle a signal: at once, or after the message that is being written.

        Raises:
            Terminated: No message is being written.
        """
        if not self._writing:
            raise Terminated(signal_number)
        self._signal = signal_number
