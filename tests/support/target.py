"""Runs the installed target-spott as a process, the way users do, and reads what it leaves."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spott_sandbox import Sandbox
from tests.support.tap import Record, settings

TARGET = str(Path(sys.executable).with_name("target-spott"))
Message = dict[str, Any]
COUNTS = re.compile(r"(\d+) created, (\d+) updated, (\d+) unchanged, (\d+) rejected, (\d+) unknown")


@dataclass
class Result:
    """What a run left behind."""

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
        """The summary's counts that are not 0."""
        (numbers,) = COUNTS.findall(self.stderr)
        names = ("created", "updated", "unchanged", "rejected", "unknown")
        return {name: int(number) for name, number in zip(names, numbers, strict=True) if number != "0"}


def json_lines(path: Path) -> list[Record]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def messages(
    records: Iterable[Record], stream: str = "client_contacts", keys: Iterable[str] = ("id",)
) -> list[Message]:
    """Return what a tap sends: a schema that allows everything, the records, and a state that counts them."""
    sent = [{"type": "RECORD", "stream": stream, "record": record} for record in records]
    schema = {"type": "SCHEMA", "stream": stream, "schema": {"properties": {}}, "key_properties": list(keys)}
    return [schema, *sent, {"type": "STATE", "value": {"records": len(sent)}}]


def as_lines(sent: Iterable[object]) -> str:
    """Return messages as a tap writes them."""
    return "".join(f"{json.dumps(message)}\n" for message in sent)


def command(folder: Path, config: dict[str, Any]) -> list[str]:
    """Write the settings into the folder, where the run is to take place, and return the command."""
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return [TARGET, "--config", str(path)]


def environment(**changes: str) -> dict[str, str]:
    """Return the environment without settings of the target."""
    return {name: value for name, value in os.environ.items() if not name.startswith("TARGET_SPOTT")} | changes


def load(sandbox: Sandbox, folder: Path, sent: Iterable[object] | str | Path, **changes: object) -> Result:
    """Send messages, text or a file to the target in this folder; a run that would never end fails the test."""
    source = sent if isinstance(sent, Path) else folder / "input.singer"
    if not isinstance(sent, Path):
        source.write_text(sent if isinstance(sent, str) else as_lines(sent))
    with source.open() as standard_input:
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


def contact(sandbox: Sandbox, contact_id: str) -> Record:
    """Return a contact as Spott has it."""
    (record,) = [item["record"] for item in sandbox.records("client_contacts") if item["record"]["id"] == contact_id]
    found: Record = record
    return found


def ids(sandbox: Sandbox, count: int) -> list[str]:
    """Return the ids of so many contacts, always the same ones."""
    return sorted(item["record"]["id"] for item in sandbox.records("client_contacts"))[:count]


def client_id(sandbox: Sandbox) -> str:
    """Return the id of a client."""
    client: str = sandbox.directory()["clients"][0]["id"]
    return client


def reached(sandbox: Sandbox, contact_id: str, by: str) -> list[Record]:
    """Return the `emailAddresses` or `phoneNumbers` of a contact, which only its candidate's details show."""
    contacts = [each for item in sandbox.records("client_contact_details") for each in item["record"]["clientContacts"]]
    (addresses,) = [each[by] for each in contacts if each["id"] == contact_id]
    found: list[Record] = addresses
    return found


def new(sandbox: Sandbox, number: int = 0, **more: object) -> Record:
    """Return a record that creates a contact, whose last name tells which."""
    return {"clientId": client_id(sandbox), "firstName": "New", "lastName": f"Number {number}", **more}


def created(sandbox: Sandbox) -> list[str]:
    """Return the last names of the contacts that `new` records have created."""
    contacts = [item["record"] for item in sandbox.records("client_contacts")]
    return sorted(each["lastName"] for each in contacts if each["firstName"] == "New")
