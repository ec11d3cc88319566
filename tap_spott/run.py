"""What the streams of one run share: a client and its pace, the workers, and the one reading of the contacts."""

from __future__ import annotations

import gc
import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_spott.client import SpottClient
from tap_spott.contacts import ContactReading
from tap_spott.incremental import format_time, parse_time
from tap_spott.pace import Pace, Workers

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

COLLECT_AFTER = 50_000
"""Objects made and not yet freed; some pages of records come to so many."""

logger = logging.getLogger("tap-spott")


class Run:
    """One run's connections and readings, made when the first stream asks for something."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Take the validated settings.

        Raises:
            SettingError: As SpottClient.
        """
        # Records have no cycles and what was imported stays: the collector would look through both for nothing.
        gc.freeze()
        gc.set_threshold(COLLECT_AFTER, 20, 20)
        self._config = config
        self._workers = Workers(config["concurrency"])
        self._client = SpottClient(
            api_key=config["api_key"],
            api_url=config["api_url"],
            user_agent=config["user_agent"],
            request_timeout=float(config["request_timeout"]),
            max_retries=config["max_retries"],
            concurrency=config["concurrency"],
            pace=Pace(config["requests_per_minute"]),
        )
        self._clients: dict[str, SpottClient] = {}

    def client(self, stream: str) -> SpottClient:
        """Return the client that counts what is asked for this stream."""
        return self._clients.setdefault(stream, self._client.counted_apart())

    @cached_property
    def contacts(self) -> ContactReading:
        """The reading that the selected streams share."""
        return self.new_reading()

    def new_reading(self) -> ContactReading:
        """Return a reading of the contacts for one stream alone."""
        end_date = self._config.get("end_date")
        return ContactReading(
            self.client("client_contacts"),
            self.client("client_contact_details"),
            self._workers,
            page_size=self._config["page_size"],
            until=parse_time(end_date) if end_date else None,
            begin_again=self.begin_again,
        )

    @property
    def first(self) -> datetime | None:
        """The watermark that a sync without a bookmark begins with; None: the beginning of time."""
        start_date = self._config.get("start_date")
        return parse_time(start_date) if start_date else None

    def begin_again(self, stream: str, now: datetime) -> datetime | None:
        """Say that a stream's bookmark is later than Spott's clock, and return where to read from instead."""
        logger.warning(
            "%s: the bookmark is later than Spott's clock (%s), so it vouches for nothing; reading %s",
            stream,
            format_time(now),
            f"from {format_time(self.first)}" if self.first else "everything",
        )
        return self.first
