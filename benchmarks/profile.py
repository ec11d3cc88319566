"""Measure the CPU time of the stages of reading contacts."""

import json
import statistics
import subprocess

from benchmarks.contenders import BARE, CONTACTS, PROGRAMS, Contender
from benchmarks.environments import scripts
from benchmarks.report import describe_environment, format_table
from benchmarks.runs import run
from benchmarks.sandbox import Sandbox, sandbox
from benchmarks.suite import Sizes, taps

STAGES = ("start-up", "requests", "JSON", "attributes", "conform", "messages")
MICROSECONDS = 1e6


def profile(sizes: Sizes) -> str:
    """Return the table of microseconds per contact by stage, from a sandbox without latency."""
    versions, expected = taps(sizes), {CONTACTS: sizes.contacts}
    measured: dict[Contender, list[dict[str, float]]] = {tap: [] for tap in versions}
    with sandbox(sizes.contacts) as server:
        run(BARE, server, expected)  # the sandbox encodes each record on its first request
        for _ in range(sizes.rounds):
            for tap, rounds in measured.items():
                total = run(tap, server, expected).cpu / sizes.contacts * MICROSECONDS
                stages = _stages(tap, server)
                rounds.append(stages | {"threads and the rest": total - sum(stages.values()), "total": total})
    rows = [
        [name, *(f"{statistics.median(one[name] for one in rounds):.1f}" for rounds in measured.values())]
        for name in (*STAGES, "threads and the rest", "total")
    ]
    title = f"{sizes.contacts:,} contacts. {describe_environment(versions, sizes.rounds)}"
    return f"{title}\n\n{format_table(['stage', *(tap.name for tap in versions)], rows)}"


def _stages(tap: Contender, server: Sandbox) -> dict[str, float]:
    command = [scripts(tap) / "python", PROGRAMS / "stages.py"]
    done = subprocess.run(command, env=server.environment, check=True, capture_output=True)
    stages: dict[str, float] = json.loads(done.stdout)
    return stages
