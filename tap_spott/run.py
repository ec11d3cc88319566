"""What the streams of one run share: a client and its pace, the workers, and one reading of each list."""

from __future__ import annotations

import gc
import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from tap_spott.details import DetailSource
from tap_spott.incremental import format_time, parse_time
from tap_spott.lists import Bounds, ListSource
from tap_spott.pace import Pace, Workers
from tap_spott.progress import Board
from tap_spott.readings import ListReading
from tap_spott.settings import connect
from tap_spott.telling import QUOTA_WAIT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tap_spott.client import SpottClient
    from tap_spott.progress import Progress
    from tap_spott.stream import DetailStream, ListStream

COLLECT_AFTER = 50_000
"""Objects made and not yet freed; some pages of records come to so many."""

logger = logging.getLogger("tap-spott")


class Run:
    """One run's connections and readings, made when the first stream asks for something."""

    def __init__(self, config: Mapping[str, Any], details: Sequence[type[DetailStream]]) -> None:
        """Take the validated settings, and the streams of details.

        Raises:
            SettingError: As SpottClient.
        """
        # Records have no cycles and what was imported stays: the collector would look through both for nothing.
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER, 20, 20)
        self._config = config
        self._details = details
        self._workers = Workers(config["concurrency"])
        pace = Pace(config["requests_per_minute"], announce=partial(logger.info, QUOTA_WAIT))
        self.board = Board(pace)
        self._client = connect(config, pace)
        self._clients: dict[str, SpottClient] = {}
        self._readings: dict[str, ListReading] = {}

    def client(self, stream: str) -> SpottClient:
        """Return the client that counts what is asked for this stream."""
        return self._clients.setdefault(stream, self._client.counted_apart())

    def begin(self, stream: str) -> Progress:
        """Return the progress of a stream that begins now."""
        return self.board.begin(stream, self.client(stream).tally)

    def reading(self, parent: type[ListStream]) -> ListReading:
        """Return the reading of a list that its selected streams share."""
        if parent.name not in self._readings:
            self._readings[parent.name] = self.new_reading(parent)
        return self._readings[parent.name]

    def new_reading(self, parent: type[ListStream]) -> ListReading:
        """Return a reading of a list for one stream alone."""
        end_date = self._config.get("end_date")
        bounds = Bounds(
            page_size=self._config["page_size"],
            until=parse_time(end_date) if end_date else None,
            company_ids=self._config.get("company_ids") or [],
        )
        client = self.client(parent.name)
        return ListReading(
            [ListSource(endpoint, client, self._workers, bounds) for endpoint in parent.lists],
            {
                stream.name: DetailSource(stream, self.client(stream.name), self._workers)
                for stream in self._details
                if stream.parent is parent
            },
            self.begin_again,
        )

    @property
    def first(self) -> datetime | None:
        """The watermark that a sync without a bookmark begins with; None: the beginning of time."""
        start_date = self._config.get("start_date")
        return parse_time(start_date) if start_date else None

    def begin_again(self, stream: str, now: datetime) -> datetime | None:
        """Say that a stream was to start later than Spott's clock shows, and return where to read from instead."""
        if self.first and self.first > now:
            logger.warning(
                "%s: start_date is later than Spott's clock (%s); reading from now", stream, format_time(now)
            )
            return now
        logger.warning(
            "%s: the bookmark is later than Spott's clock (%s), so it vouches for nothing; reading %s",
            stream,
            format_time(now),
            f"from {format_time(self.first)}" if self.first else "everything",
        )
        return self.first
