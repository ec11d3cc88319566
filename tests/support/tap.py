"""Runs the installed tap-spott as a process, the way users do, and reads what it writes."""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from spott_sandbox import Sandbox
from tap_spott.streams import definitions

TAP = str(Path(sys.executable).with_name("tap-spott"))
STREAMS = tuple(stream.name for stream in definitions.STREAMS)
BY_DEFAULT = tuple(stream.name for stream in definitions.STREAMS if stream.selected_by_default)
CORE = ("client_contacts", "client_contact_details", "opportunities")
"""One stream of each kind: a list, its details, and a list without times."""
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
"""A text, or a tuple of texts."""


@dataclass
class Output:
    """What a run left behind."""

    status: int
    stderr: str
    messages: list[dict[str, Any]] = field(repr=False)

    @property
    def last_line(self) -> str:
        return self.stderr.strip().splitlines()[-1]

    @property
    def states(self) -> list[State]:
        return [message["value"] for message in self.messages if message["type"] == "STATE"]

    @property
    def state(self) -> State:
        """The state that a target would keep: the last one."""
        return self.states[-1] if self.states else {}

    def records(self, stream: str) -> list[Record]:
        return [m["record"] for m in self.messages if m["type"] == "RECORD" and m["stream"] == stream]


class Warehouse:
    """Tables as a target with upsert would keep them, and the state as Meltano would."""

    tells_null_from_absent = True

    def __init__(self) -> None:
        self.tables: dict[str, dict[Key, Record]] = defaultdict(dict)
        self.state: State = {}

    def load(self, output: Output) -> Output:
        """Take the records and the state of a run."""
        for message in output.messages:
            if message["type"] == "RECORD":
                record = message["record"]
                self.tables[message["stream"]][key_of(message["stream"], record)] = record
            elif message["type"] == "STATE":
                self.state = message["value"]
        return output


def key_of(stream: str, record: Record) -> Key:
    """Return what tells a record from others of its stream: a value, or several if the key has several columns."""
    values = tuple(record[name] for name in KEYS[stream])
    return values if len(values) > 1 else values[0]


def settings(sandbox: Sandbox, **changes: object) -> dict[str, Any]:
    """Return settings for a run against the sandbox, in a hurry unless told otherwise."""
    return {
        "api_key": sandbox.api_key,
        "api_url": sandbox.url,
        "requests_per_minute": 100_000,
        **changes,
    }


@cache
def discovered() -> str:
    """Return the catalog that the tap discovers."""
    return run("--discover").stdout


def select(*streams: str) -> dict[str, Any]:
    """Return a catalog with only these streams selected."""
    catalog: dict[str, Any] = json.loads(discovered())
    for stream in catalog["streams"]:
        root(stream)["selected"] = stream["tap_stream_id"] in streams
    return catalog


def full_table(*streams: str) -> dict[str, Any]:
    """Return a catalog with these streams selected, each to be read in full."""
    catalog = select(*streams)
    for stream in catalog["streams"]:
        stream["replication_method"] = root(stream)["forced-replication-method"] = "FULL_TABLE"
    return catalog


def root(stream: dict[str, Any]) -> dict[str, Any]:
    """Return the metadata of a catalog's stream itself."""
    metadata: dict[str, Any] = next(part["metadata"] for part in stream["metadata"] if not part["breadcrumb"])
    return metadata


def run(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run tap-spott with these arguments; a run that would never end fails the test."""
    environment = {**clean_environment(), **(env or {})}
    return subprocess.run([TAP, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=300)


def clean_environment() -> dict[str, str]:
    """Return the environment without settings of the tap."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TAP_SPOTT")}


def sync(
    config: dict[str, Any],
    state: State | None = None,
    catalog: dict[str, Any] | None = None,
    env: dict[str, str] | None = None,
) -> Output:
    """Sync once, with the files that Meltano would give; the core streams, if the catalog selects no others."""
    catalog = select(*CORE) if catalog is None else catalog
    with tempfile.TemporaryDirectory() as folder:
        process = run(*arguments(Path(folder), config, state, catalog), env=env)
    return Output(process.returncode, process.stderr, [json.loads(line) for line in process.stdout.splitlines()])


def arguments(
    folder: Path, config: dict[str, Any], state: State | None = None, catalog: dict[str, Any] | None = None
) -> list[str]:
    """Write the files into the folder, and return the arguments that name them."""
    files = {"config": config, "state": state, "catalog": catalog}
    named = []
    for name, content in files.items():
        if content is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(content))
            named += [f"--{name}", str(path)]
    return named
