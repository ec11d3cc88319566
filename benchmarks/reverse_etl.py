"""Benchmark 5: a thousand updates, sent back to a Spott that answers slowly and has a quota."""

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.contenders import TAP_SPOTT
from benchmarks.environments import scripts
from benchmarks.report import provenance, table
from benchmarks.sandbox import Sandbox, sandbox
from benchmarks.suite import MINUTE, Sizes, ideal

UPDATES = 1_000
LATENCY = 0.15
RUNS = ((1_500, 4), (1_500, 8), (600, 4))
"""Requests a minute, and how many are in flight: Spott's quotas as they are known, and the target's default."""


def reverse_etl(sizes: Sizes) -> str:
    """Return the table: how long the whole process takes beside the ideal, and at which share of the quota it sends."""
    rows = []
    for quota, in_flight in RUNS:
        seconds = statistics.median(_once(quota, in_flight) for _ in range(sizes.rounds))
        best, rate = ideal(UPDATES, quota, in_flight, LATENCY), UPDATES / seconds * MINUTE
        shown = (f"{seconds:.1f}", f"{best:.1f}", f"{seconds / best:.2f}", f"{rate:,.0f}", f"{rate / quota:.2f}")
        rows.append([f"{quota:,} a minute, {in_flight} in flight", *shown])
    header = ["", "seconds", "the ideal", "÷ ideal", "updates a minute", "÷ quota"]
    title = f"{UPDATES:,} updates at {LATENCY * 1000:.0f} ms. {provenance([TAP_SPOTT], sizes.rounds)}"
    return f"{title}\n\n{table(header, rows)}"


def _once(quota: int, in_flight: int) -> float:
    """Return the seconds of a run, from the start of the process to its end.

    Raises:
        RuntimeError: Not every update has arrived, or some were refused.
    """
    # A sandbox of its own, because what an earlier run has sent counts against the quota for a minute.
    with sandbox(UPDATES, latency=LATENCY, quota=quota) as server, tempfile.TemporaryDirectory() as folder:
        messages = Path(folder, "input.singer")
        messages.write_text("".join(f"{json.dumps(message)}\n" for message in _messages(server)))
        settings = {"TARGET_SPOTT_REQUESTS_PER_MINUTE": str(quota), "TARGET_SPOTT_CONCURRENCY": str(in_flight)}
        command = [str(scripts(TAP_SPOTT) / "target-spott"), "--config=ENV", f"--input={messages}"]
        started = time.monotonic()
        subprocess.run(
            command, env=os.environ | server.environment | settings, cwd=folder, check=True, capture_output=True
        )
        seconds = time.monotonic() - started
        answers = server.answers()
        written = sum(record["role"] == "Updated" for record in server.contacts())
    if written != UPDATES or answers != {200: UPDATES}:
        message = f"void: {written} updates have arrived; answers: {dict(answers)}"
        raise RuntimeError(message)
    print(f"target-spott, {quota} a minute, {in_flight} in flight: {seconds:.2f} s", flush=True)
    return seconds


def _messages(server: Sandbox) -> list[dict[str, Any]]:
    schema: dict[str, Any] = {
        "type": "SCHEMA",
        "stream": "client_contacts",
        "schema": {"properties": {}},
        "key_properties": ["id"],
    }
    updates = ({"id": record["id"], "role": "Updated"} for record in server.contacts())
    return [schema, *({"type": "RECORD", "stream": "client_contacts", "record": update} for update in updates)]
