"""Print the demo's progress and tables."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


@contextmanager
def step(name: str) -> Iterator[None]:
    """Print the name of a step; if the step fails, exit with a one-line error.

    Raises:
        SystemExit: The step failed or was interrupted.
    """
    print(f"{name} ...", flush=True)
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(f"demo: {name}: interrupted")
    except Exception as error:  # noqa: BLE001 - the demo shows no traceback, whatever fails
        sys.exit(f"demo: {name} failed: {error}")


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in aligned columns."""
    lines = [tuple(header), *(tuple("" if value is None else str(value) for value in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    print()
    for line in lines:
        print("  " + "  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip())
