"""What the streams of one sync share: the client, the worker threads, and one reader per list."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from threading import Semaphore
from typing import Any

from spott_client.client import SpottClient
from spott_client.rate_limiter import RateLimiter
from spott_client.timestamps import parse_timestamp
from spott_client.worker_pool import WorkerPool
from spott_singer.config import create_client
from tap_spott.endpoints import ListEndpoint
from tap_spott.failures import StreamFailures
from tap_spott.progress import StreamProgress, SyncProgress
from tap_spott.sync.detail_reader import DetailReader, DetailSpec
from tap_spott.sync.endpoint_reader import EndpointReader
from tap_spott.sync.list_reader import ListReader
from tap_spott.sync.requester import ListFilters, ListRequester

EARLY_SHARE = 4
"""While lists are read, details use one in so many of a minute's requests. So they delay the lists by 15 s at most."""


class SyncSession:
    """One sync's connections and readers, made when a stream first needs them: discovery needs no API key.

    Attributes:
        failures: The streams that failed so far.
    """

    def __init__(self, config: Mapping[str, Any], detail_specs: Mapping[str, Sequence[DetailSpec]]) -> None:
        """Take the validated settings, and the details to read of each list's records, by the list's stream."""
        self._config = config
        self._detail_specs = detail_specs
        self._clients: dict[str, SpottClient] = {}
        self._list_readers: dict[str, ListReader] = {}
        self.failures = StreamFailures()

    @cached_property
    def progress(self) -> SyncProgress:
        """The progress of all streams."""
        return SyncProgress(self._rate_limiter)

    @property
    def start_date(self) -> datetime | None:
        """The watermark from which a sync without a bookmark reads; None: from the beginning."""
        return self._timestamp("start_date")

    def start_stream(self, stream: str) -> StreamProgress:
        """Return the progress of a stream that starts now."""
        return self.progress.start_stream(stream, self._client_of(stream).stats)

    def list_reader(self, stream: str, endpoints: Sequence[ListEndpoint]) -> ListReader:
        """Return the reader of a list that its stream and its detail streams share."""
        if stream not in self._list_readers:
            self._list_readers[stream] = self.new_list_reader(stream, endpoints)
        return self._list_readers[stream]

    def new_list_reader(self, stream: str, endpoints: Sequence[ListEndpoint]) -> ListReader:
        """Return a reader of a list for one stream alone."""
        filters = ListFilters(
            page_size=self._config["page_size"],
            modified_until=self._timestamp("end_date"),
            company_ids=self._config.get("company_ids") or [],
        )
        client = self._client_of(stream)
        return ListReader(
            [
                EndpointReader(ListRequester(endpoint, client, filters, self._pool), self._pool)
                for endpoint in endpoints
            ],
            {
                spec.stream: DetailReader(spec, self._client_of(spec.stream), self._pool, self._early_details)
                for spec in self._detail_specs.get(stream, ())
            },
            self.start_date,
        )

    @cached_property
    def _early_details(self) -> Semaphore:
        return Semaphore(self._config["requests_per_minute"] // EARLY_SHARE)

    @cached_property
    def _rate_limiter(self) -> RateLimiter:
        return RateLimiter(self._config["requests_per_minute"])

    @cached_property
    def _client(self) -> SpottClient:
        return create_client(self._config, self._pool, self._rate_limiter)

    @cached_property
    def _pool(self) -> WorkerPool:
        return WorkerPool(self._config["concurrency"])

    def _client_of(self, stream: str) -> SpottClient:
        """Return the client that counts the requests of this stream."""
        if stream not in self._clients:
            self._clients[stream] = self._client.with_own_stats()
        return self._clients[stream]

    def _timestamp(self, setting: str) -> datetime | None:
        text = self._config.get(setting)
        return parse_timestamp(text) if text else None
