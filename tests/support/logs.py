"""What a command logs that runs in this process."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def logged(name: str) -> Iterator[list[str]]:
    """Give the lines that a logger takes meanwhile, and leave logging as it was: a run adds a handler to the root."""
    lines: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())  # type: ignore[method-assign] # that is all of it
    root, logger = logging.getLogger(), logging.getLogger(name)
    handlers, level = root.handlers[:], root.level
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
        root.handlers[:] = handlers
        root.setLevel(level)


def metrics(stderr: str) -> list[dict[str, Any]]:
    """Return the metrics in the lines of a log, from `METRIC: {...}` or from structured JSON lines."""
    found = []
    for line in stderr.splitlines():
        if line.startswith("{"):
            found.append(json.loads(line).get("metric_info"))
        elif "METRIC: " in line:
            found.append(json.loads(line.partition("METRIC: ")[2]))
    return list(filter(None, found))
