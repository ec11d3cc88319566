"""Read contacts with each value of the setting `personal_data`."""

import statistics
from dataclasses import replace

from benchmarks.contenders import BARE, CONTACTS, TAP_SPOTT, Contender
from benchmarks.report import describe_environment, format_table
from benchmarks.runs import Run, run
from benchmarks.sandbox import sandbox
from benchmarks.suite import Sizes, run_rounds, why_invalid

MODES = ("keep", "pseudonymize", "remove")


def personal_data(sizes: Sizes) -> str:
    """Return the table of records per second, from a sandbox without latency."""
    expected = {CONTACTS: sizes.contacts}

    def run_once(contender: Contender) -> Run:
        server.environment |= {"TAP_SPOTT_PERSONAL_DATA": contender.name, "TAP_SPOTT_PSEUDONYM_KEY": 32 * "k"}
        return run(contender, server, expected)

    with sandbox(sizes.contacts) as server:
        run(BARE, server, expected)  # the sandbox encodes each record on its first request
        results = run_rounds([replace(TAP_SPOTT, name=mode) for mode in MODES], sizes.rounds, run_once)
    rows = [[f"`{contender.name}`", *_cells(runs, sizes.contacts)] for contender, runs in results.items()]
    title = f"{sizes.contacts:,} contacts. {describe_environment([TAP_SPOTT], sizes.rounds)}"
    return f"{title}\n\n{format_table(['personal_data', 'seconds', 'records per second', 'CPU s per million'], rows)}"


def _cells(runs: list[Run], records: int) -> list[str]:
    if reason := why_invalid(runs):
        return [reason, "", ""]
    seconds = statistics.median(one.seconds for one in runs)
    cpu = statistics.median(one.cpu for one in runs)
    return [f"{seconds:.2f}", f"{records / seconds:,.0f}", f"{cpu / records * 1e6:.0f}"]
