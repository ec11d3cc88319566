"""Runs target-spott, as an installed command or in this process, and reads its output and files."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from spott_sandbox import Sandbox
from target_spott.target import TargetSpott
from tests.support.logs import logged
from tests.support.tap import Record, settings

TARGET = str(Path(sys.executable).with_name("target-spott"))
Message = dict[str, Any]
COUNTS = re.compile(r"(\d+) created, (\d+) updated, (\d+) unchanged, (\d+) rejected, (\d+) unknown")


@dataclass
class Result:
    """The output and the files of a run."""

    status: int
    stdout: str
    stderr: str
    folder: Path

    @property
    def last_line(self) -> str:
        return self.stderr.strip().splitlines()[-1]

    @property
    def states(self) -> list[Any]:
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def outcomes(self) -> list[Record]:
        return json_lines(self.folder / "outcomes.jsonl")

    @property
    def rejects(self) -> list[Record]:
        return json_lines(self.folder / "rejects.jsonl")

    @property
    def reasons(self) -> list[str]:
        return [reject["reason"] for reject in self.rejects]

    @property
    def counts(self) -> dict[str, int]:
        """The counts of the report, without those that are 0."""
        (numbers,) = COUNTS.findall(self.stderr)
        names = ("created", "updated", "unchanged", "rejected", "unknown")
        return {name: int(number) for name, number in zip(names, numbers, strict=True) if number != "0"}


def json_lines(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def messages(
    records: Iterable[Record], stream: str = "client_contacts", keys: Iterable[str] = ("id",)
) -> list[Message]:
    """Return a tap's messages: a schema that allows any record, the records, and a state with their number."""
    sent = [{"type": "RECORD", "stream": stream, "record": record} for record in records]
    schema = {"type": "SCHEMA", "stream": stream, "schema": {"properties": {}}, "key_properties": list(keys)}
    return [schema, *sent, {"type": "STATE", "value": {"records": len(sent)}}]


def as_lines(sent: Iterable[object]) -> str:
    """Return messages as JSON Lines."""
    return "".join(f"{json.dumps(message)}\n" for message in sent)


def command(folder: Path, config: dict[str, Any]) -> list[str]:
    """Write the settings to a file in the folder, and return the command that reads it."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return [TARGET, "--config", str(path)]


def environment(**changes: str) -> dict[str, str]:
    """Return the environment without the target's settings, with these changes."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TARGET_SPOTT")} | changes


def load(sandbox: Sandbox, folder: Path, sent: Iterable[object] | str | Path, **changes: object) -> Result:
    """Run the installed command in the folder with messages, text or a file as its standard input."""
    with write_input(folder, sent).open() as standard_input:
        process = subprocess.run(
            command(folder, settings(sandbox, **changes)),
            stdin=standard_input,
            env=environment(),
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
    return Result(process.returncode, process.stdout, process.stderr, folder)


def load_here(sandbox: Sandbox, folder: Path, sent: Iterable[object] | str | Path, **changes: object) -> Result:
    """Run the command in this process, which starts a second faster."""
    return run_here(folder, sent, settings(sandbox, **changes))


def run_here(folder: Path, sent: Iterable[object] | str | Path, config: dict[str, Any]) -> Result:
    """Run the command in this process with these settings; fail if it logs a traceback or the API key."""
    (folder / "config.json").write_text(json.dumps(config))
    arguments = ["--config", "config.json", "--input", str(write_input(folder, sent).resolve())]
    output = StringIO()
    with (
        chdir(folder),
        logged("target-spott") as lines,
        redirect_stdout(output),
        pytest.raises(SystemExit) as end,
    ):
        TargetSpott.cli.main(arguments, prog_name="target-spott")
    assert end.value.code in {0, 1}
    assert not [line for line in lines if "Unexpected" in line or "\n" in line]
    key = config.get("api_key")
    assert not isinstance(key, str) or len(key) < 8 or key not in "".join(lines)
    assert end.value.code == 0 or lines
    return Result(end.value.code, output.getvalue(), "\n".join(lines), folder)


def write_input(folder: Path, sent: Iterable[object] | str | Path) -> Path:
    """Return the path of a file with the messages or the text."""
    if isinstance(sent, Path):
        return sent
    path = folder / "input.singer"
    path.write_text(sent if isinstance(sent, str) else as_lines(sent))
    return path


def contact(sandbox: Sandbox, contact_id: str) -> Record:
    """Return a contact from the sandbox."""
    (record,) = [item["record"] for item in sandbox.records("client_contacts") if item["record"]["id"] == contact_id]
    found: Record = record
    return found


def ids(sandbox: Sandbox, count: int) -> list[str]:
    """Return the ids of the first contacts, always in the same order."""
    return sorted(item["record"]["id"] for item in sandbox.records("client_contacts"))[:count]


def client_id(sandbox: Sandbox) -> str:
    """Return the id of a client."""
    client: str = sandbox.directory()["clients"][0]["id"]
    return client


def addresses_of(sandbox: Sandbox, contact_id: str, by: str) -> list[Record]:
    """Return a contact's `emailAddresses` or `phoneNumbers`, which only its candidate's details have."""
    contacts = [each for item in sandbox.records("client_contact_details") for each in item["record"]["clientContacts"]]
    (addresses,) = [each[by] for each in contacts if each["id"] == contact_id]
    found: list[Record] = addresses
    return found


def new(sandbox: Sandbox, number: int = 0, **more: object) -> Record:
    """Return a record that creates a contact; its last name holds the number."""
    return {"clientId": client_id(sandbox), "firstName": "New", "lastName": f"Number {number}", **more}


def created(sandbox: Sandbox) -> list[str]:
    """Return the last names of the contacts created from `new` records."""
    contacts = [item["record"] for item in sandbox.records("client_contacts")]
    return sorted(each["lastName"] for each in contacts if each["firstName"] == "New")
