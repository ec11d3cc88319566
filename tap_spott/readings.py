"""A list is read once a run, for all streams that live on it: the list itself, and the details of its records."""

from __future__ import annotations

import hashlib
import math
from typing import TYPE_CHECKING

import msgspec

from tap_spott.errors import AheadError
from tap_spott.incremental import CATCH_UPS, Step, Window, catch_up, format_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from tap_spott.details import DetailSource
    from tap_spott.lists import ListSource

Streams = frozenset[str]
Starts = dict[str, "datetime | None"]
"""From which watermark on each stream has to know the list; None: from the beginning."""


ONE_PAGE = 2
"""Steps; the second one ends the window."""


class ListReading:
    """One reading of a list, from the earliest time that a stream needs it; details are asked for meanwhile."""

    def __init__(
        self,
        sources: Sequence[ListSource],
        details: Mapping[str, DetailSource],
        begin_again: Callable[[str, datetime], datetime | None],
    ) -> None:
        """Set up; nothing is asked yet.

        Args:
            sources: The list; several where it is spread over several endpoints, none of which has filters then.
            details: Of its records, by the stream that they are for.
            begin_again: Tells where a stream starts whose bookmark is later than Spott's now.
        """
        self._sources = sources
        self.details = details
        self._begin_again = begin_again
        self.covers: Streams = frozenset()
        """The streams that it was read for, once it has been read to the end."""

    @property
    def began_at(self) -> str | None:
        """Spott's time when the reading began; None before, and if Spott does not tell it."""
        clock = self._sources[0].windows.clock
        return clock and format_time(clock.earliest)

    @property
    def share(self) -> float | None:
        """How much of the list has been read, from 0 to 1; None if that can't be told."""
        return 1.0 if self.covers else self._sources[0].windows.share

    def read(self, starts: Starts, whole: Streams) -> Iterator[tuple[Step, Streams]]:
        """Yield the list's records, each step with the streams that need it.

        A bookmark that is later than Spott's clock vouches for nothing: that stream then starts from the beginning.

        Args:
            starts: From where each stream needs the list.
            whole: The streams that have to be sure of all there is: what they do not have will be deleted.

        Raises:
            SpottError: As SpottClient.page.
        """
        while not self.covers:
            try:
                for step, takers in self._read(starts, whole):
                    for stream in takers & self.details.keys():
                        self.details[stream].note(step, self.began_at)
                    yield step, takers
                self.covers = frozenset(starts)
            except AheadError as ahead:
                late = [stream for stream, since in starts.items() if since and since > ahead.now]
                starts = starts | {stream: self._begin_again(stream, ahead.now) for stream in late}

    def _read(self, starts: Starts, whole: Streams) -> Iterator[tuple[Step, Streams]]:
        """Read one source after the other: they are one list, so none vouches for anything before the last one does."""
        *others, last = self._sources
        sure = True
        for source in others:
            vouched = False
            for step, takers in _read(source, starts, whole):
                vouched = step.reached is not None
                yield Step(step.records, None), takers
            sure = sure and vouched
        for (records, reached), takers in _read(last, starts, whole):
            yield Step(records, reached if sure else None), takers


def _read(source: ListSource, starts: Starts, whole: Streams) -> Iterator[tuple[Step, Streams]]:
    for stretch, takers in _stretches(source, starts):
        for step in _settled(source, stretch, whole=bool(whole)):
            for record in step.records if source.endpoint.columns else ():
                record.update(source.endpoint.columns)
            yield step, takers
    endpoint = source.endpoint
    if whole and endpoint.since and not endpoint.numbered and source.until is None:
        for step in catch_up(source.read_since, source.windows.clock):
            yield step, whole


def _settled(source: ListSource, stretch: Window, *, whole: bool) -> Iterator[Step]:
    """Read a list once; if changes shift it, until two readings give the same. One page can't shift."""
    before = b""
    for _ in range(CATCH_UPS):
        digest, steps, reached = hashlib.sha256(), 0, None
        for step in source.windows.read(stretch):
            if not source.shifts(whole=whole):
                yield step
                continue
            steps += 1
            digest.update(msgspec.json.encode(step.records))
            reached = step.reached
            yield Step(step.records, None)
        if not source.shifts(whole=whole):
            return
        if steps <= ONE_PAGE or digest.digest() == before:
            yield Step([], reached)
            return
        before = digest.digest()
    yield Step([], None)


def _stretches(source: ListSource, starts: Starts) -> Iterator[tuple[Window, Streams]]:
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
