"""Simulated faults: which requests they affect, and how each is sent."""

import asyncio
import re
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from spott_sandbox.endpoints import LISTS
from spott_sandbox.settings import FaultKind
from spott_sandbox.state import State

PAGE_FAULTS: frozenset[FaultKind] = frozenset({"empty_page", "endless_cursor"})
"""Faults of lists that paginate by cursor. The endpoints apply them."""
STATUS_FAULTS: frozenset[FaultKind] = frozenset({"500", "502", "503", "504", "408", "429"})
"""Faults that send the documented error body with this status. The server does not process the request."""
SILENT_FAULTS: frozenset[FaultKind] = frozenset({"reset", "reset_before", "hang"})
"""Faults that send no response. All but `reset_before` occur after the server has processed the request."""
_CURSOR_PATHS = frozenset(each.path for each in LISTS if each.pagination not in {"page_number", "none"})
# l_onoff = 1, l_linger = 0: closing the socket sends a reset and drops unsent data.
_NO_LINGER = struct.pack("ii", 1, 0)
_HTML = b"<!DOCTYPE html><html><head><title>Just a moment</title></head><body><h1>Please wait</h1></body></html>"


@dataclass(slots=True)
class BufferedResponse:
    """A complete HTTP response that is not sent yet."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def choose_fault(state: State, path: str, query: str) -> FaultKind | None:
    """Return the fault for a request to a path with a query string, if any."""
    settings = state.settings
    if not settings.faults or not re.search(settings.fault_paths, path):
        return None
    number = state.fault_rng.random()
    for kind, rate in settings.faults.items():
        if number < rate:
            return kind if _try_count(state, kind, path, query) else None
        number -= rate
    return None


def _try_count(state: State, kind: FaultKind, path: str, query: str) -> bool:
    """Count a fault if it applies to the request and its limit allows one more, and return whether it does."""
    if kind in PAGE_FAULTS and path not in _CURSOR_PATHS:
        return False
    if kind == "invalid_cursor" and not re.search(r"\b(cursor=.|page=[1-9])", query):
        return False
    if state.fault_counts[kind] >= state.settings.fault_limit.get(kind, float("inf")):
        return False
    state.fault_counts[kind] += 1
    return True


def apply_response_fault(response: BufferedResponse, kind: FaultKind | None, redirect_to: str) -> BufferedResponse:
    """Return the response that a fault sends instead; any other fault leaves the response as it is."""
    json = {"content-type": "application/json"}
    html = {"content-type": "text/html; charset=utf-8"}
    replacements: dict[FaultKind | None, BufferedResponse] = {
        "html": BufferedResponse(200, _HTML, html),
        "html_503": BufferedResponse(503, _HTML, html),
        "not_json": BufferedResponse(200, b'{"items":[{"id":"c', json),
        "wrong_shape": BufferedResponse(200, b'{"items":null}', json),
        "redirect": BufferedResponse(307, b"", {"location": redirect_to}),
    }
    return replacements.get(kind, response)


@dataclass(slots=True)
class ResponseWriter:
    """Writes one response to one connection."""

    scope: Scope
    receive: Receive
    send: Send
    hang_seconds: float
    drip_seconds: float

    async def write(self, response: BufferedResponse, kind: FaultKind | None) -> None:
        """Send a response, with the connection fault if `kind` is one."""
        writers: dict[FaultKind | None, Callable[[BufferedResponse], Awaitable[None]]] = {
            "cut_off": self._cut_off,
            "cut_off_chunked": self._cut_off_chunked,
            "reset": self._reset,
            "reset_before": self._reset,
            "reset_mid": self._reset_mid,
            "hang": self._hang,
            "drip": self._drip,
        }
        await writers.get(kind, self._write_all)(response)

    async def _write_all(self, response: BufferedResponse) -> None:
        await self._start(response, len(response.body))
        await self.send({"type": "http.response.body", "body": response.body})

    async def _cut_off(self, response: BufferedResponse) -> None:
        await self._start(response, len(response.body) + 100)
        await self._write_part(response.body)
        await self._close()

    async def _cut_off_chunked(self, response: BufferedResponse) -> None:
        await self._start(response, None)
        await self._write_part(response.body)
        await self._close()

    async def _reset(self, _: BufferedResponse) -> None:
        transport: asyncio.Transport = self.scope["spott.transport"]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
        await self._wait_for_disconnect()

    async def _reset_mid(self, response: BufferedResponse) -> None:
        await self._start(response, len(response.body))
        await self._write_part(response.body[: len(response.body) // 2])
        # The reset drops unsent data, so wait until the first half has left.
        await asyncio.sleep(0.02)
        await self._reset(response)

    async def _hang(self, response: BufferedResponse) -> None:
        try:
            await asyncio.wait_for(self._wait_for_disconnect(), self.hang_seconds)
        except TimeoutError:
            await self._write_all(response)

    async def _drip(self, response: BufferedResponse) -> None:
        transport: asyncio.Transport = self.scope["spott.transport"]
        await self._start(response, len(response.body))
        for index in range(len(response.body)):
            if transport.is_closing():
                await self._wait_for_disconnect()
                return
            await self._write_part(response.body[index : index + 1])
            await asyncio.sleep(self.drip_seconds)
        await self.send({"type": "http.response.body"})

    async def _start(self, response: BufferedResponse, length: int | None) -> None:
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        if length is not None:
            headers["content-length"] = str(length)
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": response.status, "headers": encoded})

    async def _write_part(self, body: bytes) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": True})

    async def _close(self) -> None:
        self.scope["spott.transport"].close()
        await self._wait_for_disconnect()

    async def _wait_for_disconnect(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass
