"""What a command logs that runs in this process."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager


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
