"""Write Singer messages to standard output: several at a time, and none cut in two by a signal."""

import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
from singer_sdk.contrib.msgspec import MsgSpecWriter, encoder
from singer_sdk.singerlib.encoding.simple import Message
from typing_extensions import override

from spott_singer.command import Terminated

MAX_DELAY = 0.1
"""Seconds that a record may wait in the buffer."""

MAX_BUFFERED_BYTES = 1 << 20
"""Bytes to buffer at most. In each write, other threads take the interpreter lock, so fewer writes take less time."""


class _RecordMessage(msgspec.Struct, tag_field="type", tag="RECORD", omit_defaults=True, gc=False):
    stream: str
    record: dict[str, Any]
    time_extracted: datetime
    version: int | None = None


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
        self._write(self.format_message(message), can_wait=False)

    def write_records(self, stream: str, records: Iterable[dict[str, Any]], version: int | None) -> None:
        """Write a RECORD message for each record of a stream, extracted now."""
        now = datetime.now(UTC)
        messages = [_RecordMessage(stream, record, now, version) for record in records]
        self._write(encoder.encode_lines(messages), can_wait=True)

    def _write(self, messages: bytes | bytearray, *, can_wait: bool) -> None:
        self._writing = True
        try:
            self._buffer += messages
            if (
                not can_wait
                or len(self._buffer) >= MAX_BUFFERED_BYTES
                or time.monotonic() > self._flushed_at + MAX_DELAY
            ):
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
