"""Run one contender once: measure its process, then verify the records it wrote."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTACTS, DETAILS, Contender
from benchmarks.environments import scripts
from benchmarks.sandbox import Sandbox

MEASURE = Path(__file__).with_name("measure.py")


@dataclass
class Run:
    """Measurements of a run.

    Attributes:
        seconds: Wall-clock time of the process.
        cpu: User and system CPU time, in seconds.
        memory: Peak resident memory, in bytes.
        failure: Why the run is invalid; empty if it is valid.
        requests: Requests that the sandbox received.
        rate_limited: Requests that the sandbox rejected with 429.
    """

    seconds: float
    cpu: float
    memory: int
    failure: str
    requests: int
    rate_limited: int


def run(
    contender: Contender,
    server: Sandbox,
    expected: dict[str, int],
    *,
    rate_limit: int = 100_000,
    concurrency: int | None = None,
    timeout: float = 600,
    one_cpu: bool = False,
) -> Run:
    """Run a contender.

    Args:
        contender: The program to run.
        server: The sandbox to read from.
        expected: Number of distinct records by stream. Only these streams are read.
        rate_limit: Requests per minute, for contenders that have a rate limiter.
        concurrency: Concurrent requests of tap-spott. The other contenders configure eight themselves.
        timeout: Seconds until the program is killed.
        one_cpu: Whether to run all threads of the program on the same CPU.
    """
    settings = server.environment | {"TAP_SPOTT_REQUESTS_PER_MINUTE": str(rate_limit)}
    if concurrency:
        settings["TAP_SPOTT_CONCURRENCY"] = str(concurrency)
    with tempfile.TemporaryDirectory() as name:
        output = Path(name)
        environment = _environment(output) | settings
        command = [str(part) for part in contender.command(scripts(contender), output, list(expected))]
        if contender.takes_catalog:
            path = output / "catalog.json"
            path.write_text(json.dumps(catalog(command, environment, expected)), "utf-8")
            command.append(f"--catalog={path}")
        server.pop_statuses()
        measured = _measure(command, output, environment, timeout, one_cpu=one_cpu)
        statuses = server.pop_statuses()
        failure = _failure(measured, timeout) or _missing(_records(output, contender.output_glob), expected)
        if failure and measured["status"] > 0:
            failure += ": " + _last_line(output / "stderr")
    return Run(measured["seconds"], measured["cpu"], measured["memory"], failure, statuses.total(), statuses[429])


def _environment(output: Path) -> dict[str, str]:
    """Return the environment without any contender's settings, and with a temporary home folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TAP_", "DLT_", "PYTHON"))}
    return kept | {"HOME": str(output), "RUNTIME__DLTHUB_TELEMETRY": "false"}


def catalog(command: list[str], environment: Mapping[str, str], streams: Collection[str]) -> dict[str, Any]:
    """Return a Singer catalog that selects only these streams."""
    found = subprocess.run([*command, "--discover"], env=environment, check=True, capture_output=True)
    discovered: dict[str, Any] = json.loads(found.stdout)
    for stream in discovered["streams"]:
        for part in stream["metadata"]:
            if not part["breadcrumb"]:
                part["metadata"]["selected"] = stream["tap_stream_id"] in streams
    return discovered


def _measure(
    command: list[str], output: Path, environment: dict[str, str], timeout: float, *, one_cpu: bool
) -> dict[str, Any]:
    # -S and -I keep the memory of the measuring process small.
    options = [str(timeout), "one" if one_cpu else "all", str(output)]
    measuring = [sys.executable, "-I", "-S", str(MEASURE), *options, *command]
    done = subprocess.run(measuring, env=environment, cwd=output, check=True, capture_output=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _failure(measured: dict[str, Any], timeout: float) -> str:
    if measured["timed_out"]:
        return f"timed out after {timeout:g} s"
    return f"exited with status {measured['status']}" if measured["status"] else ""


def _missing(records: Iterator[tuple[str, str]], expected: dict[str, int]) -> str:
    counts = Counter(stream for stream, _ in set(records))
    wrong = [
        f"{counts[stream]:,} of {count:,} {stream}" for stream, count in expected.items() if counts[stream] != count
    ]
    return "wrote " + ", ".join(wrong) if wrong else ""


def _records(output: Path, pattern: str) -> Iterator[tuple[str, str]]:
    """Yield the stream and key of each record that a contender wrote."""
    for path in output.glob(pattern):
        with path.open("rb") as file:
            for line in file:
                content = json.loads(line)
                # A line of dlt's intermediate files has many records.
                for message in content if isinstance(content, list) else [content]:
                    yield from _record(message, path.relative_to(output))


def _record(message: dict[str, Any], path: Path) -> Iterator[tuple[str, str]]:
    record = message.get("record", message)
    if "type" in message and message["type"] != "RECORD":
        return
    stream = message.get("stream") or record.get("stream") or (DETAILS if DETAILS in str(path) else CONTACTS)
    record = record.get("data", record)
    # dlt renames columns to snake case.
    yield stream, record["id"] if stream == CONTACTS else record.get("candidateId") or record["candidate_id"]


def _last_line(path: Path) -> str:
    lines = path.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1][:100].replace("|", "/") if lines else "no error output"
