"""Report the progress of a run: a bar at a terminal, log lines elsewhere, metrics and a table at the end."""

import logging
import os
import re
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from types import TracebackType
from typing import Any, NamedTuple, Self

from singer_sdk.metrics import Metric, Point, get_metrics_logger

from spott_client.models import RequestStats
from spott_client.rate_limiter import RateLimiter
from spott_singer.command import Terminated

LOG_INTERVAL = 10.0
"""Seconds between two lines in a log."""

BAR_INTERVAL = 0.5
"""Seconds between two updates of the bar."""

NUMBER = re.compile(r"[\d,.]+")


class Status(StrEnum):
    """How a stream or a run ended; the SDK's metrics have the first two."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @classmethod
    def of(cls, error: BaseException | None) -> "Status":
        """Return the status of a run that ended with this error, or without one."""
        if error is None:
            return cls.SUCCEEDED
        return cls.INTERRUPTED if isinstance(error, Terminated) else cls.FAILED


class StatusLine(NamedTuple):
    """What a run is doing at the moment.

    Attributes:
        text: One line that names the stream.
        fraction: How much of it is done, from 0 to 1; None: unknown.
    """

    text: str
    fraction: float | None = None


class ProgressReporter(ABC):
    """Reports the progress while its block runs, and logs metrics and a summary at the end of the block."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._report, daemon=True)

    @abstractmethod
    def status_line(self) -> StatusLine | None:
        """Return what the run is doing; None: nothing to report. Called from another thread."""

    @abstractmethod
    def summary(self, status: Status) -> Sequence[Mapping[str, Any]]:
        """Return the values of each stream at the end of a run with this status: its name, `seconds`, and others."""

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()
        summary = self.summary(Status.of(error))
        for values in summary:
            tags = {name: value for name, value in values.items() if name != "seconds"}
            # Not singer_sdk.metrics.log, because command.py hides INFO lines of the SDK's own modules.
            get_metrics_logger().info("METRIC: %s", Point("timer", Metric.SYNC_DURATION, values["seconds"], tags))
        for line in format_table(summary):
            self._logger.info(line)

    def _report(self) -> None:
        if self._wants_bar():
            self._draw_bar()
        while not self._over.wait(LOG_INTERVAL):
            if line := self.status_line():
                self._logger.info(line.text)

    def _draw_bar(self) -> None:
        from tqdm import tqdm  # noqa: PLC0415 - most runs have no terminal
        from tqdm.contrib.logging import logging_redirect_tqdm  # noqa: PLC0415 - as above

        with logging_redirect_tqdm(), tqdm(total=1, bar_format="{desc}", dynamic_ncols=True, leave=False) as bar:
            while not self._over.wait(BAR_INTERVAL):
                if line := self.status_line():
                    bar.bar_format = "{desc}" if line.fraction is None else "{bar:10}| {desc}"
                    bar.n = line.fraction or 0
                    bar.set_description_str(line.text)

    def _wants_bar(self) -> bool:
        """Return whether a person watches the log at a terminal that no messages are written to."""
        return (
            sys.stderr.isatty()
            and not sys.stdout.isatty()
            and os.environ.get("TERM") != "dumb"
            and self._logger.isEnabledFor(logging.INFO)
            and any(getattr(handler, "stream", None) is sys.stderr for handler in logging.getLogger().handlers)
        )


class Stopwatch:
    """Measures how long something takes, and how much of that time the rate limit blocked all requests."""

    def __init__(self, rate_limiter: RateLimiter) -> None:
        self._rate_limiter = rate_limiter
        self._started = self._now()
        self._stopped: tuple[float, float] | None = None

    def stop(self) -> None:
        """Stop; further calls change nothing."""
        self._stopped = self._stopped or self._now()

    @property
    def seconds(self) -> float:
        """Seconds from the start to the stop, or to now."""
        return (self._stopped or self._now())[0] - self._started[0]

    @property
    def throttled(self) -> float:
        """The part of these seconds in which the rate limit blocked all requests."""
        return (self._stopped or self._now())[1] - self._started[1]

    def _now(self) -> tuple[float, float]:
        return time.monotonic(), self._rate_limiter.throttled_seconds


def status_parts(records: int, stats: RequestStats, watch: Stopwatch, rate_limiter: RateLimiter) -> list[str]:
    """Return the parts of a status line that all plugins share."""
    return [
        f"{records:,} records",
        f"{records / max(watch.seconds, 0.001):,.0f} records/s",
        f"{stats.requests:,} requests",
        f"{rate_limiter.utilization:.0%} of the rate limit",
    ]


def format_table(summary: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the lines of a table with a heading and aligned columns, numbers to the right; none without rows."""
    if not summary:
        return
    names = [name for name in summary[0] if name != "status"]
    rows = [[name.removesuffix("_seconds") for name in names]]
    rows += [[_cell(values[name]) for name in names] for values in summary]
    columns = list(zip(*rows, strict=True))
    align = [str.rjust if all(map(NUMBER.fullmatch, column[1:])) else str.ljust for column in columns]
    widths = [max(map(len, column)) for column in columns]
    for row in rows:
        yield "  ".join(put(cell, width) for put, cell, width in zip(align, row, widths, strict=True)).rstrip()


def _cell(value: float | str | None) -> str:
    if isinstance(value, float):
        return f"{value:,.1f}"
    return f"{value:,}" if isinstance(value, int) else value or "none"
