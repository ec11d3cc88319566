"""What stands before the endpoints: key, quota, latency, faults, and the book of requests."""

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
from spott_sandbox.faults import SILENT_FAULTS, STATUS_FAULTS, Answer, Delivery, draw_fault, spoiled
from spott_sandbox.settings import FaultKind
from spott_sandbox.state import State
from spott_sandbox.timestamps import MICROS

_CONTROL = "/_sandbox/"
_JSON = {"content-type": "application/json"}
# Below this a packet holds the answer anyway.
_WORTH_GZIP = 1000
_PATHS = (*(each.path for each in LISTS), *(each.path for each in DETAILS))
_DOCUMENTED = {segment for path in _PATHS for segment in path.split("/")}


class Front:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        """Guard the endpoints of an application."""
        self._app = app
        self._state = state
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the control calls pass untouched."""
        if scope["type"] != "http" or scope["path"].startswith(_CONTROL):
            await self._app(scope, receive, send)
            return
        entry = self._enter(scope)
        self._state.in_flight += 1
        try:
            await self._serve(scope, receive, send, entry)
        finally:
            self._state.in_flight -= 1
            entry["ended"] = time.monotonic()
            self._state.answers[_request(scope), _outcome(entry)] += 1

    def _enter(self, scope: Scope) -> dict[str, Any]:
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
        scope["spott.request_id"] = f"req-{next(self._numbers):08}"
        scope["spott.fault"] = None
        return entry

    async def _serve(self, scope: Scope, receive: Receive, send: Send, entry: dict[str, Any]) -> None:
        settings = self._state.settings
        refusal = self._refusal(scope)
        fault = None if refusal else draw_fault(self._state, scope["path"])
        entry["fault"] = scope["spott.fault"] = fault
        delay = settings.latency + settings.jitter * random.random()  # noqa: S311 - no secrets
        if delay:
            await asyncio.sleep(delay)
        answer = refusal or await self._answer(scope, receive, fault)
        self._finish(scope, answer)
        entry["status"] = None if fault in SILENT_FAULTS else answer.status
        delivery = Delivery(scope, receive, send, settings.hang_seconds, settings.drip_seconds)
        await delivery.deliver(answer, fault)

    def _refusal(self, scope: Scope) -> Answer | None:
        """Return the answer to a request that may not go on, else None."""
        settings = self._state.settings
        if not hmac.compare_digest(_header(scope, b"x-api-key"), self._state.api_key.encode()):
            return _error(scope, HTTPStatus.UNAUTHORIZED, "Invalid or missing API key")
        if settings.forbidden and scope["path"].startswith(settings.forbidden):
            return _error(scope, HTTPStatus.FORBIDDEN, "This API key has no access to this resource")
        if settings.absent and scope["path"].startswith(settings.absent):
            return _error(scope, HTTPStatus.NOT_FOUND, HTTPStatus.NOT_FOUND.phrase)
        if not self._state.quota.take(time.monotonic(), settings.quota):
            return self._too_many(scope)
        return None

    async def _answer(self, scope: Scope, receive: Receive, fault: FaultKind | None) -> Answer:
        if fault == "429":
            return self._too_many(scope)
        if fault in STATUS_FAULTS:
            return _failure(scope, HTTPStatus(int(fault)))
        if fault == "reset_before":
            return Answer(0, b"")
        answer = await _collect(self._app, scope, receive)
        if fault == "500_after":
            return _failure(scope, HTTPStatus.INTERNAL_SERVER_ERROR)
        return spoiled(answer, fault, self._state.settings.redirect_to)

    def _too_many(self, scope: Scope) -> Answer:
        answer = _error(scope, HTTPStatus.TOO_MANY_REQUESTS, "Too Many Requests")
        wait = self._state.quota.wait(time.monotonic(), self._state.settings.quota) or 1
        if self._state.settings.retry_after == "seconds":
            answer.headers["retry-after"] = str(wait)
        elif self._state.settings.retry_after == "date":
            # Dates have whole seconds: one more, so that the quota is free by then.
            answer.headers["retry-after"] = formatdate(self._now() + wait + 1, usegmt=True)
        return answer

    def _finish(self, scope: Scope, answer: Answer) -> None:
        settings = self._state.settings
        answer.headers["x-request-id"] = scope["spott.request_id"]
        if settings.date_header:
            answer.headers["date"] = formatdate(self._now(), usegmt=True)
        if settings.ratelimit_headers:
            quota, now = self._state.quota, time.monotonic()
            answer.headers["x-ratelimit-limit"] = str(settings.quota)
            answer.headers["x-ratelimit-remaining"] = str(quota.remaining(settings.quota))
            answer.headers["x-ratelimit-reset"] = str(quota.wait(now, settings.quota))
        if settings.gzip and len(answer.body) > _WORTH_GZIP and b"gzip" in _header(scope, b"accept-encoding"):
            answer.body = gzip.compress(answer.body, 1, mtime=0)
            answer.headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}

    def _now(self) -> float:
        return self._state.world.now() / MICROS


def _request(scope: Scope) -> str:
    """Return the request as the documentation calls it: without ids."""
    segments = (segment if segment in _DOCUMENTED else "{id}" for segment in scope["path"].split("/"))
    return f"{scope['method']} {'/'.join(segments)}"


def _outcome(entry: dict[str, Any]) -> str:
    if entry["fault"]:
        return "faults"
    if entry["status"] == HTTPStatus.TOO_MANY_REQUESTS:
        return "over quota"
    return "ok" if entry["status"] == HTTPStatus.OK else "refused"


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


def _error(scope: Scope, status: HTTPStatus, message: str) -> Answer:
    return Answer(status, error_body(status, message, scope["spott.request_id"]), dict(_JSON))


def _failure(scope: Scope, status: HTTPStatus) -> Answer:
    return _error(scope, status, status.phrase)


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """Let an application answer, and keep the answer for now."""
    answer = Answer(200, b"")

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status = message["status"]
            answer.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            answer.body += message.get("body", b"")

    await app(scope, receive, keep)
    return answer
