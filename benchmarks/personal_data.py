"""Read contacts with each value of the setting `personal_data`."""

import statistics
import subprocess
from dataclasses import replace

from benchmarks.contenders import BARE, CONTACTS, Contender
from benchmarks.environments import scripts
from benchmarks.report import describe_environment, format_table
from benchmarks.runs import Run, run
from benchmarks.sandbox import sandbox
from benchmarks.suite import Sizes, row_name, run_rounds, taps, why_invalid

MODES = ("keep", "pseudonymize", "remove")


def personal_data(sizes: Sizes) -> str:
    """Return the table of records per second, from a sandbox without latency."""
    expected = {CONTACTS: sizes.contacts}
    versions = [tap for tap in taps(sizes) if _has_setting(tap)]
    modes = {replace(tap, name=row_name(f"`{mode}`", tap)): mode for mode in MODES for tap in versions}

    def run_once(contender: Contender) -> Run:
        server.environment |= {"TAP_SPOTT_PERSONAL_DATA": modes[contender], "TAP_SPOTT_PSEUDONYM_KEY": 32 * "k"}
        return run(contender, server, expected)

    with sandbox(sizes.contacts) as server:
        run(BARE, server, expected)  # the sandbox encodes each record on its first request
        results = run_rounds([*modes], sizes.rounds, run_once)
    rows = [[contender.name, *_cells(runs, sizes.contacts)] for contender, runs in results.items()]
    title = f"{sizes.contacts:,} contacts. {describe_environment(versions, sizes.rounds)}"
    return f"{title}\n\n{format_table(['personal_data', 'seconds', 'records per second', 'CPU s per million'], rows)}"


def _has_setting(tap: Contender) -> bool:
    """Return whether a tap has the setting: an older baseline doesn't."""
    command = [str(scripts(tap) / "tap-spott"), "--about", "--format=json"]
    return b'"personal_data"' in subprocess.run(command, check=True, capture_output=True).stdout


def _cells(runs: list[Run], records: int) -> list[str]:
    if reason := why_invalid(runs):
        return [reason, "", ""]
    seconds = statistics.median(one.seconds for one in runs)
    cpu = statistics.median(one.cpu for one in runs)
    return [f"{seconds:.2f}", f"{records / seconds:,.0f}", f"{cpu / records * 1e6:.0f}"]
