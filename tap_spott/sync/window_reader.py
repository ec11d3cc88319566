"""Read a list in windows of time, several at once, and yield its pages in the order of the windows.

The end of each completed window is a checkpoint: every record whose watermark is at or before it has been read.
"""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from queue import SimpleQueue
from typing import TypeAlias

from spott_client.errors import InvalidCursorError
from spott_client.models import Page, ServerTime
from spott_client.pagination import LoopDetector, RestartLimiter
from spott_client.worker_pool import WorkerPool
from tap_spott.sync.requester import ListRequester
from tap_spott.sync.slicer import WindowSlicer, WindowStats
from tap_spott.sync.types import FutureStartError, RecordBatch, Window

Responses: TypeAlias = "SimpleQueue[tuple[_WindowRead, Future[Page]]]"

PAGES_AHEAD = 8
"""How many pages of one window may be ready before the windows before it are complete."""


class _WindowRead:
    """A window that is being read, one page after the other: each page has the cursor of the next."""

    def __init__(self, stats: WindowStats, path: str) -> None:
        self.stats, self.window = stats, stats.window
        self._path = path
        self._restart_limiter = RestartLimiter()
        self._start()

    def _start(self) -> None:
        self.pages: deque[Page] = deque()
        self.cursor: str | int | None = None
        self.is_complete = self.is_requested = False
        self._loop_detector = LoopDetector(self._path)

    @property
    def can_request(self) -> bool:
        """Whether to request the next page now."""
        return not self.is_complete and not self.is_requested and len(self.pages) < PAGES_AHEAD

    def add(self, page: Page) -> None:
        self.is_requested = False
        self.pages.append(page)
        self.stats.add(len(page.items), page.times)
        self.cursor = page.cursor
        self.is_complete = page.cursor is None
        if page.cursor is not None:
            self._loop_detector.check(page.cursor)

    def restart(self, error: InvalidCursorError) -> None:
        """Read the window from its first page again; pages that were not yielded yet come again."""
        self._restart_limiter.check(error, self.stats.pages)
        self.stats = WindowStats(self.window, self.stats.expected)
        self._start()


def _put(responses: Responses, read: _WindowRead, response: Future[Page]) -> None:
    responses.put((read, response))


class WindowReader:
    """Reads a list with `modifiedSince` and `modifiedUntil` in windows; without `modifiedUntil`, as one window.

    Attributes:
        server_time: The server's time when the read started; None before, and if answers have no `Date` header.
    """

    def __init__(self, requester: ListRequester, pool: WorkerPool) -> None:
        self._requester = requester
        self._pool = pool
        self._slicer = WindowSlicer()
        self._is_started = False
        self._responses: Responses = SimpleQueue()
        self.server_time: ServerTime | None = None
        self._from: datetime | None = None
        self._until: datetime | None = None

    @property
    def fraction_done(self) -> float | None:
        """How much of the time range has been read, from 0 to 1; None if unknown."""
        if self.server_time is None or self._from is None or self._until is None or self._until <= self._from:
            return None
        return (self._until - self._from) / (self.server_time.latest - self._from)

    def read(self, time_range: Window) -> Iterator[RecordBatch]:
        """Yield the records of a time range, in the order of its windows.

        The range ends at the server's time of the first response, at the latest. A record that changes later may be
        missed, so no checkpoint is later than that time. Without a `Date` header there is no checkpoint.

        If Spott rejects a cursor, that window is read again from its first page, and its records can come twice.

        Raises:
            FutureStartError: The range starts later than the server's time.
        """
        closed, self._responses = self._closed(time_range), SimpleQueue()
        queue: list[_WindowRead | Window] = [
            closed if self._is_started and self._requester.supports_modified_until() else time_range
        ]
        while queue:
            self._send_requests(queue)
            head = queue[0]
            assert isinstance(head, _WindowRead)  # noqa: S101 - for the type checker: the first window is always started
            if head.pages:
                yield RecordBatch(head.pages.popleft().items, None)
            elif head.is_complete:
                queue.pop(0)
                self._until = head.window.until
                yield RecordBatch([], self._checkpoint(head.window))
            else:
                self._receive_page(queue)

    def _closed(self, window: Window) -> Window:
        """Return the window with an end that the server's clock has reached, if the server's time is known."""
        if self.server_time is None:
            return window
        latest = self.server_time.latest
        if window.since and window.since > latest:
            raise FutureStartError(latest)
        return Window(window.since, min(window.until or latest, latest))

    def _checkpoint(self, window: Window) -> datetime | None:
        """Return the end of a completed window, but no time after the read started."""
        return self.server_time and min(window.until or self.server_time.earliest, self.server_time.earliest)

    def _send_requests(self, queue: list[_WindowRead | Window]) -> None:
        """Start new windows and request the next pages of started ones, as far as the look-ahead allows."""
        started = sum(isinstance(part, _WindowRead) for part in queue)
        free = min(self._pool.count, 1 + max(self._slicer.spare_requests, 0)) - started
        for index, part in enumerate(queue):
            if isinstance(part, Window) and (free > 0 or index == 0):
                free -= 1
                stats, rest = self._slicer.next_window(part)
                queue[index] = _WindowRead(stats, self._requester.endpoint.path)
                if rest:
                    queue.insert(index + 1, rest)
        for part in queue:
            if isinstance(part, _WindowRead) and part.can_request:
                # Before queued details: the next page can't be requested before this one has come; details can wait.
                get_page = partial(self._requester.get_page, part.window)
                part.is_requested = True
                response = self._pool.submit(get_page, part.cursor, urgent=True)
                response.add_done_callback(partial(_put, self._responses, part))

    def _receive_page(self, queue: list[_WindowRead | Window]) -> None:
        """Wait for a response, and take it."""
        read, response = self._responses.get()
        try:
            page = response.result()
        except InvalidCursorError as error:
            read.restart(error)
        else:
            self._add_page(queue, read, page)

    def _add_page(self, queue: list[_WindowRead | Window], read: _WindowRead, page: Page) -> None:
        if not self._is_started:
            self._is_started, self.server_time = True, page.server_time
            self._from = read.window.since or min(page.times, default=None)
        window = self._closed(read.window)
        read.add(page)
        self._slicer.add_page(len(page.items))
        if read.is_complete:
            self._slicer.observe(read.stats, window)
        elif window.until and self._requester.can_read_changes and (parts := self._split(read.stats, window.until)):
            narrower, rest = parts
            index = queue.index(read)
            queue[index : index + 1] = [_WindowRead(WindowStats(narrower), self._requester.endpoint.path), rest]

    def _split(self, stats: WindowStats, until: datetime) -> tuple[Window, Window] | None:
        """Return two windows to read instead of one if a sample shows that it is large."""
        sample = self._slicer.next_sample(stats, until)
        if sample is None or not self._requester.supports_modified_until():
            return None
        page = self._pool.submit(partial(self._requester.get_page, sample), None, urgent=True).result()
        return self._slicer.split(stats, until, sample, len(page.items))
