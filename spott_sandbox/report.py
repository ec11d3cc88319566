"""Log lines about the requests that a sandbox has served, and a table of them at the end."""

import sys
import threading
import time
from collections import Counter
from types import TracebackType

from spott_sandbox.state import State

_INTERVAL = 10.0
"""Seconds between two lines."""
_OUTCOMES = ("ok", "rejected", "throttled", "faults")


class Report:
    """Writes a line to standard error every ten seconds with new requests, and a table on exit."""

    def __init__(self, state: State) -> None:
        """Report on a sandbox's state."""
        self._state = state
        self._reported = 0
        self._reported_at = time.monotonic()
        self._stopped = threading.Event()

    def __enter__(self) -> None:
        """Start the periodic lines."""
        threading.Thread(target=self._run, daemon=True).start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the lines and write the table."""
        self._stopped.set()
        rows = self._rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for endpoint, *counts in rows if len(rows) > 1 else ():
            cells = (cell.rjust(width) for cell, width in zip(counts, widths[1:], strict=True))
            sys.stderr.write("  ".join([endpoint.ljust(widths[0]), *cells]) + "\n")

    def _run(self) -> None:
        while not self._stopped.wait(_INTERVAL):
            counts: Counter[str] = Counter()
            for (_, outcome), count in list(self._state.request_counts.items()):
                counts[outcome] += count
            if counts.total() > self._reported:
                self._write_line(counts)

    def _write_line(self, counts: Counter[str]) -> None:
        now, total = time.monotonic(), counts.total()
        rate = (total - self._reported) / (now - self._reported_at)
        self._reported, self._reported_at = total, now
        outcomes = ", ".join(f"{counts[outcome]:,} {outcome}" for outcome in _OUTCOMES if counts[outcome])
        in_flight = self._state.in_flight
        sys.stderr.write(f"{total:,} requests, {rate:,.0f} a second, {in_flight} in flight: {outcomes}\n")

    def _rows(self) -> list[tuple[str, ...]]:
        request_counts = Counter(self._state.request_counts)
        rows: list[tuple[str, ...]] = [("endpoint", "requests", *_OUTCOMES)]
        for endpoint in sorted({endpoint for endpoint, _ in request_counts}):
            counts = [request_counts[endpoint, outcome] for outcome in _OUTCOMES]
            rows.append((endpoint, *(f"{count:,}" for count in (sum(counts), *counts))))
        return rows
