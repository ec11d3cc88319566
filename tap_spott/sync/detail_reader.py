"""What a list leaves out: one request for each of its records, while the list is still being read."""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from urllib.parse import quote

from spott_client.errors import NotFoundError
from spott_client.worker_pool import WorkerPool
from tap_spott.streams.base import SYNCED_AT
from tap_spott.sync.detail_queue import DetailQueue

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

    from spott_client.client import SpottClient
    from spott_client.worker_pool import WorkerPool
    from tap_spott.streams.base import DetailStream
    from tap_spott.sync.detail_queue import QueueItem
    from tap_spott.sync.types import RecordBatch


T = TypeVar("T")

R = TypeVar("R")


class Prefetcher(Generic[T, R]):
    """Calls side by side, whose results come in the order of their arguments, with a bounded look-ahead."""

    def __init__(self, call: Callable[[T], R], take: Callable[[], T | None], workers: WorkerPool, ahead: int) -> None:
        """Take the call, where its arguments come from, and how many results may lie ready or be under way at once.

        `take` gives the next argument, or None while there is none: more may come later.
        """
        self._call = call
        self._take = take
        self._workers = workers
        self._ahead = ahead
        self._results: deque[Future[R]] = deque()

    def start(self) -> None:
        """Begin the calls that the look-ahead allows, with the arguments that there are by now."""
        while len(self._results) < self._ahead and (argument := self._take()) is not None:
            self._results.append(self._workers.submit(self._call, argument))

    def ready(self) -> Iterator[R]:
        """Yield the results that are there by now, without waiting for more."""
        while self._results and self._results[0].done():
            yield self._results.popleft().result()
            self.start()

    def stop(self) -> None:
        """Drop the calls that have not begun, and all results."""
        for result in self._results:
            result.cancel()
        self._results.clear()

    def __iter__(self) -> Iterator[R]:
        """Yield the results until there are no more arguments; an exception of a call is raised in its place."""
        self.start()
        while self._results:
            yield self._results.popleft().result()
            self.start()


PREFETCH_PER_WORKER = 16
"""How many details may lie ready or be under way for each worker."""

MAX_NOT_FOUND = 25
"""So many records in a row that are gone, and none that is there, mean that the address itself is not."""

logger = logging.getLogger("tap-spott")


class Detail(NamedTuple):
    """What was due, and the answer: None for a checkpoint, and for a record that is gone."""

    due: QueueItem
    body: Any


class DetailReader:
    """Details that have become due, each asked for once; they come in the order in which they became due."""

    def __init__(self, stream: type[DetailStream], client: SpottClient, workers: WorkerPool) -> None:
        """Set up; nothing is asked yet."""
        self._stream = stream.name
        self._endpoint = stream.detail
        self._bookmark = stream.replication_key
        self._client = client
        self._due = DetailQueue()
        self._found = False
        self._gone = 0
        self.results = Prefetcher(self._ask, self._due.take, workers, PREFETCH_PER_WORKER * workers.count)

    @property
    def due(self) -> int:
        """How many records have become due by now."""
        return self._due.count

    def note(self, step: RecordBatch, began_at: str | None) -> None:
        """Take note of what a step of the list has made due, and begin to ask.

        Args:
            step: Records, or an instant that all before it reach.
            began_at: Spott's time when the reading began.
        """
        self._due.add(
            (
                str(record[self._endpoint.id_column]),
                began_at if self._bookmark == SYNCED_AT else _text_or_none(record.get(str(self._bookmark))),
            )
            for record in step.records
            if record.get(self._endpoint.id_column)
        )
        if not step.records:
            self._due.reach(step.reached)
        self.results.start()

    def stop(self) -> None:
        """Ask for no more: nobody waits for it. Otherwise it would keep the other streams waiting."""
        self.results.stop()
        self._client.disable_retries()

    def _ask(self, due: QueueItem) -> Detail:
        if due.id is None:
            return Detail(due, None)
        try:
            body = self._get(self._endpoint.path.format(quote(due.id, safe="")))
        except NotFoundError:
            self._gone += 1
            if not self._found and self._gone > MAX_NOT_FOUND:
                raise
            self._client.stats.add(skipped=1)
            logger.warning("%s: %s %s is gone (404), skipped", self._stream, self._endpoint.record_name, due.id)
            return Detail(due, None)
        self._found = True
        return Detail(due, body)

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON may be anything
        if self._endpoint.records_key is None:
            return self._client.get_object(path, self._endpoint.required_field)
        return [
            item
            for page in self._client.paginate(path, {}, records_key=self._endpoint.records_key)
            for item in page.items
        ]


def _text_or_none(value: Any) -> str | None:  # noqa: ANN401 - JSON may be anything
    return value if isinstance(value, str) else None
