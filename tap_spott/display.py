"""Lines at the foot of a terminal that are drawn again in place, while log lines go by above them."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Self, TextIO

if TYPE_CHECKING:
    from types import TracebackType

ERASE_LINE_ABOVE = "\x1b[1A\x1b[2K"
"""Of the terminals' common language (ECMA-48): a line up, and clear it."""

WIDTH = 80
"""Columns of a terminal that does not know how many it has."""


class Display:
    """Draws on a terminal that logs are written to as well."""

    def __init__(self, terminal: TextIO) -> None:
        """Take the terminal; nothing is drawn yet."""
        self._terminal = terminal
        self._drawn = 0
        self._lock = threading.RLock()

    def draw(self, lines: list[str]) -> None:
        """Draw these lines instead of those that are there."""
        width = os.get_terminal_size(self._terminal.fileno()).columns or WIDTH
        with self._lock:
            self._erase()
            self._terminal.writelines(f"{line[: width - 1]}\n" for line in lines)
            self._terminal.flush()
            self._drawn = len(lines)

    def _make_room(self, _: logging.LogRecord) -> bool:
        """Clear the display for a log line, which comes where it was; as a filter of the handler that writes it."""
        with self._lock:
            self._erase()
        return True

    def _erase(self) -> None:
        self._terminal.write(ERASE_LINE_ABOVE * self._drawn)
        self._terminal.flush()
        self._drawn = 0

    def __enter__(self) -> Self:
        """Return the display, for which the logs' handlers give way."""
        for handler in logging.getLogger().handlers:
            handler.addFilter(self._make_room)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Clear the display."""
        self._make_room(logging.makeLogRecord({}))
        for handler in logging.getLogger().handlers:
            handler.removeFilter(self._make_room)
