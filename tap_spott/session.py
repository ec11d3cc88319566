"""What the streams of one run share: a client and its pace, the workers, and one reading of each list."""

from __future__ import annotations

import gc
import logging
from typing import TYPE_CHECKING, Any

from spott_client.rate_limiter import RateLimiter
from spott_client.timestamps import format_timestamp, parse_timestamp
from spott_client.worker_pool import WorkerPool
from spott_singer.config import create_client
from tap_spott.progress import SyncProgress
from tap_spott.sync.detail_reader import DetailReader
from tap_spott.sync.list_reader import ListReader
from tap_spott.sync.requester import ListFilters, ListRequester

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from spott_client.client import SpottClient
    from tap_spott.progress import StreamProgress
    from tap_spott.streams.base import DetailStream, ListStream


COLLECT_AFTER = 50_000
"""Objects made and not yet freed; some pages of records come to so many."""

logger = logging.getLogger("tap-spott")


class SyncSession:
    """One run's connections and readings, made when the first stream asks for something."""

    def __init__(self, config: Mapping[str, Any], details: Sequence[type[DetailStream]]) -> None:
        """Take the validated settings, and the streams of details.

        Raises:
            ConfigError: As SpottClient.
        """
        # Records have no cycles and what was imported stays: the collector would look through both for nothing.
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER, 20, 20)
        self._config = config
        self._details = details
        self._workers = WorkerPool(config["concurrency"])
        rate_limiter = RateLimiter(config["requests_per_minute"])
        self.board = SyncProgress(rate_limiter)
        self._client = create_client(config, rate_limiter)
        self._clients: dict[str, SpottClient] = {}
        self._readings: dict[str, ListReader] = {}

    def client(self, stream: str) -> SpottClient:
        """Return the client that counts what is asked for this stream."""
        return self._clients.setdefault(stream, self._client.with_own_stats())

    def begin(self, stream: str) -> StreamProgress:
        """Return the progress of a stream that begins now."""
        return self.board.begin(stream, self.client(stream).stats)

    def reading(self, parent: type[ListStream]) -> ListReader:
        """Return the reading of a list that its selected streams share."""
        if parent.name not in self._readings:
            self._readings[parent.name] = self.new_reading(parent)
        return self._readings[parent.name]

    def new_reading(self, parent: type[ListStream]) -> ListReader:
        """Return a reading of a list for one stream alone."""
        end_date = self._config.get("end_date")
        bounds = ListFilters(
            page_size=self._config["page_size"],
            until=parse_timestamp(end_date) if end_date else None,
            company_ids=self._config.get("company_ids") or [],
        )
        client = self.client(parent.name)
        return ListReader(
            [ListRequester(endpoint, client, self._workers, bounds) for endpoint in parent.lists],
            {
                stream.name: DetailReader(stream, self.client(stream.name), self._workers)
                for stream in self._details
                if stream.parent is parent
            },
            self.begin_again,
        )

    @property
    def first(self) -> datetime | None:
        """The watermark that a sync without a bookmark begins with; None: the beginning of time."""
        start_date = self._config.get("start_date")
        return parse_timestamp(start_date) if start_date else None

    def begin_again(self, stream: str, now: datetime) -> datetime | None:
        """Say that a stream was to start later than Spott's clock shows, and return where to read from instead."""
        if self.first and self.first > now:
            logger.warning(
                "%s: start_date is later than Spott's clock (%s); reading from now", stream, format_timestamp(now)
            )
            return now
        logger.warning(
            "%s: the bookmark is later than Spott's clock (%s), so it vouches for nothing; reading %s",
            stream,
            format_timestamp(now),
            f"from {format_timestamp(self.first)}" if self.first else "everything",
        )
        return self.first
