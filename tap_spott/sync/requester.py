"""Request the pages of one list endpoint, with the filters that the settings ask for."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from spott_client.client import SpottClient
from spott_client.errors import InvalidRequestError, NotFoundError
from spott_client.models import Page, QueryParams
from spott_client.pagination import Pagination
from spott_client.timestamps import EPOCH, format_timestamp
from spott_client.worker_pool import WorkerPool
from tap_spott.endpoints import FilterSupport, ListEndpoint
from tap_spott.sync.types import Window

logger = logging.getLogger("tap-spott")


@dataclass(frozen=True, kw_only=True)
class ListFilters:
    """The settings that limit what is read of each list.

    Attributes:
        page_size: Maximum records per page.
        modified_until: Latest watermark to read (`end_date`); None: the server's time when the read starts.
        company_ids: Read only records of these companies; empty: of all.
    """

    page_size: int
    modified_until: datetime | None
    company_ids: list[str]


class ListRequester:
    """Requests the pages of one list endpoint.

    Attributes:
        endpoint: The endpoint; its fallback, once Spott has answered 404 to the endpoint itself.
    """

    def __init__(self, endpoint: ListEndpoint, client: SpottClient, filters: ListFilters, pool: WorkerPool) -> None:
        """Send no request yet. Requests that nobody else submits run on the pool, which bounds the concurrency."""
        self.endpoint = endpoint
        self._client = client
        self._filters = filters
        self._pool = pool
        self._probe_result: bool | None = None

    @property
    def modified_until(self) -> datetime | None:
        """The watermark to read up to, if the settings have one and the endpoint supports it."""
        return self._filters.modified_until if self._filters.modified_until and self.supports_modified_until() else None

    @property
    def can_read_changes(self) -> bool:
        """Whether the endpoint can list what changed since a time, without missing a record between two pages."""
        return self.endpoint.supports_modified_since and self.endpoint.pagination is Pagination.CURSOR

    def supports_modified_until(self) -> bool:
        """Tell whether the endpoint supports `modifiedUntil`; if its documentation doesn't say, send one probe request.

        Nothing changed at one instant of 1970, so an endpoint that answers the probe with records ignores the filter.
        """
        if self.endpoint.modified_until is not FilterSupport.UNKNOWN:
            return self.endpoint.modified_until is FilterSupport.DOCUMENTED
        if self._probe_result is None:
            self._probe_result = self._probe_modified_until()
        return self._probe_result

    def needs_stable_read(self, *, full_table: bool) -> bool:
        """Tell whether a record can move to a page that was already read, and would be missed.

        Numbered pages shift while the list changes. A list without `modifiedSince` can't be asked for the changes
        afterwards, so a full-table read of it must be stable too.
        """
        if self.endpoint.supports_modified_since:
            return self.endpoint.pagination is Pagination.PAGE_NUMBER
        return full_table

    def get_page(self, window: Window, cursor: str | int | None) -> Page:
        """Return a page of a window; cursor None: the first page."""
        endpoint = self.endpoint
        try:
            return self._client.get_page(
                endpoint.path,
                self._query_params(window),
                cursor,
                pagination=endpoint.pagination,
                records_key=endpoint.records_key,
            )
        except NotFoundError:
            if endpoint.fallback is None:
                raise
            self.endpoint = endpoint.fallback
            self._probe_result = None
            return self.get_page(window, cursor)

    def changes_since(self, since: datetime) -> Iterator[Page]:
        """Yield the pages of all records with this watermark or a later one, one after the other."""
        endpoint = self.endpoint
        params = self._query_params(Window(since, None))
        pages = self._client.paginate(
            endpoint.path, params, pagination=endpoint.pagination, records_key=endpoint.records_key
        )
        while page := self._pool.submit(partial(next, pages), None, urgent=True).result():
            yield page

    def _probe_modified_until(self) -> bool:
        try:
            probe = self._pool.submit(partial(self.get_page, Window(EPOCH, EPOCH)), None, urgent=True)
            supported = not probe.result().items
        except InvalidRequestError:
            supported = False
        if not supported:
            logger.info("GET %s doesn't support modifiedUntil; reading it without windows", self.endpoint.path)
        return supported

    def _query_params(self, window: Window) -> QueryParams:
        endpoint, filters = self.endpoint, self._filters
        size_param = "pageSize" if endpoint.pagination is Pagination.PAGE_NUMBER else "limit"
        page_size = min(filters.page_size, endpoint.max_page_size)
        params: QueryParams = {**endpoint.parameters, size_param: page_size}
        if window.since and endpoint.supports_modified_since:
            params["modifiedSince"] = format_timestamp(window.since)
        if window.until:
            params["modifiedUntil"] = format_timestamp(window.until)
        if endpoint.company_filter and filters.company_ids:
            params[endpoint.company_filter] = filters.company_ids
        return params
