"""Read a list once per sync, for every stream that needs it: the list's own stream and its detail streams."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from spott_client.timestamps import format_timestamp
from tap_spott.sync.detail_reader import DetailReader
from tap_spott.sync.endpoint_reader import EndpointReader
from tap_spott.sync.types import FutureStartError, RecordBatch, StartTimes, StreamNames

logger = logging.getLogger("tap-spott")


class ListReader:
    """Reads a list from the earliest start that a stream has; details are requested meanwhile.

    Attributes:
        details: The readers of the records' details, by stream.
        completed_for: The streams that the list was read for, once it has been read to its end.
    """

    def __init__(
        self, endpoints: Sequence[EndpointReader], details: Mapping[str, DetailReader], start_date: datetime | None
    ) -> None:
        """Send no request yet.

        Args:
            endpoints: The list; several if it is spread over several endpoints, none of which has filters then.
            details: The readers of the records' details, by stream.
            start_date: Where a stream starts that has no usable bookmark; None: at the beginning.
        """
        self._endpoints = endpoints
        self.details = details
        self._start_date = start_date
        self.completed_for: StreamNames = frozenset()

    @property
    def started_at(self) -> str | None:
        """The server's time when the read started; None before, and if the server doesn't send it."""
        server_time = self._endpoints[0].server_time
        return server_time and format_timestamp(server_time.earliest)

    @property
    def fraction_done(self) -> float | None:
        """How much of the list has been read, from 0 to 1; None if unknown."""
        return 1.0 if self.completed_for else self._endpoints[0].fraction_done

    def read(
        self, start_times: StartTimes, full_table_streams: StreamNames
    ) -> Iterator[tuple[RecordBatch, StreamNames]]:
        """Yield the list's records, each batch with the streams that need it.

        If a stream starts later than the server's time, it starts at `start_date` or now instead, with a warning. The
        arguments are those of `EndpointReader.read`.
        """
        while not self.completed_for:
            try:
                for batch, streams in self._read_endpoints(start_times, full_table_streams):
                    for stream in streams & self.details.keys():
                        self.details[stream].enqueue(batch, self.started_at)
                    yield batch, streams
                self.completed_for = frozenset(start_times)
            except FutureStartError as error:
                late = [stream for stream, since in start_times.items() if since and since > error.now]
                start_times = start_times | {stream: self._restart_stream(stream, error.now) for stream in late}

    def _read_endpoints(
        self, start_times: StartTimes, full_table_streams: StreamNames
    ) -> Iterator[tuple[RecordBatch, StreamNames]]:
        """Read the endpoints one after the other. They are one list, so only the last one has a checkpoint."""
        *others, last = self._endpoints
        is_complete = True
        for endpoint in others:
            checkpoint = None
            for batch, streams in endpoint.read(start_times, full_table_streams):
                checkpoint = batch.checkpoint
                yield RecordBatch(batch.records, None), streams
            is_complete = is_complete and checkpoint is not None
        for batch, streams in last.read(start_times, full_table_streams):
            yield RecordBatch(batch.records, batch.checkpoint if is_complete else None), streams

    def _restart_stream(self, stream: str, now: datetime) -> datetime | None:
        """Warn that a stream was to start later than the server's time, and return where to start instead."""
        if self._start_date and self._start_date > now:
            logger.warning(
                "%s: start_date is later than Spott's clock (%s); reading from now", stream, format_timestamp(now)
            )
            return now
        logger.warning(
            "%s: the bookmark is later than Spott's clock (%s) and can't be used; reading %s",
            stream,
            format_timestamp(now),
            f"from {format_timestamp(self._start_date)}" if self._start_date else "everything",
        )
        return self._start_date
