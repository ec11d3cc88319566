"""Reads a list in time windows, several at once, and gives its pages in the order of the windows.

Each window that was read to its end is a checkpoint: all records whose watermark is at or before it are known.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_COMPLETED, wait
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from spott_client.pagination import LoopDetector
from spott_client.timestamps import parse_timestamp
from tap_spott.sync.slicer import WindowSlicer, WindowStats
from tap_spott.sync.types import FutureStartError, RecordBatch, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future
    from datetime import datetime

    from spott_client.models import Page, ServerTime
    from spott_client.worker_pool import WorkerPool


PAGES_AHEAD = 8
"""How many pages of one window may lie ready before its turn has come."""


class _WindowRead:
    """A window that is being read: one page after the other, since each page names the next."""

    def __init__(self, window: Window, path: str) -> None:
        self.window = window
        self.cursors = LoopDetector(path)
        self.ready: deque[Page] = deque()
        self.request: Future[Page] | None = None
        self.cursor: str | int | None = None
        self.progress = WindowStats(window)
        self.ended = False

    @property
    def hungry(self) -> bool:
        """Whether it is time to ask for the next page."""
        return not self.ended and self.request is None and len(self.ready) < PAGES_AHEAD

    def take(self, page: Page) -> None:
        self.request = None
        self.ready.append(page)
        self.progress.records += len(page.items)
        self.cursor = page.cursor
        self.ended = page.cursor is None
        if page.cursor is not None:
            self.cursors.check(page.cursor)


class WindowReader:
    """A list that takes `modifiedSince` and `modifiedUntil`, read by several walkers at once; if not, by one."""

    def __init__(
        self,
        ask: Callable[[Window, str | int | None], Page],
        path: str,
        workers: WorkerPool,
        heeds_until: Callable[[], bool],
    ) -> None:
        """Take how to ask for a page of a window, the list's path for messages, and who does the asking.

        `heeds_until` tells whether windows can have an end. If not, the list is read in one piece. It is not called
        before there is more to read than one page.
        """
        self._ask = ask
        self._path = path
        self._workers = workers
        self._heeds_until = heeds_until
        self._cutter = WindowSlicer()
        self._begun = False
        self.clock: ServerTime | None = None
        """What Spott's clock showed when the reading began; None before, and if it does not tell."""
        self._from: datetime | None = None
        self._until: datetime | None = None

    @property
    def share(self) -> float | None:
        """How much of the time that there is to read has been read, from 0 to 1; None if that can't be told."""
        if self.clock is None or self._from is None or self._until is None or self._until <= self._from:
            return None
        return (self._until - self._from) / (self.clock.latest - self._from)

    def read(self, stretch: Window) -> Iterator[RecordBatch]:
        """Yield the records of a stretch of time, in the order of the windows that it is read in.

        It ends when the first of all requests was answered, at the latest, by Spott's clock: what changes later may
        be missed, so no later time than that request's is ever `reached`; and none if Spott does not tell its time.

        Raises:
            FutureStartError: The stretch begins later than that time.
            SpottError: As SpottClient.page.
        """
        closed = self._closed(stretch)
        ahead: list[_WindowRead | Window] = [closed if self._begun and self._heeds_until() else stretch]
        while ahead:
            self._ask_for_more(ahead)
            head = ahead[0]
            assert isinstance(head, _WindowRead)  # noqa: S101 - for the type checker: the first one is always under way
            if head.ready:
                yield RecordBatch(head.ready.popleft().items, None)
            elif head.ended:
                ahead.pop(0)
                self._until = head.window.until
                yield RecordBatch([], self._reached(head.window))
            else:
                self._receive(ahead)

    def _closed(self, window: Window) -> Window:
        """Return the window with an end that has been reached on Spott's clock, if that is known."""
        if self.clock is None:
            return window
        if window.since and window.since > self.clock.latest:
            raise FutureStartError(self.clock.latest)
        return Window(window.since, min(window.until or self.clock.latest, self.clock.latest))

    def _reached(self, window: Window) -> datetime | None:
        """Return the time that this window vouches for: its end, but none after the reading began."""
        return self.clock and min(window.until or self.clock.earliest, self.clock.earliest)

    def _ask_for_more(self, ahead: list[_WindowRead | Window]) -> None:
        """Begin new windows and go on with those under way, as far as the look-ahead allows."""
        places = (self._workers.count if self._begun else 1) - sum(isinstance(part, _WindowRead) for part in ahead)
        for index, part in enumerate(ahead):
            if isinstance(part, Window) and places > 0:
                places -= 1
                window, rest = self._cutter.cut(part)
                ahead[index] = _WindowRead(window, self._path)
                if rest:
                    ahead.insert(index + 1, rest)
        for part in ahead:
            if isinstance(part, _WindowRead) and part.hungry:
                # Before details that are due already: a page makes more of them due, and only then the next can follow.
                part.request = self._workers.submit(partial(self._ask, part.window), part.cursor, urgent=True)

    def _receive(self, ahead: list[_WindowRead | Window]) -> None:
        """Wait for an answer, and take all that are there."""
        walks = [part for part in ahead if isinstance(part, _WindowRead) and part.request]
        wait([walk.request for walk in walks if walk.request], return_when=FIRST_COMPLETED)
        for walk in walks:
            if walk.request and walk.request.done():
                self._take(ahead, walk, walk.request.result())

    def _take(self, ahead: list[_WindowRead | Window], walk: _WindowRead, page: Page) -> None:
        if not self._begun:
            self._begun, self.clock = True, page.server_time
            self._from = walk.window.since or min(_times(page), default=None)
        window = self._closed(walk.window)
        walk.take(page)
        if walk.ended:
            self._cutter.learn(window, walk.progress.records)
        elif window.until and walk.progress.is_due and self._heeds_until():
            walk.progress.see(_times(page))
            if parts := self._cutter.judge(walk.progress, window.until):
                narrower, rest = parts
                index = ahead.index(walk)
                ahead[index : index + 1] = [_WindowRead(narrower, self._path), rest]


def _times(page: Page) -> Iterator[datetime]:
    for item in page.items:
        with suppress(KeyError, ValueError, TypeError, AttributeError):
            yield parse_timestamp(item["modifiedAt"])
