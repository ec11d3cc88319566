"""What a person sees of a run: how far each stream is and how fast while it runs, and what came of it at the end."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from tap_spott.client import Tally
    from tap_spott.pace import Pace

EVERY = 10.0
"""Seconds between two lines of a stream in a log."""

EVERY_LIVE = 0.5
"""Seconds between two drawings of the live display."""

COLUMNS = ("stream", "records", "requests", "retries", "skipped", "waited", "seconds", "bookmark")
"""Of the table at the end; `waited` are those of the seconds in which the quota let no request leave."""

logger = logging.getLogger("tap-spott")


class Progress:
    """How far one stream is.

    Attributes:
        records: How many have been written.
        bookmark: The one reached, as the state has it; None: none.
        expected: Tells how many records there will be in all, if that can be told.
    """

    def __init__(self, stream: str, tally: Tally, pace: Pace) -> None:
        """Take the stream's name, what counts its requests, and the quota."""
        self.stream = stream
        self.records = 0
        self.bookmark: str | None = None
        self.expected: Callable[[], float | None] = lambda: None
        self._tally = tally
        self._pace = pace
        self._began = self._now()
        self._ended: tuple[float, float] | None = None

    def end(self) -> None:
        """Take note that the stream has ended."""
        self._ended = self._now()

    @property
    def is_under_way(self) -> bool:
        """Whether the stream has not ended."""
        return self._ended is None

    def line(self) -> str:
        """Return how far it is."""
        seconds, _ = self._spent()
        parts = [
            f"{self.records:,} records",
            f"{self.records / max(seconds, 0.001):,.0f} a second",
            f"{self._tally.requests:,} requests",
            f"{self._pace.used:.0%} of the quota used",
        ]
        expected = self.expected()
        if expected and self.records:
            left = max(expected - self.records, 0)
            parts.append(f"{self.records / (self.records + left):.0%} done")
            parts.append(f"about {_duration(self._time_for(left))} left")
        return f"{self.stream}: {', '.join(parts)}"

    def row(self) -> tuple[str, ...]:
        """Return what came of it, under COLUMNS."""
        tally = self._tally
        seconds, idle = self._spent()
        counts = (self.records, tally.requests, tally.retries, tally.skipped)
        numbers = (*(f"{count:,}" for count in counts), *(f"{time_:,.1f}" for time_ in (idle, seconds)))
        return (self.stream, *numbers, self.bookmark or "none")

    def _time_for(self, records: float) -> float:
        """Return in how many seconds so many more records will be there: as fast as so far, and as the quota allows."""
        seconds, idle = self._spent()
        more = records / self.records
        return max(more * (seconds - idle), self._pace.time_for(round(more * self._tally.requests)))

    def _now(self) -> tuple[float, float]:
        return time.monotonic(), self._pace.idle

    def _spent(self) -> tuple[float, float]:
        """Return how many seconds the stream took or has taken so far, and how many of them nothing could leave."""
        until, idle = self._ended or self._now()
        return until - self._began[0], idle - self._began[1]


class Board:
    """The progress of all streams of a run, told while it is entered, and summed up at its end."""

    def __init__(self, pace: Pace) -> None:
        """Take the quota that the streams share."""
        self._pace = pace
        self._streams: dict[str, Progress] = {}
        self._over = threading.Event()

    def begin(self, stream: str, tally: Tally) -> Progress:
        """Return the progress of a stream that begins now."""
        return self._streams.setdefault(stream, Progress(stream, tally, self._pace))

    def lines(self) -> list[str]:
        """Return a line for each stream that is under way."""
        return [progress.line() for progress in list(self._streams.values()) if progress.is_under_way]

    def __enter__(self) -> None:
        """Begin to tell."""
        threading.Thread(target=self._draw if _wants_display() else self._log, daemon=True).start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Tell what came of the streams, however the run has ended."""
        self._over.set()
        for line in table([COLUMNS, *(progress.row() for progress in self._streams.values())]):
            logger.info(line)

    def _log(self) -> None:
        while not self._over.wait(EVERY):
            for line in self.lines():
                logger.info(line)

    def _draw(self) -> None:
        from tap_spott.display import Display  # noqa: PLC0415 - most runs have no terminal

        with Display(sys.stderr) as display:
            while not self._over.wait(EVERY_LIVE):
                display.draw(self.lines())


def table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table, its columns aligned: text to the left, numbers to the right."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(row, widths, strict=True)
        yield "  ".join(
            cell.ljust(width) if at in {0, len(widths) - 1} else cell.rjust(width)
            for at, (cell, width) in enumerate(cells)
        ).rstrip()


def _wants_display() -> bool:
    """Tell whether a person looks on: at a terminal that can draw, while messages go elsewhere, and logs are wanted."""
    return (
        sys.stderr.isatty()
        and not sys.stdout.isatty()
        and "NO_COLOR" not in os.environ
        and os.environ.get("TERM") != "dumb"
        and logger.isEnabledFor(logging.INFO)
    )


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s" if minutes else f"{rest} s"
