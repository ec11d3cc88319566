"""One run of one contender: the process is measured from outside, then what it left behind is checked."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contenders import CONTACTS, DETAILS, Contender
from benchmarks.environments import scripts
from benchmarks.sandbox import Sandbox

MEASURE = Path(__file__).with_name("measure.py")


@dataclass
class Run:
    """What a run took.

    Attributes:
        seconds: From the start of the process to its end.
        cpu: Seconds of processor time, its own and the system's for it.
        memory: The most that was resident, in bytes.
        fault: Why the figures are void; empty if they are not.
        requests: How many the sandbox was asked.
        refused: How many of them it answered with 429.
    """

    seconds: float
    cpu: float
    memory: int
    fault: str
    requests: int
    refused: int


def run(
    contender: Contender,
    server: Sandbox,
    expected: dict[str, int],
    *,
    quota: int = 100_000,
    concurrency: int | None = None,
    limit: float = 600,
) -> Run:
    """Run a contender.

    Args:
        contender: Who.
        server: Where it reads.
        expected: How many distinct records each stream has; only these streams are read.
        quota: Requests a minute, told to whoever can keep to it.
        concurrency: Requests in flight, told to tap-spott; the other programs say eight themselves.
        limit: Seconds until it is stopped.
    """
    settings = server.environment | {"TAP_SPOTT_REQUESTS_PER_MINUTE": str(quota)}
    if concurrency:
        settings["TAP_SPOTT_CONCURRENCY"] = str(concurrency)
    with tempfile.TemporaryDirectory() as name:
        output = Path(name)
        environment = _environment(output) | settings
        command = [str(part) for part in contender.command(scripts(contender), output, list(expected))]
        if contender.catalog:
            command.append(f"--catalog={_catalog(command, output, environment, expected)}")
        server.answers()
        figures = _measure(command, output, environment, limit)
        answers = server.answers()
        fault = _fault(figures, limit) or _missing(_records(output, contender.outputs), expected)
        if fault and figures["status"] > 0:
            fault += ": " + _last_line(output / "stderr")
    return Run(figures["seconds"], figures["cpu"], figures["memory"], fault, answers.total(), answers[429])


def _environment(output: Path) -> dict[str, str]:
    """Return the environment without settings of any contender, and with a folder that is thrown away as home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TAP_", "DLT_", "PYTHON"))}
    return kept | {"HOME": str(output), "RUNTIME__DLTHUB_TELEMETRY": "false"}


def _catalog(command: list[str], output: Path, environment: dict[str, str], streams: dict[str, int]) -> Path:
    """Write a Singer catalog with only these streams selected."""
    found = subprocess.run([*command, "--discover"], env=environment, check=True, capture_output=True)
    catalog = json.loads(found.stdout)
    for stream in catalog["streams"]:
        for part in stream["metadata"]:
            if not part["breadcrumb"]:
                part["metadata"]["selected"] = stream["tap_stream_id"] in streams
    path = output / "catalog.json"
    path.write_text(json.dumps(catalog), "utf-8")
    return path


def _measure(command: list[str], output: Path, environment: dict[str, str], limit: float) -> dict[str, Any]:
    # -S and -I: no more than this small program in memory.
    measuring = [sys.executable, "-I", "-S", str(MEASURE), str(limit), str(output), *command]
    done = subprocess.run(measuring, env=environment, cwd=output, check=True, capture_output=True)
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures


def _fault(figures: dict[str, Any], limit: float) -> str:
    if figures["stopped"]:
        return f"over the limit of {limit:g} s"
    return f"ended with status {figures['status']}" if figures["status"] else ""


def _missing(records: Iterator[tuple[str, str]], expected: dict[str, int]) -> str:
    counts = Counter(stream for stream, _ in set(records))
    wrong = [
        f"{counts[stream]:,} of {count:,} {stream}" for stream, count in expected.items() if counts[stream] != count
    ]
    return "delivered " + ", ".join(wrong) if wrong else ""


def _records(output: Path, pattern: str) -> Iterator[tuple[str, str]]:
    """Yield the stream and the key of each record in the files that a contender wrote."""
    for path in output.glob(pattern):
        with path.open("rb") as file:
            for line in file:
                content = json.loads(line)
                # dlt's intermediate files have many records a line.
                for message in content if isinstance(content, list) else [content]:
                    yield from _record(message, path.relative_to(output))


def _record(message: dict[str, Any], path: Path) -> Iterator[tuple[str, str]]:
    record = message.get("record", message)
    if "type" in message and message["type"] != "RECORD":
        return
    stream = message.get("stream") or record.get("stream") or (DETAILS if DETAILS in str(path) else CONTACTS)
    record = record.get("data", record)
    # dlt spells names of columns its own way.
    yield stream, record["id"] if stream == CONTACTS else record.get("candidateId") or record["candidate_id"]


def _last_line(path: Path) -> str:
    lines = path.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1][:100].replace("|", "/") if lines else "it says nothing"
