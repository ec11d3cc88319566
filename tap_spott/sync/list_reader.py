"""A list is read once a run, for all streams that live on it: the list itself, and the details of its records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spott_client.timestamps import format_timestamp
from tap_spott.sync.endpoint_reader import _read
from tap_spott.sync.types import FutureStartError, RecordBatch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from tap_spott.sync.detail_reader import DetailReader
    from tap_spott.sync.requester import ListRequester


Streams = frozenset[str]

Starts = dict[str, "datetime | None"]
"""From which watermark on each stream has to know the list; None: from the beginning."""


class ListReader:
    """One reading of a list, from the earliest time that a stream needs it; details are asked for meanwhile."""

    def __init__(
        self,
        sources: Sequence[ListRequester],
        details: Mapping[str, DetailReader],
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
        return clock and format_timestamp(clock.earliest)

    @property
    def share(self) -> float | None:
        """How much of the list has been read, from 0 to 1; None if that can't be told."""
        return 1.0 if self.covers else self._sources[0].windows.share

    def read(self, starts: Starts, whole: Streams) -> Iterator[tuple[RecordBatch, Streams]]:
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
            except FutureStartError as ahead:
                late = [stream for stream, since in starts.items() if since and since > ahead.now]
                starts = starts | {stream: self._begin_again(stream, ahead.now) for stream in late}

    def _read(self, starts: Starts, whole: Streams) -> Iterator[tuple[RecordBatch, Streams]]:
        """Read one source after the other: they are one list, so none vouches for anything before the last one does."""
        *others, last = self._sources
        sure = True
        for source in others:
            vouched = False
            for step, takers in _read(source, starts, whole):
                vouched = step.reached is not None
                yield RecordBatch(step.records, None), takers
            sure = sure and vouched
        for (records, reached), takers in _read(last, starts, whole):
            yield RecordBatch(records, reached if sure else None), takers
