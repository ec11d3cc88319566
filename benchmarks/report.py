"""Format the tables, and write them between the markers in README.md."""

import os
import platform
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.contenders import Contender
from benchmarks.environments import version

README = Path(__file__).with_name("README.md")


def format_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table with all columns but the first aligned to the right."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *rows))


def describe_environment(contenders: Sequence[Contender], rounds: int) -> str:
    """Return a line with the date, rounds, machine and versions of a measurement."""
    versions = sorted({version(contender) for contender in contenders})
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    machine = f"{os.cpu_count()} cores ({_processor()}), {memory:.0f} GiB, {platform.system()}"
    times = f"medians of {rounds} rounds" if rounds > 1 else "one round"
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {times}, {machine}, Python {platform.python_version()}; {', '.join(versions)}."
    )


def write(name: str, text: str) -> None:
    """Replace a table between its markers in README.md."""
    before, _, rest = README.read_text("utf-8").partition(f"<!-- {name} -->\n")
    _, marker, after = rest.partition("<!-- end -->")
    README.write_text(f"{before}<!-- {name} -->\n{text}\n{marker}{after}", "utf-8")


def _processor() -> str:
    try:
        models = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
    except OSError:
        models = None
    return models[1] if models else platform.processor() or platform.machine()
