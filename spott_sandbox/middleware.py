"""ASGI middleware: authentication, rate limit, latency, faults, response headers and the request log."""

import asyncio
import gzip
import hmac
import random
import time
from email.utils import formatdate
from http import HTTPStatus
from itertools import count
from typing import Any
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spott_sandbox.endpoints import DETAILS, LISTS
from spott_sandbox.errors import error_body
from spott_sandbox.faults import (
    SILENT_FAULTS,
    STATUS_FAULTS,
    BufferedResponse,
    ResponseWriter,
    apply_response_fault,
    choose_fault,
)
from spott_sandbox.settings import FaultKind
from spott_sandbox.state import State
from spott_sandbox.timestamps import MICROS_PER_SECOND

_ADMIN_PREFIX = "/_sandbox/"
# A smaller response fits into one packet anyway.
_MIN_GZIP_BYTES = 1000
_PATHS = (*(endpoint.path for endpoint in LISTS), *(endpoint.path for endpoint in DETAILS))
_KNOWN_SEGMENTS = {segment for path in _PATHS for segment in path.split("/")}


class Middleware:
    """ASGI middleware that simulates the API's behavior around its endpoints."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        """Wrap an application."""
        self._app = app
        self._state = state
        self._request_numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. Requests to the admin API bypass the middleware."""
        if scope["type"] != "http" or scope["path"].startswith(_ADMIN_PREFIX):
            await self._app(scope, receive, send)
            return
        entry = self._log_request(scope)
        self._state.in_flight += 1
        try:
            await self._serve(scope, receive, send, entry)
        finally:
            self._state.in_flight -= 1
            entry["ended"] = time.monotonic()
            self._state.request_counts[_endpoint_name(scope), _outcome(entry)] += 1

    def _log_request(self, scope: Scope) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "method": scope["method"],
            "path": scope["path"],
            "query": parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True),
            "status": None,
            "fault": None,
            "started": time.monotonic(),
            "ended": None,
            "in_flight": self._state.in_flight,
        }
        self._state.requests.append(entry)
        scope["spott.request_id"] = f"req-{next(self._request_numbers):08}"
        scope["spott.fault"] = None
        return entry

    async def _serve(self, scope: Scope, receive: Receive, send: Send, entry: dict[str, Any]) -> None:
        settings = self._state.settings
        rejection = self._reject(scope)
        fault = None if rejection else choose_fault(self._state, scope["path"], scope["query_string"].decode("latin-1"))
        entry["fault"] = scope["spott.fault"] = fault
        delay = settings.latency + settings.jitter * random.random()  # noqa: S311 - simulates chance, no secrets
        if delay:
            await asyncio.sleep(delay)
        response = rejection or await self._respond(scope, receive, fault)
        self._add_headers(scope, response)
        entry["status"] = None if fault in SILENT_FAULTS else response.status
        writer = ResponseWriter(scope, receive, send, settings.hang_seconds, settings.drip_seconds)
        await writer.write(response, fault)

    def _reject(self, scope: Scope) -> BufferedResponse | None:
        """Return the error response for a request that must not reach the endpoints, else None."""
        settings = self._state.settings
        if not hmac.compare_digest(_header(scope, b"x-api-key"), self._state.api_key.encode()):
            return _error(scope, HTTPStatus.UNAUTHORIZED, "Invalid or missing API key")
        if settings.forbidden and scope["path"].startswith(settings.forbidden):
            return _error(scope, HTTPStatus.FORBIDDEN, "This API key has no access to this resource")
        if settings.absent and scope["path"].startswith(settings.absent):
            return _error(scope, HTTPStatus.NOT_FOUND)
        if not self._state.rate_limiter.try_acquire(time.monotonic(), settings.quota):
            return self._rate_limited(scope)
        return None

    async def _respond(self, scope: Scope, receive: Receive, fault: FaultKind | None) -> BufferedResponse:
        if fault == "429":
            return self._rate_limited(scope)
        if fault == "invalid_cursor":
            return _error(scope, HTTPStatus.BAD_REQUEST, "Invalid cursor")
        if fault in STATUS_FAULTS:
            return _error(scope, HTTPStatus(int(fault)))
        if fault == "reset_before":
            return BufferedResponse(0, b"")
        response = await _buffer_response(self._app, scope, receive)
        if fault == "500_after":
            return _error(scope, HTTPStatus.INTERNAL_SERVER_ERROR)
        return apply_response_fault(response, fault, self._state.settings.redirect_to)

    def _rate_limited(self, scope: Scope) -> BufferedResponse:
        response = _error(scope, HTTPStatus.TOO_MANY_REQUESTS)
        seconds = self._state.rate_limiter.retry_after(time.monotonic(), self._state.settings.quota) or 1
        if self._state.settings.retry_after == "seconds":
            response.headers["retry-after"] = str(seconds)
        elif self._state.settings.retry_after == "date":
            # An HTTP date has whole seconds. One more second ensures that the limit allows a request by then.
            response.headers["retry-after"] = formatdate(self._now() + seconds + 1, usegmt=True)
        return response

    def _add_headers(self, scope: Scope, response: BufferedResponse) -> None:
        settings = self._state.settings
        response.headers["x-request-id"] = scope["spott.request_id"]
        if settings.date_header:
            response.headers["date"] = formatdate(self._now(), usegmt=True)
        if settings.ratelimit_headers:
            limiter, now = self._state.rate_limiter, time.monotonic()
            response.headers["x-ratelimit-limit"] = str(settings.quota)
            response.headers["x-ratelimit-remaining"] = str(limiter.remaining(settings.quota))
            response.headers["x-ratelimit-reset"] = str(limiter.retry_after(now, settings.quota))
        if settings.gzip and len(response.body) > _MIN_GZIP_BYTES and b"gzip" in _header(scope, b"accept-encoding"):
            response.body = gzip.compress(response.body, 1, mtime=0)
            response.headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}

    def _now(self) -> float:
        return self._state.dataset.now() / MICROS_PER_SECOND


def _endpoint_name(scope: Scope) -> str:
    """Return a request's method and path with `{id}` in place of IDs."""
    segments = (segment if segment in _KNOWN_SEGMENTS else "{id}" for segment in scope["path"].split("/"))
    return f"{scope['method']} {'/'.join(segments)}"


def _outcome(entry: dict[str, Any]) -> str:
    if entry["fault"]:
        return "faults"
    if entry["status"] == HTTPStatus.TOO_MANY_REQUESTS:
        return "throttled"
    return "ok" if entry["status"] == HTTPStatus.OK else "rejected"


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


def _error(scope: Scope, status: HTTPStatus, message: str = "") -> BufferedResponse:
    body = error_body(status, message or status.phrase, scope["spott.request_id"])
    return BufferedResponse(status, body, {"content-type": "application/json"})


async def _buffer_response(app: ASGIApp, scope: Scope, receive: Receive) -> BufferedResponse:
    """Call an application and collect its response."""
    response = BufferedResponse(200, b"")

    async def collect(message: Message) -> None:
        if message["type"] == "http.response.start":
            response.status = message["status"]
            response.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            response.body += message.get("body", b"")

    await app(scope, receive, collect)
    return response
