"""Benchmark 6: how many requests a sync costs, and how long they take at Spott's quota."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTACTS, DETAILS, TAP_SPOTT
from benchmarks.environments import scripts
from benchmarks.report import provenance, table
from benchmarks.sandbox import Sandbox, sandbox
from benchmarks.suite import LATENCY, MINUTE, Sizes, ideal

QUOTA = 600
IN_FLIGHT = 4
CHANGED = 0.01
"""The share of the contacts that changes between two syncs."""

Streams = dict[str, bool]
"""All streams, and whether each is on."""


def cost(sizes: Sizes) -> str:
    """Return the table: requests are counted, minutes computed from them, by the quota and the tap's own default."""
    rows = [row for contacts in sizes.cost for row in _rows(contacts)]
    header = ["contacts", "streams", "first sync: requests", "minutes", "1 % of contacts changed: requests", "minutes"]
    title = f"{QUOTA} requests a minute, {IN_FLIGHT} in flight, answers in {LATENCY * 1000:.0f} ms."
    return f"{title} {provenance([TAP_SPOTT], 1)}\n\n{table(header, rows)}"


def _rows(contacts: int) -> list[list[str]]:
    rows = []
    by_default = _streams()
    selections = {
        "contacts alone": dict.fromkeys(by_default, False) | {CONTACTS: True},
        "the default without details": by_default | {DETAILS: False},
        "the default": by_default,
        "all": dict.fromkeys(by_default, True),
    }
    for name, streams in selections.items():
        # A sandbox of its own: what changes for one selection would be read again by the next.
        with sandbox(contacts) as server:
            first, second = _two_syncs(server, contacts, streams)
        print(f"{contacts:,} contacts, {name}: {first:,} and {second:,} requests", flush=True)
        figures = (figure for count in (first, second) for figure in (f"{count:,}", _minutes(count)))
        rows.append([f"{contacts:,}", name, *figures])
    return rows


def _two_syncs(server: Sandbox, contacts: int, streams: Streams) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as folder:
        catalog, state = Path(folder, "catalog.json"), Path(folder, "state.json")
        catalog.write_text(json.dumps(_catalog(streams)), "utf-8")
        state.write_text("{}", "utf-8")
        server.answers()
        state.write_text(_sync(server, catalog, state), "utf-8")
        first = server.answers().total()
        server.touch(CONTACTS, round(contacts * CHANGED))
        _sync(server, catalog, state)
        return first, server.answers().total()


def _sync(server: Sandbox, catalog: Path, state: Path) -> str:
    """Sync, and return the last state."""
    quick = {"TAP_SPOTT_REQUESTS_PER_MINUTE": "100000", "TAP_SPOTT_CONCURRENCY": str(IN_FLIGHT)}
    command = [str(scripts(TAP_SPOTT) / "tap-spott"), "--config=ENV", f"--catalog={catalog}", f"--state={state}"]
    environment = os.environ | server.environment | quick
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        last = "{}"
        for line in process.stdout or ():
            if line.startswith('{"type":"STATE"'):
                last = line
    if process.returncode:
        message = f"void: the sync ended with status {process.returncode}"
        raise RuntimeError(message)
    return json.dumps(json.loads(last)["value"])


def _discovered() -> dict[str, Any]:
    command = [str(scripts(TAP_SPOTT) / "tap-spott"), "--discover"]
    catalog: dict[str, Any] = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return catalog


def _streams() -> Streams:
    return {stream["stream"]: _root(stream)["selected"] for stream in _discovered()["streams"]}


def _catalog(streams: Streams) -> dict[str, Any]:
    catalog = _discovered()
    for stream in catalog["streams"]:
        _root(stream)["selected"] = streams[stream["stream"]]
    return catalog


def _root(stream: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = next(part["metadata"] for part in stream["metadata"] if not part["breadcrumb"])
    return metadata


def _minutes(requests: int) -> str:
    return f"{ideal(requests, QUOTA, IN_FLIGHT, LATENCY) / MINUTE:,.1f}"
