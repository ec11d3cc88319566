"""DOC."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from spott_client.pagination import Pagination
from tap_spott.sync.types import RecordBatch, Window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from spott_client.models import Page, ServerTime
    from tap_spott.sync.list_reader import Starts, Streams
    from tap_spott.sync.requester import ListRequester


MAX_CATCH_UP_ROUNDS = 10
"""How often to look for what has changed meanwhile, each time since the last, before a run gives up."""


def catch_up(read_since: Callable[[datetime], Iterator[Page]], clock: ServerTime | None) -> Iterator[RecordBatch]:
    """Yield what has changed while everything was being read, for a run that is to know all there is.

    A record that changes moves on to a later watermark, perhaps from where it has not been read yet to where it will
    not be read any more. A run that goes on from a bookmark finds it the next time; but where a target deletes what
    was not in a full-table run, it must not be missed. A single page shows one moment, so it ends the search.

    Args:
        read_since: Reads a list from a watermark on, without an upper bound.
        clock: What Spott's clock showed when the reading began.

    Yields:
        What is found; at last an empty step, which has `reached` a time if nothing can have been missed.
    """
    for _ in range(MAX_CATCH_UP_ROUNDS):
        if clock is None:
            break
        since, pages = clock.earliest, 0
        for page in read_since(since):
            clock = page.server_time if pages == 0 else clock
            pages += 1
            yield RecordBatch(page.items, None)
        if pages == 1:
            yield RecordBatch([], since)
            return
    yield RecordBatch([], None)


ONE_PAGE = 2
"""Steps; the second one ends the window."""


def _read(source: ListRequester, starts: Starts, whole: Streams) -> Iterator[tuple[RecordBatch, Streams]]:
    for stretch, takers in _time_ranges(source, starts):
        for step in _read_until_stable(source, stretch, whole=bool(whole)):
            for record in step.records if source.endpoint.extra_columns else ():
                record.update(source.endpoint.extra_columns)
            yield step, takers
    endpoint = source.endpoint
    if whole and endpoint.supports_modified_since and endpoint.pagination is Pagination.CURSOR and source.until is None:
        for step in catch_up(source.read_since, source.windows.clock):
            yield step, whole


def _read_until_stable(source: ListRequester, stretch: Window, *, whole: bool) -> Iterator[RecordBatch]:
    """Read a list once; if changes shift it, until two readings give the same. One page can't shift."""
    before = b""
    for _ in range(MAX_CATCH_UP_ROUNDS):
        digest, steps, reached = hashlib.sha256(), 0, None
        for step in source.windows.read(stretch):
            if not source.shifts(whole=whole):
                yield step
                continue
            steps += 1
            digest.update(msgspec.json.encode(step.records))
            reached = step.reached
            yield RecordBatch(step.records, None)
        if not source.shifts(whole=whole):
            return
        if steps <= ONE_PAGE or digest.digest() == before:
            yield RecordBatch([], reached)
            return
        before = digest.digest()
    yield RecordBatch([], None)


def _time_ranges(source: ListRequester, starts: Starts) -> Iterator[tuple[Window, Streams]]:
    """Yield the stretches between the streams' starts, each with the streams that have started by then.

    A list that knows no upper bound is read in one piece, for all of them. What begins at the end has nothing to read.
    """
    bounds = sorted(set(starts.values()), key=_beginning_first)
    if len(bounds) > 1 and not source.heeds_until():
        yield Window(bounds[0], None), frozenset(starts)
        return
    for since, following in zip(bounds, [*bounds[1:], None], strict=True):
        until = min(filter(None, [following, source.until]), default=None)
        if since is None or until is None or since < until:
            takers = (name for name, at in starts.items() if _beginning_first(at) <= _beginning_first(since))
            yield Window(since, until), frozenset(takers)


def _beginning_first(instant: datetime | None) -> float:
    return instant.timestamp() if instant else -math.inf
