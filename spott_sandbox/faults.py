"""What can go wrong with an answer, and how it is drawn and delivered."""

import asyncio
import re
import socket
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from starlette.types import Receive, Scope, Send

from spott_sandbox.endpoints import LISTS
from spott_sandbox.settings import FaultKind
from spott_sandbox.state import State

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PAGE_FAULTS: frozenset[FaultKind] = frozenset({"empty_page", "endless_cursor"})
"""Faults of lists with cursors alone, which the endpoints carry out."""
STATUS_FAULTS: frozenset[FaultKind] = frozenset({"500", "502", "503", "504", "408", "429"})
"""Faults that are the documented error body under another status; the request is not acted upon."""
SILENT_FAULTS: frozenset[FaultKind] = frozenset({"reset", "reset_before", "hang"})
"""Faults in which no answer begins. All but `reset_before` strike when the request has been acted upon."""
_WITH_CURSOR = frozenset(each.path for each in LISTS if each.family not in {"numbered", "whole"})
# On, and no seconds: closing then sends a reset and drops what was not sent.
_NO_LINGER = struct.pack("ii", 1, 0)
_HTML = b"<!DOCTYPE html><html><head><title>Just a moment</title></head><body><h1>Please wait</h1></body></html>"


@dataclass(slots=True)
class Answer:
    """A whole HTTP answer, before it is sent."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


def draw_fault(state: State, path: str) -> FaultKind | None:
    """Return the fault that befalls a request for a path, if any."""
    settings = state.settings
    if not settings.faults or not re.search(settings.fault_paths, path):
        return None
    draw = state.fault_draws.random()
    for kind, rate in settings.faults.items():
        if draw < rate:
            return kind if _may_strike(state, kind, path) else None
        draw -= rate
    return None


def _may_strike(state: State, kind: FaultKind, path: str) -> bool:
    if kind in PAGE_FAULTS and path not in _WITH_CURSOR:
        return False
    if state.fault_counts[kind] >= state.settings.fault_limit.get(kind, float("inf")):
        return False
    state.fault_counts[kind] += 1
    return True


def spoiled(answer: Answer, kind: FaultKind | None, redirect_to: str) -> Answer:
    """Return what is sent in place of an answer, for the faults that replace it; else the answer itself."""
    json = {"content-type": "application/json"}
    html = {"content-type": "text/html; charset=utf-8"}
    replacements: dict[FaultKind | None, Answer] = {
        "html": Answer(200, _HTML, html),
        "html_503": Answer(503, _HTML, html),
        "not_json": Answer(200, b'{"items":[{"id":"c', json),
        "wrong_shape": Answer(200, b'{"items":null}', json),
        "redirect": Answer(307, b"", {"location": redirect_to}),
    }
    return replacements.get(kind, answer)


@dataclass(slots=True)
class Delivery:
    """One answer on its way over one connection."""

    scope: Scope
    receive: Receive
    send: Send
    hang_seconds: float
    drip_seconds: float

    async def deliver(self, answer: Answer, kind: FaultKind | None) -> None:
        """Send an answer, in the way of the fault if it is one of delivery."""
        ways: dict[FaultKind | None, Callable[[Answer], Awaitable[None]]] = {
            "cut_off": self._cut_off,
            "cut_off_chunked": self._cut_off_chunked,
            "reset": self._reset,
            "reset_before": self._reset,
            "reset_mid": self._reset_mid,
            "hang": self._hang,
            "drip": self._drip,
        }
        await ways.get(kind, self._whole)(answer)

    async def _whole(self, answer: Answer) -> None:
        await self._start(answer, len(answer.body))
        await self.send({"type": "http.response.body", "body": answer.body})

    async def _cut_off(self, answer: Answer) -> None:
        await self._start(answer, len(answer.body) + 100)
        await self._part(answer.body)
        await self._close()

    async def _cut_off_chunked(self, answer: Answer) -> None:
        await self._start(answer, None)
        await self._part(answer.body)
        await self._close()

    async def _reset(self, _: Answer) -> None:
        transport: asyncio.Transport = self.scope["spott.transport"]
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        transport.abort()
        await self._gone()

    async def _reset_mid(self, answer: Answer) -> None:
        await self._start(answer, len(answer.body))
        await self._part(answer.body[: len(answer.body) // 2])
        # The first half must be on its way before the reset, which drops what is still to be sent.
        await asyncio.sleep(0.02)
        await self._reset(answer)

    async def _hang(self, answer: Answer) -> None:
        try:
            await asyncio.wait_for(self._gone(), self.hang_seconds)
        except TimeoutError:
            await self._whole(answer)

    async def _drip(self, answer: Answer) -> None:
        transport: asyncio.Transport = self.scope["spott.transport"]
        await self._start(answer, len(answer.body))
        for place in range(len(answer.body)):
            if transport.is_closing():
                await self._gone()
                return
            await self._part(answer.body[place : place + 1])
            await asyncio.sleep(self.drip_seconds)
        await self.send({"type": "http.response.body"})

    async def _start(self, answer: Answer, length: int | None) -> None:
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        if length is not None:
            headers["content-length"] = str(length)
        encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
        await self.send({"type": "http.response.start", "status": answer.status, "headers": encoded})

    async def _part(self, body: bytes) -> None:
        await self.send({"type": "http.response.body", "body": body, "more_body": True})

    async def _close(self) -> None:
        self.scope["spott.transport"].close()
        await self._gone()

    async def _gone(self) -> None:
        """Wait until the connection has ended."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
