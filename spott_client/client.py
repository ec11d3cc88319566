"""Send requests to Spott, within the rate limit and with retries."""

import copy
import logging
import time
from collections.abc import Callable, Iterator
from functools import partial
from threading import Event
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import backoff
import requests
from requests.adapters import HTTPAdapter

from spott_client.errors import AmbiguousWriteError, RateLimitError, RetryableError, SpottError
from spott_client.headers import parse_retry_after, parse_server_time
from spott_client.models import APIResponse, Page, QueryParams, Request, RequestStats
from spott_client.pagination import LoopDetector, Pagination, parse_page
from spott_client.rate_limiter import MINUTE, RateLimiter
from spott_client.responses import parse_object, parse_response
from spott_client.transport import TRANSPORT_ERRORS, base_url, read_body, to_connection_error, validate_api_key
from spott_client.worker_pool import WorkerPool

T = TypeVar("T")
E = TypeVar("E", bound=SpottError)

CONNECT_TIMEOUT = 10.0
"""Seconds."""

INITIAL_BACKOFF, MAX_BACKOFF = 0.5, 8.0
"""Maximum seconds before the first retry, and before each later one, unless the response asks for more."""

MAX_RETRY_AFTER = 3600.0
"""Seconds; if a response asks for a longer wait, the request fails instead."""

logger = logging.getLogger("spott_client")


