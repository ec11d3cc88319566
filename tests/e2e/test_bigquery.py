"""Messages of the tap fit BigQuery, as translated by the code of target-bigquery.

`scripts/bigquery-emulator` loads them into an emulator. Some tests need a real project and are skipped without one.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from demo.install import pip_settings_for_uv
from spott_sandbox import Sandbox
from tests.support import oracle
from tests.support.tap import CORE, KEYS, STREAMS, Output, clean_environment, key_of, select, settings, sync

TRANSLATE = Path(__file__).parent / "bigquery/translate.py"
UV = str(Path(sys.executable).with_name("uv"))
IN_LOADERS_PYTHON = [UV, "run", "--quiet", "--no-project", "--isolated", "--python=3.11"]
Message = dict[str, Any]
Table = dict[str, Any]


def run_in_loader_environment(*command: str | Path, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in the loader's environment, which uv creates once from pip's package index."""
    environment = pip_settings_for_uv() | clean_environment() | {"PYTHONWARNINGS": "ignore"}
    # The loader's imports take twice as long without compiled bytecode.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(
        [*IN_LOADERS_PYTHON, f"--with-requirements={TRANSLATE}", *command],
        input=text,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def output_of(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def translate(messages: list[Message]) -> subprocess.CompletedProcess[str]:
    return run_in_loader_environment("python", TRANSLATE, text=as_lines(messages))


def as_lines(messages: list[Message]) -> str:
    return "".join(f"{json.dumps(message)}\n" for message in messages)


@pytest.fixture(scope="module")
def _python() -> None:
    """Skip the test if the loader's version of Python is neither installed nor available."""
    found = subprocess.run([*IN_LOADERS_PYTHON, "python", "--version"], capture_output=True, text=True, check=False)
    if found.returncode:
        pytest.skip(f"z3-target-bigquery 0.7.2 needs a Python below 3.12: {found.stderr.partition(chr(10))[0]}")


@pytest.fixture(scope="module")
def source() -> Iterator[Sandbox]:
    """Yield a sandbox whose values violate the API's documentation in each known way."""
    with Sandbox(contacts=30, seed=7, dirty=True) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def output(source: Sandbox) -> Output:
    return sync(settings(source), catalog=select(*STREAMS))


@pytest.fixture(scope="module")
def tables(_python: None, output: Output) -> dict[str, Table]:
    """Return the tables that the loader would send to BigQuery, after its own checks."""
    assert output.status == 0, output.stderr
    found: dict[str, Table] = json.loads(output_of(translate(output.messages)))
    return found


def test_each_schema_is_a_table_and_each_record_a_row(
    tables: dict[str, Table], output: Output, source: Sandbox
) -> None:
    assert tables.keys() == set(STREAMS)
    for stream, table in tables.items():
        assert {key_of(stream, row) for row in table["rows"]} == oracle.source(source, stream).keys()
        assert tuple(table["key"]) == KEYS[stream]
        assert table["rows"] == output.records(stream)


COLUMNS = {
    ("client_contacts", "id"): "STRING",
    ("client_contacts", "active"): "BOOLEAN",
    ("client_contacts", "modifiedAt"): "TIMESTAMP",
    ("client_contacts", "locations"): "REPEATED RECORD",
    ("client_contacts", "locations", "latitude"): "FLOAT",
    ("client_contacts", "client", "company"): "RECORD",
    ("client_contacts", "customAttributes", "value"): "JSON",
    ("client_contacts", "customAttributes", "options"): "REPEATED STRING",
    ("client_contact_details", "clientContacts", "emailAddresses"): "REPEATED RECORD",
    ("client_contact_details", "locations", "city"): "STRING",
    ("client_contact_details", "lastInteractionWith", "deactivatedAt"): "TIMESTAMP",
    ("opportunities", "closeDate", "target"): "TIMESTAMP",
    ("opportunities", "stage", "order"): "FLOAT",
    ("opportunities", "syncedAt"): "TIMESTAMP",
}


def test_columns_have_bigquery_types(tables: dict[str, Table]) -> None:
    assert {path: kind(tables, *path) for path in COLUMNS} == COLUMNS


def kind(tables: dict[str, Table], stream: str, *path: str) -> str:
    """Return a column's type in BigQuery's notation."""
    field: dict[str, Any] = tables[stream]
    for name in path:
        (field,) = [each for each in field["fields"] if each["name"] == name]
    return f"{field['mode']} {field['type'].upper()}".removeprefix("NULLABLE ")


def test_null_in_a_list_is_an_error(tables: dict[str, Table], output: Output) -> None:
    record = {**tables["client_contacts"]["rows"][0], "customAttributes": [{"options": ["a", None]}]}
    (schema,) = [m for m in output.messages if m["type"] == "SCHEMA" and m["stream"] == "client_contacts"]
    checked = translate([schema, {"type": "RECORD", "stream": "client_contacts", "record": record}])
    assert checked.returncode == 1
    assert checked.stderr == "client_contacts[0].customAttributes.options: null in a list\n"


QUERY = """\
import json, sys
from google.cloud import bigquery
rows = bigquery.Client(project=sys.argv[1]).query(sys.argv[2], timeout=60).result(timeout=300)
print(json.dumps([list(row.values()) for row in rows]))
"""
real_project = pytest.mark.skipif(
    not {"TEST_BIGQUERY_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS"} <= os.environ.keys(),
    reason="requires a BigQuery project: set TEST_BIGQUERY_PROJECT and GOOGLE_APPLICATION_CREDENTIALS",
)


class Project:
    """A new dataset in a real project, deleted after the test."""

    def __init__(self, folder: Path) -> None:
        self.name = os.environ["TEST_BIGQUERY_PROJECT"]
        self.dataset = f"tap_spott_test_{uuid4().hex}"
        self.config = folder / "target.json"

    def load(self, output: Output, *, upsert: bool) -> None:
        assert output.status == 0, output.stderr
        options = {"method": "batch_job", "denormalized": True, "upsert": upsert}
        place = {"project": self.name, "dataset": self.dataset}
        place["credentials_path"] = os.environ["GOOGLE_APPLICATION_CREDENTIALS"]
        self.config.write_text(json.dumps(options | place))
        output_of(run_in_loader_environment("target-bigquery", "--config", self.config, text=as_lines(output.messages)))

    def query(self, text: str) -> list[list[Any]]:
        """Return the rows of a query, in which `{}` stands for the dataset."""
        query = text.format(f"`{self.name}`.{self.dataset}")
        rows: list[list[Any]] = json.loads(
            output_of(run_in_loader_environment("python", "-c", QUERY, self.name, query))
        )
        return rows

    def delete(self) -> None:
        self.query("DROP SCHEMA IF EXISTS {} CASCADE")


@pytest.fixture
def project(_python: None, tmp_path: Path) -> Iterator[Project]:
    project = Project(tmp_path)
    yield project
    project.delete()


@real_project
def test_second_load_updates_rows_without_duplicates(project: Project) -> None:
    with Sandbox(contacts=40, seed=13) as sandbox:
        first = sync(settings(sandbox))
        project.load(first, upsert=True)
        (changed,) = sandbox.touch(fields={"role": "Changed"})["ids"]
        project.load(sync(settings(sandbox), first.state), upsert=True)
        for stream in CORE:
            expected = len({key_of(stream, record) for record in first.records(stream)})
            assert project.query(f"SELECT count(*) FROM {{}}.{stream}") == [[expected]]  # noqa: S608 - our own names
    assert project.query("SELECT id FROM {}.client_contacts WHERE role = 'Changed'") == [[changed]]


@real_project
def test_new_column_is_added(project: Project) -> None:
    # With upsert, version 0.7.2 merges from a temporary table and adds no columns.
    catalog = select("client_contacts")
    with Sandbox(contacts=40, seed=13) as sandbox:
        (stream,) = [each for each in catalog["streams"] if each["tap_stream_id"] == "client_contacts"]
        (role,) = [each for each in stream["metadata"] if each["breadcrumb"] == ["properties", "role"]]
        role["metadata"]["selected"] = False
        project.load(sync(settings(sandbox), catalog=catalog), upsert=False)
        role["metadata"]["selected"] = True
        project.load(sync(settings(sandbox), catalog=catalog), upsert=False)
        roles = sum(contact["record"]["role"] is not None for contact in sandbox.records("client_contacts"))
    assert project.query("SELECT count(role) FROM {}.client_contacts") == [[roles]]
