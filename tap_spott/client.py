"""The one place that talks to Spott: session, pace, retries, pages; `answers` reads what comes back."""

from __future__ import annotations

import copy
import itertools
import logging
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import backoff
import requests
from requests.adapters import HTTPAdapter

from tap_spott.answers import Request, as_object_with, as_page, clock_of, judge, read_wait
from tap_spott.connection import BROKEN, base_url, failure_of, header_safe, read_body
from tap_spott.errors import (
    CursorLoopError,
    SlowDownError,
    SpottError,
    TransientError,
    UnknownFateError,
)
from tap_spott.pace import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_spott.answers import Answer, Page
    from tap_spott.pace import Pace

T = TypeVar("T")
E = TypeVar("E", bound=SpottError)

Parameters = dict[str, str | int | list[str]]

CONNECT_TIMEOUT = 10.0
"""Seconds; a host that is there accepts a connection at once."""

LONGEST_WAIT = 30.0
"""Seconds between two tries, where the answer does not ask for more."""

PATIENCE = 3600.0
"""Seconds; an answer that asks to wait longer ends the run instead."""

LAST_PAGE = 10_000
"""The largest number that a page can have (documentation page "List placements")."""

logger = logging.getLogger("tap-spott.client")


class Cursors:
    """The cursors that a list has been continued with, to notice when it would never end."""

    def __init__(self, path: str) -> None:
        """Take the list's path, for the message."""
        self._path = path
        self._seen: set[int] = set()

    def check(self, cursor: str | int) -> None:
        """Remember a cursor, or a page's number.

        Raises:
            CursorLoopError: It has been given before, or is larger than Spott allows.
        """
        if isinstance(cursor, int) and cursor > LAST_PAGE:
            msg = f"{self._path}: Spott says that pages follow the {LAST_PAGE}th. Report it to Spott."
            raise CursorLoopError(msg)
        if hash(cursor) in self._seen:
            msg = (
                f"{self._path}: Spott gave the same cursor twice, so its pages would never end. "
                "Run again; if it stays so, report it to Spott."
            )
            raise CursorLoopError(msg)
        self._seen.add(hash(cursor))