class SpottClient:
    """Client for the Spott API. Threads may share it."""

    def __init__(
        self,
        *,
        api_key: str,
        api_url: str,
        user_agent: str,
        request_timeout: float,
        max_retries: int,
        pool: WorkerPool,
        rate_limiter: RateLimiter,
    ) -> None:
        """Configure the client; it connects when it sends the first request.

        Args:
            api_key: Sent in the header `x-api-key`, and nowhere else.
            api_url: URL with scheme and host.
            user_agent: Value of the header `User-Agent`.
            request_timeout: Maximum seconds from sending a request to the last byte of its response.
            max_retries: Maximum retries per request after a `RetryableError`.
            pool: Runs other calls while a request waits for its retry; keeps as many connections as it has workers.
            rate_limiter: Shared by all users of the API key.

        Raises:
            ConfigError: The API key or the URL is invalid.
        """
        self._url = base_url(api_url)
        self._timeout = (min(CONNECT_TIMEOUT, request_timeout), request_timeout)
        self._max_retries = max_retries
        self._retries_disabled = Event()
        self._pool = pool
        self._rate_limiter = rate_limiter
        headers = {
            "x-api-key": validate_api_key(api_key),
            "User-Agent": user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        # Each request is a copy with its own URL and body: that takes less time than to prepare it anew.
        self._prepared = requests.Request("GET", self._url, headers).prepare()
        # Not a session: it follows redirects, which would send the API key to another host, and keeps cookies.
        self._adapter = HTTPAdapter(pool_connections=1, pool_maxsize=pool.count)
        # Proxies and certificates from the environment; a session would read them for each request.
        self._environment = requests.Session().merge_environment_settings(self._url, {}, True, None, None)  # noqa: FBT003 - the position of `stream`
        self.stats = RequestStats()

    def with_own_stats(self) -> Self:
        """Return a client with its own stats that shares this one's connections and rate limiter."""
        client = copy.copy(self)
        client.stats = RequestStats()
        client._retries_disabled = Event()  # noqa: SLF001 - an attribute of this class
        return client

    def disable_retries(self) -> None:
        """Retry nothing from now on, including requests in flight and those that wait for a retry."""
        self._max_retries = 0
        self._retries_disabled.set()

    def paginate(
        self, path: str, parameters: QueryParams, pagination: Pagination = Pagination.CURSOR, records_key: str = "items"
    ) -> Iterator[Page]:
        """Yield the pages of a list in order.

        Raises:
            PaginationLoopError: Spott returned the same cursor twice, or too large a page number.
            SpottError: As `get_object`.
        """
        loop_detector = LoopDetector(path)
        cursor: str | int | None = None
        while True:
            page = self.get_page(path, parameters, cursor, pagination=pagination, records_key=records_key)
            yield page
            cursor = page.cursor
            if cursor is None:
                return
            loop_detector.check(cursor)

    def get_page(
        self,
        path: str,
        parameters: QueryParams,
        cursor: str | int | None = None,
        pagination: Pagination = Pagination.CURSOR,
        records_key: str = "items",
    ) -> Page:
        """Get one page of a list.

        Args:
            path: Path of the list.
            parameters: Query parameters; the page's own is added.
            cursor: Cursor or page number from the previous page; None for the first page.
            pagination: How the request names the page.
            records_key: Field of the response that holds the records.

        Raises:
            InvalidCursorError: Spott rejected the cursor or page number.
            SpottError: As `get_object`.
        """
        page_number = None
        if pagination is Pagination.PAGE_NUMBER:
            cursor = page_number = int(cursor or 0)
        if cursor is not None:
            parameters = {**parameters, pagination.value: cursor}
        request = Request("GET", path, parameters, follows_page=bool(cursor))
        return self._send_with_retries(request, partial(parse_page, records_key, page_number))

    def get_object(self, path: str, required_field: str) -> dict[str, Any]:
        """Get a single object; a response without the required field counts as invalid.

        Raises:
            AuthenticationError: 401.
            PermissionDeniedError: 403.
            NotFoundError: 404.
            InvalidRequestError: Any other response that a retry would not change.
            RetryableError: The last retry failed too.
        """
        return self._send_with_retries(Request("GET", path, {}), partial(parse_object, required_field))

    def send(self, method: str, path: str, body: bytes, parse: Callable[[APIResponse], T], *, idempotent: bool) -> T:
        """Send a JSON body and return the parsed response.

        Args:
            method: POST or PATCH.
            path: Path below the API's URL.
            body: JSON.
            parse: Parses the response; raises RetryableError if it doesn't confirm the write.
            idempotent: Whether sending the request twice has the same effect as sending it once. If not, it is retried
                only if Spott certainly did not process it: no connection was made, or the status was 429.

        Raises:
            AmbiguousWriteError: The request is not idempotent, and Spott may or may not have processed it.
            SpottError: As `get_object`.
        """
        return self._send_with_retries(Request(method, path, {}, body, idempotent), parse)

    def _send_with_retries(self, request: Request, parse: Callable[[APIResponse], T]) -> T:
        # The decorators of backoff fix the number of tries in advance and occupy the thread while they sleep. Here,
        # `disable_retries` also applies to requests in flight, and a 429 pauses all threads.
        intervals = backoff.expo(factor=INITIAL_BACKOFF, max_value=MAX_BACKOFF)
        next(intervals)  # starts the generator
        for attempt, interval in enumerate(intervals, start=1):
            try:
                return parse(self._send(request))
            except RetryableError as error:
                if not (request.idempotent or error.not_processed):
                    msg = f"{request}: {error}; Spott may or may not have processed it"
                    raise _convert(error, AmbiguousWriteError, msg) from None
                if attempt <= self._max_retries:
                    self._back_off(request, error, attempt, interval)
                if attempt > self._max_retries:  # perhaps only since `disable_retries`, which ends the wait
                    msg = f"{request}: {error}; giving up after attempt {attempt}. {_advice(request)}"
                    raise _convert(error, type(error), msg) from None
        raise AssertionError

    def _back_off(self, request: Request, error: RetryableError, attempt: int, interval: float) -> None:
        seconds = error.retry_after
        if seconds is None:  # at least half the interval, so that the retries outlast a short outage
            seconds = interval / 2 + backoff.full_jitter(interval / 2)
        if seconds > MAX_RETRY_AFTER:
            msg = f"{request}: {error}; Spott asks to retry after {seconds:.0f} s, too long to wait. {_advice(request)}"
            raise _convert(error, SpottError, msg) from None
        self.stats.add(retries=1)
        logger.warning("%s: %s; retrying in %.1f s (%d of %d)", request, error, seconds, attempt, self._max_retries)
        if isinstance(error, RateLimitError):
            self._rate_limiter.pause(seconds)
        else:
            self._pool.wait(self._retries_disabled, seconds)

    def _send(self, request: Request) -> APIResponse:
        with self._rate_limiter.acquire():
            self.stats.add(requests=1)
            started = time.monotonic()
            try:
                response = self._adapter.send(self._prepare(request), timeout=self._timeout, **self._environment)  # type: ignore[arg-type] # `verify` is None only if the caller passes None
                with response:
                    elapsed = time.monotonic() - started
                    body = read_body(response, started + self._timeout[1])
            except TRANSPORT_ERRORS as error:
                raise to_connection_error(error, self._url, self._timeout[1]) from None
        self._apply_rate_limit_headers(response)
        return parse_response(request, response, body, parse_server_time(response, elapsed))

    def _prepare(self, request: Request) -> requests.PreparedRequest:
        prepared = self._prepared.copy()
        prepared.method = request.method
        query = urlencode(request.parameters, doseq=True)
        prepared.url = f"{str(prepared.url).rstrip('/')}{request.path}" + (f"?{query}" if query else "")
        if request.body is not None:
            prepared.headers["Content-Type"] = "application/json"
            prepared.prepare_body(request.body, None)
        return prepared

    def _apply_rate_limit_headers(self, response: requests.Response) -> None:
        """Pause while `X-RateLimit-*` headers say that no requests remain; Spott documents no such headers."""
        if response.headers.get("X-RateLimit-Remaining", "").strip() == "0":
            reset = parse_retry_after(response.headers.get("X-RateLimit-Reset"), response.headers.get("Date"))
            self._rate_limiter.pause(min(reset or 0.0, MINUTE))


def _convert(error: SpottError, kind: type[E], message: str) -> E:
    """Return an error of another class and message, with the same response."""
    converted = kind(message)
    converted.response = error.response
    return converted


def _advice(request: Request) -> str:
    return "Run again later; records read so far are kept." if request.method == "GET" else "Send it again later."
