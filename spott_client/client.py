"""The one place that talks to Spott: session, pace, retries, pages; `answers` reads what comes back."""

from __future__ import annotations

import copy
import itertools
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import backoff
import requests
from requests.adapters import HTTPAdapter

from spott_client.errors import AmbiguousWriteError, RateLimitError, RetryableError, SpottError
from spott_client.headers import parse_retry_after, parse_server_time
from spott_client.models import QueryParams, Request, RequestStats
from spott_client.pagination import LoopDetector, Pagination, parse_page
from spott_client.rate_limiter import MINUTE
from spott_client.responses import parse_object, parse_response
from spott_client.transport import TRANSPORT_ERRORS, base_url, read_body, to_connection_error, validate_api_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from spott_client.models import APIResponse, Page
    from spott_client.rate_limiter import RateLimiter


T = TypeVar("T")

E = TypeVar("E", bound=SpottError)

CONNECT_TIMEOUT = 10.0
"""Seconds; a host that is there accepts a connection at once."""

MAX_BACKOFF = 30.0
"""Seconds between two tries, where the answer does not ask for more."""

MAX_RETRY_AFTER = 3600.0
"""Seconds; an answer that asks to wait longer ends the run instead."""

logger = logging.getLogger("tap-spott.client")


class SpottClient:
    """Makes requests to Spott, at its pace, until they succeed or there is no point in trying again."""

    def __init__(
        self,
        *,
        api_key: str,
        api_url: str,
        user_agent: str,
        request_timeout: float,
        max_retries: int,
        concurrency: int,
        rate_limiter: RateLimiter,
    ) -> None:
        """Set up the connections; nothing is asked yet.

        Args:
            api_key: Goes into the header `x-api-key`, and nowhere else.
            api_url: With scheme and host.
            user_agent: For Spott's logs.
            request_timeout: Seconds that an answer may take, from the request to the last byte of its body.
            max_retries: How often a request is repeated that failed for the time being.
            concurrency: How many connections to keep.
            rate_limiter: The quota, shared by all that use this key.

        Raises:
            ConfigError: The key can't be sent, or the address is none.
        """
        self._url = base_url(api_url)
        self._timeout = (min(CONNECT_TIMEOUT, request_timeout), request_timeout)
        self._max_retries = max_retries
        self._rate_limiter = rate_limiter
        self._session = requests.Session()
        self._session.headers.update(
            {
                "x-api-key": validate_api_key(api_key),
                "User-Agent": user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "gzip",
            }
        )
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=concurrency)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        # Proxies and certificates as the environment has them: looked up once, where requests would for each request.
        environment = self._session.merge_environment_settings(self._url, {}, None, None, None)
        self._session.proxies, self._session.verify = environment["proxies"], environment["verify"]
        self._session.trust_env = False
        self.stats = RequestStats()

    def with_own_stats(self) -> SpottClient:
        """Return a client with a stats of its own that shares this one's connections and pace."""
        client = copy.copy(self)
        client.stats = RequestStats()
        return client

    def disable_retries(self) -> None:
        """Try nothing again from now on, what is under way included."""
        self._max_retries = 0

    def paginate(
        self,
        path: str,
        parameters: QueryParams,
        *,
        pagination: Pagination = Pagination.CURSOR,
        records_key: str = "items",
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
        *,
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
            SpottError: As `get_object`.
        """
        page_number = int(cursor or 0) if pagination is Pagination.PAGE_NUMBER else None
        wanted = cursor if page_number is None else page_number
        if wanted is not None:
            parameters = {**parameters, pagination.value: wanted}
        return self._send_with_retries(Request("GET", path, parameters), partial(parse_page, records_key, page_number))

    def get_object(self, path: str, required_field: str) -> dict[str, Any]:
        """Get a single object, which is known by a field that it always has.

        Raises:
            AuthenticationError: 401.
            PermissionDeniedError: 403.
            NotFoundError: 404.
            InvalidRequestError: Any other answer that trying again would not change.
            RetryableError: Spott could not be reached, or did not answer as it should, as often as it was tried.
        """
        return self._send_with_retries(Request("GET", path, {}), partial(parse_object, required_field))

    def send(self, method: str, path: str, body: bytes, read: Callable[[APIResponse], T], *, idempotent: bool) -> T:
        """Send a JSON body, and return what `read` makes of the answer.

        Args:
            method: POST or PATCH.
            path: Where to.
            body: JSON.
            read: Raises RetryableError for an answer that does not confirm what was asked.
            idempotent: Whether it does no harm to send it twice. If not, it is sent again only where Spott has
                surely not acted: no connection was made, or the answer was 429.

        Raises:
            AmbiguousWriteError: It is not idempotent, and Spott may have acted or not.
            SpottError: As `get_object`.
        """
        return self._send_with_retries(Request(method, path, {}, body, idempotent), read)

    def _send_with_retries(self, request: Request, read: Callable[[APIResponse], T]) -> T:
        waits = backoff.expo(max_value=MAX_BACKOFF)
        next(waits)  # the generator's first value only starts it
        for attempt in itertools.count(1):
            try:
                return read(self._send(request))
            except RetryableError as error:
                if not (request.idempotent or error.not_processed):
                    raise _as(
                        AmbiguousWriteError, error, f"{request}: {error}; Spott may have done it or not"
                    ) from None
                if attempt > self._max_retries:
                    msg = f"{request}: {error}, {attempt} times. {_advice(request)}"
                    raise _as(type(error), error, msg) from None
                self._wait(request, error, attempt, next(waits))
        raise AssertionError

    def _wait(self, request: Request, error: RetryableError, attempt: int, growing: float) -> None:
        seconds = error.retry_after
        if seconds is None:
            seconds = growing / 2 + backoff.full_jitter(growing / 2)
        if seconds > MAX_RETRY_AFTER:
            msg = f"{request}: {error} and asks to wait for {seconds:.0f} s. {_advice(request)}"
            raise _as(SpottError, error, msg) from None
        self.stats.add(retries=1)
        logger.warning("%s: %s; trying again in %.1f s (%d of %d)", request, error, seconds, attempt, self._max_retries)
        if isinstance(error, RateLimitError):
            self._rate_limiter.pause(seconds)
        else:
            self._rate_limiter.sleep(seconds)

    def _send(self, request: Request) -> APIResponse:
        with self._rate_limiter.acquire():
            self.stats.add(requests=1)
            started = time.monotonic()
            try:
                response = self._session.request(
                    request.method,
                    self._url + request.path,
                    params=request.parameters,
                    data=request.body,
                    headers=None if request.body is None else {"Content-Type": "application/json"},
                    timeout=self._timeout,
                    stream=True,
                    allow_redirects=False,  # requests would take the key along to another host
                )
                with response:
                    took = time.monotonic() - started
                    body = read_body(response, started + self._timeout[1])
            except TRANSPORT_ERRORS as error:
                raise to_connection_error(error, self._url, self._timeout[1]) from None
        self._apply_rate_limit_headers(response)
        return parse_response(request, response, body, parse_server_time(response, took))

    def _apply_rate_limit_headers(self, response: requests.Response) -> None:
        """Use the `X-RateLimit-*` headers where they come; Spott documents none."""
        if response.headers.get("X-RateLimit-Remaining", "").strip() == "0":
            reset = parse_retry_after(response.headers.get("X-RateLimit-Reset"), response.headers.get("Date"))
            self._rate_limiter.pause(min(reset or 0.0, MINUTE))


def _as(kind: type[E], error: SpottError, message: str) -> E:
    """Return an error of another kind, with what Spott's answer said."""
    changed = kind(message)
    changed.response = error.response
    return changed


def _advice(request: Request) -> str:
    return "Run again later: what was read is kept." if request.method == "GET" else "Send it again later."
