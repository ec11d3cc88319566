"""Count the requests of a sync, and compute how long they take at Spott's rate limit."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTACTS, DETAILS, Contender
from benchmarks.environments import scripts
from benchmarks.report import describe_environment, format_table
from benchmarks.sandbox import Sandbox, sandbox
from benchmarks.suite import LATENCY, MINUTE, Sizes, ideal_seconds, row_name, taps

RATE_LIMIT = 600
CONCURRENCY = 4
CHANGED = 0.01
"""Fraction of the contacts that change before the last sync."""

Streams = dict[str, bool]
"""Whether each stream is selected."""


def cost(sizes: Sizes) -> str:
    """Return the table. Minutes are computed from the number of requests, at `CONCURRENCY`, the tap's default."""
    contenders = taps(sizes)
    rows = [row for contacts in sizes.cost for tap in contenders for row in _rows(contacts, tap)]
    counted = ("first sync: requests", "minutes", "nothing changed: requests", "1 % of contacts changed: requests")
    header = ["contacts", "streams", *counted, "minutes"]
    title = f"{RATE_LIMIT} requests per minute, concurrency {CONCURRENCY}, latency {LATENCY * 1000:.0f} ms."
    return f"{title} {describe_environment(contenders, 1)}\n\n{format_table(header, rows)}"


def _rows(contacts: int, tap: Contender) -> list[list[str]]:
    rows = []
    by_default = _default_selection(tap)
    selections = {
        "contacts alone": dict.fromkeys(by_default, False) | {CONTACTS: True},
        "the default without details": by_default | {DETAILS: False},
        "the default": by_default,
        "all": dict.fromkeys(by_default, True),
    }
    for name, streams in selections.items():
        # A sandbox per selection, because the next selection would also read what changed for this one.
        with sandbox(contacts) as server:
            first, quiet, last = _three_syncs(server, tap, contacts, streams)
        print(f"{tap.name}, {contacts:,} contacts, {name}: {first:,}, {quiet:,} and {last:,} requests", flush=True)
        figures = [f"{first:,}", _minutes(first), f"{quiet:,}", f"{last:,}", _minutes(last)]
        rows.append([row_name(f"{contacts:,}", tap), name, *figures])
    return rows


def _three_syncs(server: Sandbox, tap: Contender, contacts: int, streams: Streams) -> tuple[int, int, int]:
    with tempfile.TemporaryDirectory() as folder:
        catalog, state = Path(folder, "catalog.json"), Path(folder, "state.json")
        catalog.write_text(json.dumps(_catalog(tap, streams)), "utf-8")
        state.write_text("{}", "utf-8")
        server.pop_statuses()
        state.write_text(_sync(server, tap, catalog, state), "utf-8")
        first = server.pop_statuses().total()
        state.write_text(_sync(server, tap, catalog, state), "utf-8")
        quiet = server.pop_statuses().total()
        server.touch(CONTACTS, round(contacts * CHANGED))
        _sync(server, tap, catalog, state)
        return first, quiet, server.pop_statuses().total()


def _sync(server: Sandbox, tap: Contender, catalog: Path, state: Path) -> str:
    """Run a sync and return its last state.

    Raises:
        RuntimeError: The sync failed.
    """
    settings = {"TAP_SPOTT_REQUESTS_PER_MINUTE": "100000", "TAP_SPOTT_CONCURRENCY": str(CONCURRENCY)}
    command = [str(scripts(tap) / "tap-spott"), "--config=ENV", f"--catalog={catalog}", f"--state={state}"]
    environment = os.environ | server.environment | settings
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        last = "{}"
        for line in process.stdout or ():
            if line.startswith('{"type":"STATE"'):
                last = line
    if process.returncode:
        message = f"the sync exited with status {process.returncode}"
        raise RuntimeError(message)
    return json.dumps(json.loads(last)["value"])


def _discover(tap: Contender) -> dict[str, Any]:
    command = [str(scripts(tap) / "tap-spott"), "--discover"]
    catalog: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return catalog


def _default_selection(tap: Contender) -> Streams:
    return {stream["stream"]: _root_metadata(stream)["selected"] for stream in _discover(tap)["streams"]}


def _catalog(tap: Contender, streams: Streams) -> dict[str, Any]:
    catalog = _discover(tap)
    for stream in catalog["streams"]:
        _root_metadata(stream)["selected"] = streams[stream["stream"]]
    return catalog


def _root_metadata(stream: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = next(part["metadata"] for part in stream["metadata"] if not part["breadcrumb"])
    return metadata


def _minutes(requests: int) -> str:
    return f"{ideal_seconds(requests, RATE_LIMIT, CONCURRENCY, LATENCY) / MINUTE:,.1f}"
