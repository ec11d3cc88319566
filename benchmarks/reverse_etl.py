"""Send a thousand updates with target-spott to a sandbox with latency and a rate limit."""

import json
import os
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.contenders import Contender
from benchmarks.environments import scripts
from benchmarks.report import describe_environment, format_table
from benchmarks.sandbox import Sandbox, sandbox
from benchmarks.suite import MINUTE, Sizes, ideal_seconds, row_name, taps

UPDATES = 1_000
LATENCY = 0.15
RUNS = ((1_500, 4), (1_500, 8), (600, 4))
"""Requests per minute and concurrency: Spott's known rate limits; 4 is the target's default concurrency."""


def reverse_etl(sizes: Sizes) -> str:
    """Return the table: time compared to the ideal, and rate compared to the limit."""
    contenders, rows = taps(sizes), []
    for rate_limit, concurrency in RUNS:
        rounds = [[_run(tap, rate_limit, concurrency) for tap in contenders] for _ in range(sizes.rounds)]
        name = f"{rate_limit:,} per minute, concurrency {concurrency}"
        ideal = ideal_seconds(UPDATES, rate_limit, concurrency, LATENCY)
        for tap, runs in zip(contenders, zip(*rounds, strict=True), strict=True):
            rows.append([row_name(name, tap), *_cells(statistics.median(runs), ideal, rate_limit)])
    header = ["rate limit", "seconds", "ideal seconds", "÷ ideal", "updates per minute", "÷ rate limit"]
    title = f"{UPDATES:,} updates, latency {LATENCY * 1000:.0f} ms. {describe_environment(contenders, sizes.rounds)}"
    return f"{title}\n\n{format_table(header, rows)}"


def _cells(seconds: float, ideal: float, rate_limit: int) -> list[str]:
    rate = UPDATES / seconds * MINUTE
    return [f"{seconds:.1f}", f"{ideal:.1f}", f"{seconds / ideal:.2f}", f"{rate:,.0f}", f"{rate / rate_limit:.2f}"]


def _run(tap: Contender, rate_limit: int, concurrency: int) -> float:
    """Run target-spott and return its wall-clock seconds.

    Raises:
        RuntimeError: An update is missing in the sandbox, or the sandbox rejected a request.
    """
    # A sandbox per run, because the requests of an earlier run would count against the rate limit for a minute.
    with sandbox(UPDATES, latency=LATENCY, rate_limit=rate_limit) as server, tempfile.TemporaryDirectory() as folder:
        messages = Path(folder, "input.singer")
        messages.write_text("".join(f"{json.dumps(message)}\n" for message in _messages(server)))
        settings = {"TARGET_SPOTT_REQUESTS_PER_MINUTE": str(rate_limit), "TARGET_SPOTT_CONCURRENCY": str(concurrency)}
        command = [str(scripts(tap) / "target-spott"), "--config=ENV", f"--input={messages}"]
        started = time.monotonic()
        subprocess.run(
            command, env=os.environ | server.environment | settings, cwd=folder, check=True, capture_output=True
        )
        seconds = time.monotonic() - started
        statuses = server.pop_statuses()
        written = sum(record["role"] == "Updated" for record in server.contacts())
    if written != UPDATES or statuses != {200: UPDATES}:
        message = f"{written} of {UPDATES} updates are in the sandbox; responses by status: {dict(statuses)}"
        raise RuntimeError(message)
    print(f"{tap.name}, {rate_limit} requests per minute, concurrency {concurrency}: {seconds:.2f} s", flush=True)
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
