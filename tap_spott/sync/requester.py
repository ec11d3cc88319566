"""Asks one list endpoint for its pages, with what the run bounds it by."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spott_client.errors import InvalidRequestError, NotFoundError
from spott_client.pagination import Pagination
from spott_client.timestamps import EPOCH, format_timestamp
from tap_spott.endpoints import FilterSupport
from tap_spott.sync.types import Window
from tap_spott.sync.window_reader import WindowReader

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from spott_client.client import SpottClient
    from spott_client.models import Page, QueryParams
    from spott_client.worker_pool import WorkerPool
    from tap_spott.endpoints import ListEndpoint


logger = logging.getLogger("tap-spott")


@dataclass(frozen=True, kw_only=True)
class ListFilters:
    """What the settings bound every list by.

    Attributes:
        page_size: Records a page.
        until: Watermark that lists are read up to (`end_date`); None: Spott's now.
        company_ids: Records of these companies only; empty: of all.
    """

    page_size: int
    until: datetime | None
    company_ids: list[str]


class ListRequester:
    """One list endpoint: its pages, and the windows of time in which they are read."""

    def __init__(self, endpoint: ListEndpoint, client: SpottClient, workers: WorkerPool, bounds: ListFilters) -> None:
        """Set up; nothing is asked yet."""
        self._client = client
        self._bounds = bounds
        self._use(endpoint)
        self.windows = WindowReader(self._ask, endpoint.path, workers, self.heeds_until)

    def _use(self, endpoint: ListEndpoint) -> None:
        self.endpoint = endpoint
        """The one that this account has, once an answer has come."""
        self._heeds_until = (
            None
            if endpoint.modified_until is FilterSupport.UNKNOWN
            else endpoint.modified_until is FilterSupport.DOCUMENTED
        )

    def shifts(self, *, whole: bool) -> bool:
        """Tell whether a record can slip past while the list changes, and would be missed.

        That is so for pages with numbers, and for a list that can't be asked what has changed since, where `whole`
        says that one has to be sure of all.
        """
        return self.endpoint.pagination is Pagination.PAGE_NUMBER if self.endpoint.supports_modified_since else whole

    def heeds_until(self) -> bool:
        """Tell whether the list heeds `modifiedUntil`; where the documentation is not sure, ask it, once.

        Nothing has changed at one instant of 1970, so a list that answers with records does not heed it.

        Raises:
            SpottError: As SpottClient.page.
        """
        if self._heeds_until is None:
            try:
                self._heeds_until = not self._ask(Window(EPOCH, EPOCH), None).items
            except InvalidRequestError:
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
        endpoint = self.endpoint
        parameters = self._parameters(Window(since, None))
        return self._client.paginate(
            endpoint.path, parameters, pagination=endpoint.pagination, records_key=endpoint.records_key
        )

    def _ask(self, window: Window, cursor: str | int | None) -> Page:
        endpoint = self.endpoint
        try:
            return self._client.get_page(
                endpoint.path,
                self._parameters(window),
                cursor,
                pagination=endpoint.pagination,
                records_key=endpoint.records_key,
            )
        except NotFoundError:
            if endpoint.fallback is None:
                raise
            self._use(endpoint.fallback)
            return self._ask(window, cursor)

    def _parameters(self, window: Window) -> QueryParams:
        endpoint = self.endpoint
        page_size = "pageSize" if endpoint.pagination is Pagination.PAGE_NUMBER else "limit"
        parameters: QueryParams = {**endpoint.parameters, page_size: self._bounds.page_size}
        if window.since and endpoint.supports_modified_since:
            parameters["modifiedSince"] = format_timestamp(window.since)
        if window.until:
            parameters["modifiedUntil"] = format_timestamp(window.until)
        if endpoint.company_filter and self._bounds.company_ids:
            parameters[endpoint.company_filter] = self._bounds.company_ids
        return parameters
