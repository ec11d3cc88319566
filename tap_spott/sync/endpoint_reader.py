"""Read one endpoint of a list completely: for each stream from its start, although records change meanwhile."""

import hashlib
import math
from collections.abc import Iterator
from datetime import datetime

import msgspec

from spott_client.errors import InvalidCursorError
from spott_client.models import ServerTime
from spott_client.pagination import RestartLimiter
from spott_client.worker_pool import WorkerPool
from tap_spott.sync.requester import ListRequester
from tap_spott.sync.types import RecordBatch, StartTimes, StreamNames, Window
from tap_spott.sync.window_reader import WindowReader

MAX_STABLE_READS = 10
"""How often to read a list that keeps shifting, before no checkpoint is given."""

MAX_CATCH_UP_ROUNDS = 10
"""How often to read the changes since the last round, before no checkpoint is given."""

BATCHES_OF_ONE_PAGE = 2
"""The page, and the checkpoint of the window. A single page can't shift."""


class EndpointReader:
    """Reads one endpoint of a list, for several streams at once."""

    def __init__(self, requester: ListRequester, pool: WorkerPool) -> None:
        self._requester = requester
        self._windows = WindowReader(requester, pool)

    @property
    def server_time(self) -> ServerTime | None:
        """The server's time when the read started; None before, and if the server doesn't send it."""
        return self._windows.server_time

    @property
    def fraction_done(self) -> float | None:
        """How much has been read, from 0 to 1; None if unknown."""
        return self._windows.fraction_done

    def read(
        self, start_times: StartTimes, full_table_streams: StreamNames
    ) -> Iterator[tuple[RecordBatch, StreamNames]]:
        """Yield the endpoint's records, each batch with the streams that need it.

        Args:
            start_times: From where each stream needs the list.
            full_table_streams: The streams whose target will delete every row that the read doesn't yield.

        Raises:
            FutureStartError: A stream starts later than the server's time.
        """
        for time_range, streams in self._time_ranges(start_times):
            for batch in self._read_until_stable(time_range, full_table=bool(full_table_streams)):
                for record in batch.records if self._requester.endpoint.extra_columns else ():
                    record.update(self._requester.endpoint.extra_columns)
                yield batch, streams
        if full_table_streams and self._requester.can_read_changes and self._requester.modified_until is None:
            for batch in self._catch_up():
                yield batch, full_table_streams

    def _time_ranges(self, start_times: StartTimes) -> Iterator[tuple[Window, StreamNames]]:
        """Yield the ranges between the streams' starts, each with the streams that have started by then.

        A list without `modifiedUntil` is read as one range, for all streams. A stream that starts at the end gets no
        range.
        """
        starts = sorted(set(start_times.values()), key=_beginning_first)
        if len(starts) > 1 and not self._requester.supports_modified_until():
            yield Window(starts[0], None), frozenset(start_times)
            return
        for since, next_start in zip(starts, [*starts[1:], None], strict=True):
            until = min(filter(None, [next_start, self._requester.modified_until]), default=None)
            if since is None or until is None or since < until:
                started = (name for name, at in start_times.items() if _beginning_first(at) <= _beginning_first(since))
                yield Window(since, until), frozenset(started)

    def _read_until_stable(self, time_range: Window, *, full_table: bool) -> Iterator[RecordBatch]:
        """Read a range once; if records can move between its pages, until two reads are equal."""
        previous = b""
        for _ in range(MAX_STABLE_READS):
            digest, batches, checkpoint = hashlib.sha256(), 0, None
            for batch in self._windows.read(time_range):
                if not self._requester.needs_stable_read(full_table=full_table):
                    yield batch
                    continue
                batches += 1
                digest.update(msgspec.json.encode(batch.records))
                checkpoint = batch.checkpoint
                yield RecordBatch(batch.records, None)
            if not self._requester.needs_stable_read(full_table=full_table):
                return
            if batches <= BATCHES_OF_ONE_PAGE or digest.digest() == previous:
                yield RecordBatch([], checkpoint)
                return
            previous = digest.digest()
        yield RecordBatch([], None)

    def _catch_up(self) -> Iterator[RecordBatch]:
        """Yield the changes since the read started, until they fit on one page.

        A record that changes during a read moves to a later watermark, perhaps from a page that is still to be read to
        one that was already read. An incremental sync reads it next time. A full-table sync must not miss it, because
        the target deletes every row that did not come. A single page shows one moment, so it ends the search.

        Yields:
            The changes; at last an empty batch, whose checkpoint is None if a record may have been missed.
        """
        server_time, restart_limiter = self.server_time, RestartLimiter()
        for _ in range(MAX_CATCH_UP_ROUNDS):
            if server_time is None:
                break
            since, next_time, pages = server_time.earliest, None, 0
            try:
                for page in self._requester.changes_since(since):
                    next_time = page.server_time if pages == 0 else next_time
                    pages += 1
                    yield RecordBatch(page.items, None)
            except InvalidCursorError as error:
                restart_limiter.check(error, pages)
                continue
            server_time = next_time
            if pages == 1:
                yield RecordBatch([], since)
                return
        yield RecordBatch([], None)


def _beginning_first(instant: datetime | None) -> float:
    return instant.timestamp() if instant else -math.inf
