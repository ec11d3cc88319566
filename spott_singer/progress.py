"""How a program tells a person what goes on: log lines now and then, or a live display; and a table at the end."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import time
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from spott_client.models import RequestStats
    from spott_client.rate_limiter import RateLimiter


LOG_INTERVAL = 10.0
"""Seconds between two lines in a log."""

EVERY_LIVE = 0.5
"""Seconds between two drawings of the live display."""

NUMBER = re.compile(r"[\d,.]+")

Row = tuple[str, ...]


class ProgressReporter:
    """Tells what goes on while it is entered, and what came of it when it is left, however that is."""

    def __init__(
        self,
        logger: logging.Logger,
        lines: Callable[[], list[str]],
        rows: Callable[[], Iterable[Row]],
        *,
        writes_messages: bool = True,
    ) -> None:
        """Tell nothing yet.

        Args:
            logger: Takes the lines.
            lines: Returns what is to be told at this moment.
            rows: Returns the table for the end, its heading first; no rows: no table.
            writes_messages: Whether standard output is a stream of messages, between which nothing can be drawn.
        """
        self._logger = logger
        self._lines = lines
        self._rows = rows
        self._writes_messages = writes_messages
        self._over = threading.Event()

    def __enter__(self) -> Self:
        """Begin to tell."""
        threading.Thread(target=self._draw if self._wants_display() else self._log, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Tell what came of it."""
        self._over.set()
        for line in format_table(self._rows()):
            self._logger.info(line)

    def _log(self) -> None:
        while not self._over.wait(LOG_INTERVAL):
            for line in self._lines():
                self._logger.info(line)

    def _draw(self) -> None:
        from tap_spott.display import Display  # noqa: PLC0415 - most runs have no terminal

        with Display(sys.stderr) as display:
            while not self._over.wait(EVERY_LIVE):
                display.draw(self._lines())

    def _wants_display(self) -> bool:
        """Tell whether a person looks on, at a terminal that can draw, and logs are wanted."""
        return (
            sys.stderr.isatty()
            and not (self._writes_messages and sys.stdout.isatty())
            and "NO_COLOR" not in os.environ
            and os.environ.get("TERM") != "dumb"
            and self._logger.isEnabledFor(logging.INFO)
        )


class Stopwatch:
    """How long something takes, and how much of that the quota let no request leave."""

    def __init__(self, rate_limiter: RateLimiter) -> None:
        """Begin now."""
        self._rate_limiter = rate_limiter
        self._began = self._now()
        self._ended: tuple[float, float] | None = None

    def stop(self) -> None:
        """End now."""
        self._ended = self._now()

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._ended is None

    @property
    def seconds(self) -> float:
        """How long it took, or has taken so far."""
        return (self._ended or self._now())[0] - self._began[0]

    @property
    def idle(self) -> float:
        """How many of these seconds no request could leave."""
        return (self._ended or self._now())[1] - self._began[1]

    def _now(self) -> tuple[float, float]:
        return time.monotonic(), self._rate_limiter.throttled_seconds


def status_parts(records: int, stats: RequestStats, watch: Stopwatch, rate_limiter: RateLimiter) -> list[str]:
    """Return the parts of a line on how much has been done, and how fast."""
    return [
        f"{records:,} records",
        f"{records / max(watch.seconds, 0.001):,.0f} a second",
        f"{stats.requests:,} requests",
        f"{rate_limiter.utilization:.0%} of the quota used",
    ]


def format_table(rows: Iterable[Row]) -> Iterator[str]:
    """Yield the lines of a table, its columns aligned: those of numbers to the right."""
    rows = list(rows)
    columns = list(zip(*rows, strict=True))
    align = [str.rjust if all(map(NUMBER.fullmatch, column[1:])) else str.ljust for column in columns]
    widths = [max(map(len, column)) for column in columns]
    for row in rows:
        yield "  ".join(put(cell, width) for put, cell, width in zip(align, row, widths, strict=True)).rstrip()
