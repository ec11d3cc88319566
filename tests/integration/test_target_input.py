"""Input of every shape: rejected records, or one clear line; never a traceback."""

import json
import subprocess
import tempfile
from contextlib import chdir
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from spott_sandbox import Sandbox
from target_spott.fields import CREATE_FIELDS, UPDATE_FIELDS
from target_spott.target import TargetSpott
from tests.support.logs import logged
from tests.support.tap import settings
from tests.support.target import as_lines, command, contact, environment, ids, load, messages

NOWHERE = {"api_key": "sk-live-5f0c9d1e", "api_url": "http://127.0.0.1:9", "max_retries": 0, "concurrency": 1}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({*CREATE_FIELDS, *UPDATE_FIELDS, "id", "clientId", "stage", "_sdc_deleted_at"})
SETTINGS = sorted(TargetSpott.config_jsonschema["properties"])
RECORD = st.dictionaries(st.sampled_from(FIELDS) | st.text(), JSON, max_size=5)
TYPES = ["SCHEMA", "RECORD", "STATE", "ACTIVATE_VERSION", "BATCH"]
MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(TYPES) | JSON,
        "stream": st.just("client_contacts") | JSON,
        "record": RECORD | JSON,
        "schema": st.fixed_dictionaries({"properties": st.dictionaries(st.text(), JSON)}) | JSON,
        "key_properties": st.lists(st.text(), max_size=2) | JSON,
        "value": JSON,
        "version": JSON,
    },
)


