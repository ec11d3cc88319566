"""Read contacts and details from a sandbox where one request in three fails."""

import itertools
import statistics

from benchmarks.contenders import CONTACTS, DETAILS, Contender
from benchmarks.environments import version
from benchmarks.report import describe_environment, format_table
from benchmarks.runs import Run, run
from benchmarks.sandbox import sandbox
from benchmarks.suite import MEGABYTE, Sizes, run_rounds, taps, why_invalid

FAULTS = ("500", "502", "503", "504", "408", "429", "cut_off", "cut_off_chunked", "html")
RATE = 1 / 3
PAUSE = 1
"""Seconds that the Retry-After header of each 429 asks for."""

MAX_RETRIES = 20
"""The default; earlier versions had 8, with which one run in twenty fails."""


def faults(sizes: Sizes) -> str:
    """Return the table of seconds compared to the pauses that the sandbox demands."""
    contenders, runs = taps(sizes), itertools.count()

    def run_once(contender: Contender) -> Run:
        # A seed per round: one request that fails eight times in a row makes a run half a minute longer.
        seed = next(runs) // len(contenders)
        with sandbox(sizes.fault_contacts, faults=dict.fromkeys(FAULTS, RATE / len(FAULTS)), fault_seed=seed) as server:
            server.environment["TAP_SPOTT_MAX_RETRIES"] = str(MAX_RETRIES)
            return run(contender, server, {CONTACTS: sizes.fault_contacts, DETAILS: server.candidate_count()})

    results = run_rounds(contenders, sizes.rounds, run_once)
    rows = [[version(contender), *_cells(runs)] for contender, runs in results.items()]
    title = f"{sizes.fault_contacts:,} contacts. {describe_environment(contenders, sizes.rounds)}"
    return f"{title}\n\n{format_table(['version', 'seconds', 'pauses, seconds', '÷ pauses', 'peak MB'], rows)}"


def _cells(runs: list[Run]) -> list[str]:
    if reason := why_invalid(runs):
        return [reason, "", "", ""]
    pauses = [one.rate_limited * PAUSE for one in runs]
    ratios = [one.seconds / pause for one, pause in zip(runs, pauses, strict=True)]
    return [
        f"{statistics.median(one.seconds for one in runs):.1f}",
        f"{statistics.median(pauses):.0f}",
        f"{statistics.median(ratios):.2f}",
        f"{statistics.median(one.memory for one in runs) / MEGABYTE:.0f}",
    ]
