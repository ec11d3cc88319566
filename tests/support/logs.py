"""Reads the log of a command, and restores what a run in this process changes."""

import gc
import json
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def process_state_restored() -> Iterator[None]:
    """Restore the log handlers, the signal handlers and the garbage collection that a run changes."""
    root = logging.getLogger()
    handlers, level, threshold = root.handlers[:], root.level, gc.get_threshold()
    signal_handlers = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.captureWarnings(capture=False)
        gc.unfreeze()
        gc.set_threshold(*threshold)
        for number, handler in signal_handlers.items():
            signal.signal(number, handler)


@contextmanager
def logged(name: str) -> Iterator[list[str]]:
    """Yield the messages of a logger, as a list that grows, while a command runs in this process."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign] # shorter than a class
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    try:
        with process_state_restored():
            yield lines
    finally:
        logger.removeHandler(handler)


def metrics(stderr: str) -> list[dict[str, Any]]:
    """Return the metrics of a log, from `METRIC: {...}` or from structured JSON lines."""
    found = []
    for line in stderr.splitlines():
        if line.startswith("{"):
            found.append(json.loads(line).get("metric_info"))
        elif "METRIC: " in line:
            found.append(json.loads(line.partition("METRIC: ")[2]))
    return list(filter(None, found))