def run_here(text: str, changes: dict[str, Any] | None = None) -> tuple[int, list[str]]:
    """Run the command here, in this process; return its status and what it has logged, none of it unexpected."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder), logged("target-spott") as lines:
        Path("config.json").write_text(json.dumps(NOWHERE | (changes or {})))
        Path("input.singer").write_text(text)
        with pytest.raises(SystemExit) as end:
            TargetSpott.cli.main(["--config", "config.json", "--input", "input.singer"], prog_name="target-spott")
    assert end.value.code in {0, 1}
    assert not [line for line in lines if "Unexpected" in line or "\n" in line or "sk-live" in line]
    assert end.value.code == 0 or lines
    return end.value.code, lines


@hypothesis_settings(deadline=None, max_examples=50)
@given(st.lists(RECORD, max_size=4))
def test_records_of_every_shape(records: list[dict[str, Any]]) -> None:
    status, lines = run_here(as_lines(messages(records)))
    assert status == 0 or "rejected" in lines[-1] or "could not connect" in lines[-1]


@hypothesis_settings(deadline=None, max_examples=50)
@given(st.lists(MESSAGE | JSON, max_size=4), st.booleans())
def test_messages_of_every_shape(sent: list[Any], after_a_schema: bool) -> None:  # noqa: FBT001 - drawn
    run_here(as_lines([*(messages([])[:1] if after_a_schema else []), *sent]))


@hypothesis_settings(deadline=None, max_examples=50)
@given(st.text())
def test_text_of_every_kind(text: str) -> None:
    run_here(text.encode("utf-8", "replace").decode())


@hypothesis_settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(SETTINGS) | st.text(), JSON, max_size=3))
def test_settings_of_every_shape(changes: dict[str, Any]) -> None:
    kept = {name: value for name, value in changes.items() if name not in {"api_url", "max_retries"}}
    run_here(as_lines(messages([{"id": "c1"}])), kept)


SCHEMA = {"type": "SCHEMA", "stream": "client_contacts", "schema": {"properties": {}}, "key_properties": []}


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ("no JSON", "Input line 1: not a JSON object;"),
        ("[]", "Input line 1: not a JSON object;"),
        ('{"type": "RECORDS"}', "Input line 1: not a Singer message;"),
        ('{"stream": "x"}', "Input line 1: not a Singer message;"),
        (
            as_lines([{"type": "RECORD", "stream": "client_contacts", "record": {"firstName": "Secret"}}]),
            "Input line 1: a record of the stream 'client_contacts' comes before its SCHEMA message;",
        ),
        (
            as_lines([SCHEMA, {"type": "RECORD", "stream": "client_contacts", "record": "Secret"}]),
            "Input line 2: invalid RECORD message (invalid `record`);",
        ),
        (
            as_lines([SCHEMA | {"schema": {}}]),
            "Input line 1: invalid SCHEMA message (invalid `schema`);",
        ),
        (
            as_lines([SCHEMA | {"schema": {"properties": {"id": {"type": "strng"}}}}]),
            "Input line 1: invalid SCHEMA message (`schema` is not a JSON Schema);",
        ),
        (
            as_lines([SCHEMA, {"type": "BATCH"}]),
            "Input line 2: BATCH messages are not supported;",
        ),
        (
            as_lines([{"type": "STATE"}]),
            "Input line 1: invalid STATE message ('value' is a required property);",
        ),
    ],
    ids=range(10),
)
def test_what_is_wrong_with_the_input_is_one_line_that_says_where(sent: str, line: str) -> None:
    status, lines = run_here(sent)
    assert status == 1
    assert lines[-1].startswith(line)
    assert "Secret" not in "".join(lines)


def test_bytes_that_are_no_text(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b'{"type": "STATE", "value": "\xff\xfe"}\n')
    result = load(sandbox, tmp_path, tmp_path / "in")
    assert result.status == 1
    assert "Can't read the input: 'utf-8' codec can't decode byte 0xff" in result.last_line


def test_a_number_too_large_and_half_an_emoji_need_not_end_the_run(sandbox: Sandbox, tmp_path: Path) -> None:
    (contact_id,) = ids(sandbox, 1)
    result = load(sandbox, tmp_path, messages([{"id": contact_id, "role": "CEO \ud83d", "serial": 10**30}]))
    assert (result.status, result.counts) == (0, {"updated": 1})
    assert contact(sandbox, contact_id)["role"] == "CEO \ufffd"


@pytest.mark.parametrize("name", ["outcomes_path", "rejects_path"])
def test_files_that_can_not_be_used_are_named(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    result = load(sandbox, tmp_path, "", **{name: "missing/x.jsonl"})
    assert result.last_line.endswith(f"{name}: missing/x.jsonl: No such file or directory")
    (tmp_path / "x.jsonl").write_text("no JSON\n")
    result = load(sandbox, tmp_path, "", **{name: "x.jsonl"})
    assert result.last_line.endswith(f"{name}: line 1 of x.jsonl is not a JSON object; correct or move it")


def test_a_line_that_a_crash_has_cut_off_is_forgotten(sandbox: Sandbox, tmp_path: Path) -> None:
    whole = '{"operation":"updated","id":"c1","record":{"id":"c1"}}'
    (tmp_path / "outcomes.jsonl").write_text(f'{whole}\n{{"operation":"upda')
    result = load(sandbox, tmp_path, messages([{"id": "c2"}]))
    assert result.status == 0
    assert [outcome["id"] for outcome in result.outcomes] == ["c1", "c2"]


def test_a_full_disk_is_told(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "input.singer").write_text(as_lines(messages([{"id": f"c{number}"} for number in range(50)])))
    files_of_1_kb = ["bash", "-c", 'ulimit -f 1; exec "$@" <input.singer', "limited"]
    process = subprocess.run(
        [*files_of_1_kb, *command(tmp_path, settings(sandbox))],
        env=environment(),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert process.stderr.splitlines()[-1].endswith("outcomes_path: outcomes.jsonl: No space left on device")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"on_error": "halt"}, "on_error: 'halt' is not one of ['continue', 'stop']"),
        ({"dry_run": "yes"}, "dry_run: 'yes' is not of type 'boolean', 'null'"),
        ({"contact_streams": "leavers"}, "contact_streams: 'leavers' is not of type 'array', 'null'"),
        ({"dryrun": True}, "dryrun: unknown setting; did you mean dry_run?"),
        ({"batch_size_rows": 1}, "batch_size_rows: unknown setting"),
        ({"api_key": None}, "api_key: this setting is required; in the environment it is TARGET_SPOTT_API_KEY"),
        ({"api_url": "http://192.0.2.1"}, "api_url: http://192.0.2.1 would send the API key unencrypted"),
    ],
    ids=range(7),
)
def test_a_wrong_setting_is_named_with_what_is_wrong(changes: dict[str, Any], line: str) -> None:
    status, lines = run_here("", changes)
    assert status == 1
    assert lines[-1].startswith(line)
