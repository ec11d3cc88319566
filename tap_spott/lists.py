"""Asks one list endpoint for its pages, with what the run bounds it by."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_spott.endpoints import Until
from tap_spott.errors import GoneError, RefusedError
from tap_spott.incremental import EPOCH, Window, format_time
from tap_spott.windows import WindowedList

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_spott.answers import Page
    from tap_spott.client import Parameters, SpottClient
    from tap_spott.endpoints import ListEndpoint
    from tap_spott.pace import Workers

logger = logging.getLogger("tap-spott")


@dataclass(frozen=True, kw_only=True)
class Bounds:
    """What the settings bound every list by.

    Attributes:
        page_size: Records a page.
        until: Watermark that lists are read up to (`end_date`); None: Spott's now.
        company_ids: Records of these companies only; empty: of all.
    """

    page_size: int
    until: datetime | None
    company_ids: list[str]


class ListSource:
    """One list endpoint: its pages, and the windows of time in which they are read."""

    def __init__(self, endpoint: ListEndpoint, client: SpottClient, workers: Workers, bounds: Bounds) -> None:
        """Set up; nothing is asked yet."""
        self._client = client
        self._bounds = bounds
        self._use(endpoint)
        self.windows = WindowedList(self._ask, endpoint.path, workers, self.heeds_until)

    def _use(self, endpoint: ListEndpoint) -> None:
        self.endpoint = endpoint
        """The one that this account has, once an answer has come."""
        self._heeds_until = None if endpoint.until is Until.DOUBTFUL else endpoint.until is Until.DOCUMENTED

    def shifts(self, *, whole: bool) -> bool:
        """Tell whether a record can slip past while the list changes, and would be missed.

        That is so for pages with numbers, and for a list that can't be asked what has changed since, where `whole`
        says that one has to be sure of all.
        """
        return self.endpoint.numbered if self.endpoint.since else whole

    def heeds_until(self) -> bool:
        """Tell whether the list heeds `modifiedUntil`; where the documentation is not sure, ask it, once.

        Nothing has changed at one instant of 1970, so a list that answers with records does not heed it.

        Raises:
            SpottError: As SpottClient.page.
        """
        if self._heeds_until is None:
            try:
                self._heeds_until = not self._ask(Window(EPOCH, EPOCH), None).items
            except RefusedError:
                self._heeds_until = False
            if not self._heeds_until:
                logger.info("GET %s does not heed modifiedUntil; read in one piece", self.endpoint.path)
        return self._heeds_until

    @property
    def until(self) -> datetime | None:
        """The watermark to read up to, if the run and the list know one."""
        return self._bounds.until if self._bounds.until and self.heeds_until() else None

    def read_since(self, since: datetime) -> Iterator[Page]:
        """Yield the pages since a watermark, one after the other."""
        return self._client.pages(self.endpoint.path, self._parameters(Window(since, None)), self.endpoint.rows)

    def _ask(self, window: Window, cursor: str | int | None) -> Page:
        try:
            return self._client.page(self.endpoint.path, self._parameters(window), cursor, self.endpoint.rows)
        except GoneError:
            if self.endpoint.older is None:
                raise
            self._use(self.endpoint.older)
            return self._ask(window, cursor)

    def _parameters(self, window: Window) -> Parameters:
        endpoint = self.endpoint
        size: Parameters = {"page": 0, "pageSize": self._bounds.page_size}
        parameters = {**endpoint.parameters, **(size if endpoint.numbered else {"limit": self._bounds.page_size})}
        if window.since and endpoint.since:
            parameters["modifiedSince"] = format_time(window.since)
        if window.until:
            parameters["modifiedUntil"] = format_time(window.until)
        if endpoint.company_filter and self._bounds.company_ids:
            parameters[endpoint.company_filter] = self._bounds.company_ids
        return parameters
