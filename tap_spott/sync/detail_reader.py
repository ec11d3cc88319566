"""Read the details of a list's records: one request per record, while the list is still being read."""

import logging
from dataclasses import dataclass
from threading import Semaphore
from typing import NamedTuple
from urllib.parse import quote

from spott_client.client import SpottClient
from spott_client.errors import InvalidCursorError, NotFoundError
from spott_client.models import Json, Page
from spott_client.pagination import RestartLimiter
from spott_client.worker_pool import WorkerPool
from tap_spott.endpoints import DetailEndpoint
from tap_spott.sync.detail_queue import DetailQueue, QueueItem
from tap_spott.sync.prefetcher import Prefetcher
from tap_spott.sync.types import RecordBatch

DETAILS_AHEAD = 512
"""How many details may be ready or under way. At 600 requests a minute, so many cover the waits of nine retries."""

MAX_NOT_FOUND = 25
"""If so many records in a row are not found and none was found before, the endpoint itself doesn't exist."""

logger = logging.getLogger("tap-spott")


@dataclass(frozen=True, kw_only=True)
class DetailSpec:
    """What to read of each record of a list.

    Attributes:
        stream: The stream that the details are for.
        endpoint: Where a record's details are.
        timestamp_column: The list's column with a record's time of change; None: the sync's start time is used.
    """

    stream: str
    endpoint: DetailEndpoint
    timestamp_column: str | None


class Detail(NamedTuple):
    """A queue item, and the response to it: None for a checkpoint and for a record that was not found."""

    item: QueueItem
    body: Json


class DetailReader:
    """Requests the details of each record once, in the order in which the list showed the records.

    Attributes:
        results: The details and checkpoints, in order.
    """

    def __init__(self, spec: DetailSpec, client: SpottClient, pool: WorkerPool, early_permits: Semaphore) -> None:
        """Send no request yet.

        Args:
            spec: What to read.
            client: Sends the requests.
            pool: Makes the requests concurrently.
            early_permits: One for each detail that may be requested while lists are read.
        """
        self._spec = spec
        self._endpoint = spec.endpoint
        self._client = client
        self._queue = DetailQueue()
        self._early_permits = early_permits
        self._has_found_any = False
        self._not_found = 0
        self.results = Prefetcher(self._fetch, self._queue.get, pool, DETAILS_AHEAD)

    @property
    def queued(self) -> int:
        """How many different records were queued so far."""
        return self._queue.count

    def enqueue(self, batch: RecordBatch, started_at: str | None) -> None:
        """Queue the records of a list's batch, or its checkpoint, and start to request.

        Args:
            batch: Records, or a checkpoint.
            started_at: The server's time when the read of the list started.
        """
        column = self._spec.timestamp_column
        self._queue.put(
            (
                str(record[self._endpoint.id_column]),
                started_at if column is None else _string_or_none(record.get(column)),
            )
            for record in batch.records
            if record.get(self._endpoint.id_column)
        )
        if not batch.records:
            self._queue.put_checkpoint(batch.checkpoint)
        while self._early_permits.acquire(blocking=False):
            if not self.results.start_next():
                self._early_permits.release()
                break

    def stop(self) -> None:
        """Cancel pending requests and disable retries, so that a failed stream doesn't delay the others."""
        self.results.stop()
        self._client.disable_retries()

    def _fetch(self, item: QueueItem) -> Detail:
        if item.id is None:
            return Detail(item, None)
        try:
            body = self._get(self._endpoint.path.format(quote(item.id, safe="")))
        except NotFoundError:
            self._not_found += 1
            if not self._has_found_any and self._not_found > MAX_NOT_FOUND:
                raise
            self._client.stats.add(skipped=1)
            logger.warning("%s: %s %s not found (404); skipped", self._spec.stream, self._endpoint.record_name, item.id)
            return Detail(item, None)
        self._has_found_any = True
        return Detail(item, body)

    def _get(self, path: str) -> Json:
        if self._endpoint.records_key is None:
            return self._client.get_object(path, self._endpoint.required_field)
        restart_limiter = RestartLimiter()
        while True:
            pages: list[Page] = []
            try:
                pages.extend(self._client.paginate(path, {}, records_key=self._endpoint.records_key))
            except InvalidCursorError as error:
                restart_limiter.check(error, len(pages))
            else:
                return [item for page in pages for item in page.items]


def _string_or_none(value: Json) -> str | None:
    return value if isinstance(value, str) else None
