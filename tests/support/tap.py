"""Runs tap-spott, as an installed command or in this process, and reads its output."""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import cache
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from spott_sandbox import Sandbox
from tap_spott.streams import definitions
from tap_spott.tap import TapSpott
from tests.support.logs import process_state_restored

TAP = str(Path(sys.executable).with_name("tap-spott"))
STREAMS = tuple(stream.name for stream in definitions.STREAMS)
BY_DEFAULT = tuple(stream.name for stream in definitions.STREAMS if stream.selected_by_default)
CORE = ("client_contacts", "opportunities", "client_contact_details")
"""One stream of each kind: a list, a list without times, and details."""
KEYS = dict.fromkeys(STREAMS, ("id",)) | {
    "client_contact_details": ("candidateId",),
    "application_activities": ("applicationId",),
    "attachments": ("attachmentId",),
    "users": ("userId",),
    "pipeline_stages": ("pipeline", "id"),
    "attribute_definitions": ("entity", "key"),
}
Record = dict[str, Any]
State = dict[str, Any]
Key = Any
"""The value of a key column, or the values of several."""


@dataclass
class Output:
    """The exit status, the log and the messages of a run."""

    status: int
    stderr: str
    messages: list[dict[str, Any]] = field(repr=False)

    @classmethod
    def parse(cls, status: int, stdout: str, stderr: str) -> "Output":
        """Make the output from what a run wrote, one message per line."""
        return cls(status, stderr, [json.loads(line) for line in stdout.splitlines()])

    @property
    def last_line(self) -> str:
        return self.stderr.strip().splitlines()[-1]

    @property
    def states(self) -> list[State]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    @property
    def state(self) -> State:
        """The last state, which a target keeps."""
        return self.states[-1] if self.states else {}

    def records(self, stream: str) -> list[Record]:
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]


class Warehouse:
    """Tables as a target with upsert keeps them, and the state as Meltano keeps it."""

    distinguishes_null_from_absent = True

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Record]] = defaultdict(dict)
        self.state: State = {}

    def load(self, output: Output) -> Output:
        """Upsert the records of a run and keep its last state; return the output."""
        for message in output.messages:
            if message["type"] == "RECORD":
                record = message["record"]
                self.tables[message["stream"]][key_of(message["stream"], record)] = record
            elif message["type"] == "STATE":
                self.state = message["value"]
        return output


def key_of(stream: str, record: Record) -> Key:
    """Return a record's key: a value, or a tuple if the key has several columns."""
    values = tuple(record[name] for name in KEYS[stream])
    return values if len(values) > 1 else values[0]


def settings(sandbox: Sandbox, **changes: object) -> dict[str, Any]:
    """Return settings for a run against the sandbox, by default with a rate limit that no test reaches."""
    return {
        "api_key": sandbox.api_key,
        "api_url": sandbox.url,
        "requests_per_minute": 100_000,
        **changes,
    }


@cache
def discovered_catalog() -> str:
    """Return the catalog that tap-spott discovers, as JSON."""
    with process_state_restored():
        return TapSpott(validate_config=False).catalog_json_text


def select(*streams: str) -> dict[str, Any]:
    """Return a catalog with only these streams selected."""
    catalog: dict[str, Any] = json.loads(discovered_catalog())
    for stream in catalog["streams"]:
        root(stream)["selected"] = stream["tap_stream_id"] in streams
    return catalog


def full_table(*streams: str) -> dict[str, Any]:
    """Return a catalog with only these streams selected, as full tables."""
    catalog = select(*streams)
    for stream in catalog["streams"]:
        stream["replication_method"] = root(stream)["forced-replication-method"] = "FULL_TABLE"
    return catalog


def root(stream: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a stream in a catalog."""
    metadata: dict[str, Any] = next(part["metadata"] for part in stream["metadata"] if not part["breadcrumb"])
    return metadata


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run the installed command with these arguments. Fail the test after 300 seconds."""
    environment = {**clean_environment(), **(env or {})}
    return subprocess.run([TAP, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=300)


def clean_environment() -> dict[str, str]:
    """Return the environment without the tap's settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TAP_SPOTT")}


def sync(config: dict[str, Any], state: State | None = None, catalog: dict[str, Any] | None = None) -> Output:
    """Run the command in this process, which is faster than a new one.

    A run that fails may leave threads that still send requests. Use `sync_in_subprocess` for it.

    Args:
        config: The settings.
        state: The state of an earlier run.
        catalog: The selected streams; by default CORE.
    """
    stdout, stderr = TextIOWrapper(BytesIO(), encoding="utf-8"), StringIO()
    with (
        tempfile.TemporaryDirectory() as folder,
        process_state_restored(),
        redirect_stdout(stdout),
        redirect_stderr(stderr),
        pytest.raises(SystemExit) as end,
    ):
        TapSpott.cli.main(arguments(Path(folder), config, state, catalog or select(*CORE)), prog_name="tap-spott")
    stdout.seek(0)
    assert isinstance(end.value.code, int)
    return Output.parse(end.value.code, stdout.read(), stderr.getvalue())


def sync_in_subprocess(
    config: dict[str, Any],
    state: State | None = None,
    catalog: dict[str, Any] | None = None,
    env: dict[str, str] | None = None,
) -> Output:
    """Run the installed command, with the files that Meltano gives it. The arguments are those of `sync`."""
    with tempfile.TemporaryDirectory() as folder:
        process = run(*arguments(Path(folder), config, state, catalog or select(*CORE)), env=env)
    return Output.parse(process.returncode, process.stdout, process.stderr)


def kill_after(
    records: int,
    signal_number: int,
    config: dict[str, Any],
    state: State | None = None,
    catalog: dict[str, Any] | None = None,
) -> Output:
    """Run the installed command, and send it a signal once it has written this many records."""
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            [TAP, *arguments(Path(folder), config, state, catalog)],
            env=clean_environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout
        assert process.stderr
        lines: list[str] = []
        while records:
            lines.append(process.stdout.readline())
            assert lines[-1], "the command ended too early"
            records -= '"RECORD"' in lines[-1][:20]
        process.send_signal(signal_number)
        lines += process.stdout.readlines()
        stderr = process.stderr.read()
        process.stdout.close()
        process.stderr.close()
        status = process.wait()
    return Output.parse(status, "".join(line for line in lines if line.endswith("\n")), stderr)


def arguments(
    folder: Path, config: dict[str, Any], state: State | None = None, catalog: dict[str, Any] | None = None
) -> list[str]:
    """Write the files to a folder, and return the command's arguments that name them."""
    files = {"config": config, "state": state, "catalog": catalog}
    named = []
    for name, content in files.items():
        if content is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content))
            named += [f"--{name}", str(path)]
    return named