class Tally:
    """What some requests came to.

    Attributes:
        requests: How many were made, each try counted.
        retries: How many of them repeated one that had failed.
        skipped: How many asked for something that is gone.
    """

    def __init__(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self.requests = 0
        self.retries = 0
        self.skipped = 0

    def add(self, *, requests: int = 0, retries: int = 0, skipped: int = 0) -> None:
        """Add to the counts, from any thread."""
        with self._lock:
            self.requests += requests
            self.retries += retries
            self.skipped += skipped


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
        pace: Pace,
    ) -> None:
        """Set up the connections; nothing is asked yet.

        Args:
            api_key: Goes into the header `x-api-key`, and nowhere else.
            api_url: With scheme and host.
            user_agent: For Spott's logs.
            request_timeout: Seconds that an answer may take, from the request to the last byte of its body.
            max_retries: How often a request is repeated that failed for the time being.
            concurrency: How many connections to keep.
            pace: The quota, shared by all that use this key.

        Raises:
            SettingError: The key can't be sent, or the address is none.
        """
        self._url = base_url(api_url)
        self._timeout = (min(CONNECT_TIMEOUT, request_timeout), request_timeout)
        self._max_retries = max_retries
        self._pace = pace
        self._session = requests.Session()
        self._session.headers.update(
            {
                "x-api-key": header_safe(api_key),
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
        self.tally = Tally()

    def counted_apart(self) -> SpottClient:
        """Return a client with a tally of its own that shares this one's connections and pace."""
        client = copy.copy(self)
        client.tally = Tally()
        return client

    def give_up(self) -> None:
        """Try nothing again from now on, what is under way included."""
        self._max_retries = 0

    def pages(self, path: str, parameters: Parameters, rows: str = "items") -> Iterator[Page]:
        """Yield the pages of a list one after the other, with the same parameters on each.

        Raises:
            CursorLoopError: A cursor came again.
            SpottError: As `get`.
        """
        cursors = Cursors(path)
        page = self.page(path, parameters, None, rows)
        yield page
        while page.cursor is not None:
            cursors.check(page.cursor)
            page = self.page(path, parameters, page.cursor, rows)
            yield page

    def page(self, path: str, parameters: Parameters, cursor: str | int | None, rows: str) -> Page:
        """Get one page of a list.

        Args:
            path: Of the list.
            parameters: A `page` among them tells that pages have numbers.
            cursor: Which page; None: the first one.
            rows: What the answer calls the records.

        Raises:
            SpottError: As `get`.
        """
        numbered = "page" in parameters
        if cursor is not None:
            parameters = {**parameters, "page" if numbered else "cursor": cursor}
        read = partial(as_page, rows, int(cursor or 0) if numbered else None)
        return self._patiently(Request("GET", path, parameters), read)

    def get(self, path: str, proof: str) -> dict[str, Any]:
        """Get a single object, which is known by a field that it always has.

        Raises:
            KeyRefusedError: 401.
            ForbiddenError: 403.
            GoneError: 404.
            RefusedError: Any other answer that trying again would not change.
            TransientError: Spott could not be reached, or did not answer as it should, as often as it was tried.
        """
        return self._patiently(Request("GET", path, {}), partial(as_object_with, proof))

    def send(self, method: str, path: str, body: bytes, read: Callable[[Answer], T], *, repeatable: bool) -> T:
        """Send a JSON body, and return what `read` makes of the answer.

        Args:
            method: POST or PATCH.
            path: Where to.
            body: JSON.
            read: Raises TransientError for an answer that does not confirm what was asked.
            repeatable: Whether it does no harm to send it twice. If not, it is sent again only where Spott has
                surely not acted: no connection was made, or the answer was 429.

        Raises:
            UnknownFateError: It is not repeatable, and Spott may have acted or not.
            SpottError: As `get`.
        """
        return self._patiently(Request(method, path, {}, body, repeatable), read)

    def _patiently(self, request: Request, read: Callable[[Answer], T]) -> T:
        waits = backoff.expo(max_value=LONGEST_WAIT)
        next(waits)  # the generator's first value only starts it
        for attempt in itertools.count(1):
            try:
                return read(self._once(request))
            except TransientError as error:
                if not (request.repeatable or error.untouched):
                    raise _as(UnknownFateError, error, f"{request}: {error}; Spott may have done it or not") from None
                if attempt > self._max_retries:
                    msg = f"{request}: {error}, {attempt} times. {_advice(request)}"
                    raise _as(type(error), error, msg) from None
                self._wait(request, error, attempt, next(waits))
        raise AssertionError

    def _wait(self, request: Request, error: TransientError, attempt: int, growing: float) -> None:
        seconds = error.retry_after
        if seconds is None:
            seconds = growing / 2 + backoff.full_jitter(growing / 2)
        if seconds > PATIENCE:
            msg = f"{request}: {error} and asks to wait for {seconds:.0f} s. {_advice(request)}"
            raise _as(SpottError, error, msg) from None
        self.tally.add(retries=1)
        logger.warning("%s: %s; trying again in %.1f s (%d of %d)", request, error, seconds, attempt, self._max_retries)
        if isinstance(error, SlowDownError):
            self._pace.hold(seconds)
        else:
            self._pace.sleep(seconds)

    def _once(self, request: Request) -> Answer:
        with self._pace.request():
            self.tally.add(requests=1)
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
            except BROKEN as error:
                raise failure_of(error, self._url, self._timeout[1]) from None
        self._heed_quota(response)
        return judge(request, response, body, clock_of(response, took))

    def _heed_quota(self, response: requests.Response) -> None:
        """Use the `X-RateLimit-*` headers where they come; Spott documents none."""
        if response.headers.get("X-RateLimit-Remaining", "").strip() == "0":
            reset = read_wait(response.headers.get("X-RateLimit-Reset"), response.headers.get("Date"))
            self._pace.hold(min(reset or 0.0, MINUTE))


def _as(kind: type[E], error: SpottError, message: str) -> E:
    """Return an error of another kind, with what Spott's answer said."""
    changed = kind(message)
    changed.answer = error.answer
    return changed


def _advice(request: Request) -> str:
    return "Run again later: what was read is kept." if request.method == "GET" else "Send it again later."
