"""The target rejects invalid records, and reports invalid input and settings in one line without personal data."""

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from target_spott.fields import CREATE_FIELDS, UPDATE_FIELDS
from target_spott.target import TargetSpott
from tests.support.target import Result, messages, run_here

UNREACHABLE = {"api_key": "sk-live-5f0c9d1e", "api_url": "http://127.0.0.1:9", "max_retries": 0, "concurrency": 1}
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


def run(sent: str | list[Any], **changes: object) -> Result:
    """Run the command without a Spott that it could reach."""
    with tempfile.TemporaryDirectory() as folder:
        result = run_here(Path(folder), sent, UNREACHABLE | changes)
    assert "sk-live" not in result.stderr
    return result


@given(st.lists(RECORD, max_size=4))
def test_any_record_is_written_or_rejected(records: list[dict[str, Any]]) -> None:
    result = run(messages(records))
    assert result.status == 0 or "rejected" in result.last_line or "could not connect" in result.last_line


@given(st.lists(MESSAGE | JSON, max_size=4), st.booleans())
def test_any_message_ends_the_run_in_one_line(sent: list[Any], after_schema: bool) -> None:  # noqa: FBT001 - drawn
    run([*(messages([])[:1] if after_schema else []), *sent])


@given(st.text())
def test_any_text_ends_the_run_in_one_line(text: str) -> None:
    run(text.encode("utf-8", "replace").decode())


@given(st.dictionaries(st.sampled_from(SETTINGS) | st.text(), JSON, max_size=3))
def test_any_settings_end_the_run_in_one_line(changes: dict[str, Any]) -> None:
    reachable = {"api_url", "max_retries"}
    run(messages([{"id": "c1"}]), **{name: value for name, value in changes.items() if name not in reachable})


SCHEMA = {"type": "SCHEMA", "stream": "client_contacts", "schema": {"properties": {}}, "key_properties": []}
PERSON = {"type": "RECORD", "stream": "client_contacts", "record": {"firstName": "Secret"}}


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ("no JSON", "Input line 1: not a JSON object;"),
        ("[]", "Input line 1: not a JSON object;"),
        ('{"type": "RECORDS"}', "Input line 1: not a Singer message;"),
        ('{"stream": "x"}', "Input line 1: not a Singer message;"),
        ([PERSON], "Input line 1: a record of the stream 'client_contacts' comes before its SCHEMA message;"),
        ([SCHEMA, PERSON | {"record": "Secret"}], "Input line 2: invalid RECORD message (invalid `record`);"),
        ([SCHEMA | {"schema": {}}], "Input line 1: invalid SCHEMA message (invalid `schema`);"),
        (
            [SCHEMA | {"schema": {"properties": {"id": {"type": "strng"}}}}],
            "Input line 1: invalid SCHEMA message (`schema` is not a JSON Schema);",
        ),
        ([SCHEMA, {"type": "BATCH"}], "Input line 2: BATCH messages are not supported;"),
        ([{"type": "STATE"}], "Input line 1: invalid STATE message ('value' is a required property);"),
    ],
    ids=range(10),
)
def test_invalid_input_is_reported_by_line_without_quoting_it(sent: str | list[Any], line: str) -> None:
    result = run(sent)
    assert result.status == 1
    assert result.last_line.startswith(line)
    assert "Secret" not in result.stderr


def test_input_that_is_not_utf_8_is_reported(tmp_path: Path) -> None:
    (tmp_path / "in").write_bytes(b'{"type": "STATE", "value": "\xff\xfe"}\n')
    result = run_here(tmp_path, tmp_path / "in", UNREACHABLE)
    assert result.status == 1
    assert "Can't read the input: 'utf-8' codec can't decode byte 0xff" in result.last_line


def test_large_integers_and_lone_surrogates_are_accepted(tmp_path: Path) -> None:
    sent = messages([{"id": "c1", "role": "CEO \ud83d", "serial": 10**30}])
    result = run_here(tmp_path, sent, UNREACHABLE | {"dry_run": True})
    assert (result.status, result.counts) == (0, {"updated": 1})
    assert [outcome["body"] for outcome in result.outcomes] == [{"role": "CEO \ufffd"}]


def test_a_record_that_does_not_match_its_schema_message_is_rejected(tmp_path: Path) -> None:
    sent = messages([{"id": "c1", "role": 7}])
    sent[0]["schema"] = {"properties": {"id": {"type": "string"}, "role": {"type": "string"}}}
    result = run_here(tmp_path, sent, UNREACHABLE)
    assert result.counts == {"rejected": 1}
    assert result.reasons == ["role: doesn't match the SCHEMA message: 7 is not of type 'string'"]


def test_a_row_marked_as_deleted_is_rejected(tmp_path: Path) -> None:
    sent = messages([{"id": "c1", "role": "CFO", "_sdc_deleted_at": "2024-01-01T00:00:00Z", "_sdc_sequence": 1}])
    result = run_here(tmp_path, sent, UNREACHABLE)
    assert result.counts == {"rejected": 1}
    assert result.reasons[0].startswith("_sdc_deleted_at: the row is marked as deleted")
    assert result.rejects[0]["record"] == {"id": "c1", "role": "CFO", "_sdc_deleted_at": "2024-01-01T00:00:00Z"}


def test_fields_that_the_api_does_not_accept_are_named_once(tmp_path: Path) -> None:
    record = {"id": "c1", "role": "CFO", "gender": "male", "clientId": "x", "colour": "red", "e-mail": "a@b.c"}
    misspelled = {"id": "c1", "enddate": "2024-01-01"}
    result = run_here(tmp_path, messages([record, record, misspelled]), UNREACHABLE | {"dry_run": True})
    assert result.counts == {"updated": 2, "unchanged": 1}
    assert [outcome["body"] for outcome in result.outcomes[:2]] == [{"role": "CFO"}] * 2
    (line,) = [line for line in result.stderr.splitlines() if "Ignored" in line]
    names = "clientId, colour, e-mail, enddate (did you mean endDate?), gender"
    assert line == f"Ignored fields that Spott's API doesn't accept: {names}"


def test_an_empty_input_leaves_no_files(tmp_path: Path) -> None:
    result = run_here(tmp_path, "", UNREACHABLE)
    assert (result.status, result.counts) == (0, {})
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", "input.singer"}


def test_the_input_can_not_be_the_rejects_file(tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.jsonl"
    rejects.write_text(json.dumps({"stream": "client_contacts", "record": {}}) + "\n")
    result = run_here(tmp_path, rejects, UNREACHABLE)
    assert result.status == 1
    assert result.last_line.startswith("rejects_path: the input is the same file; rename the input")


def test_a_stream_outside_of_contact_streams_ends_the_run(tmp_path: Path) -> None:
    sent = messages([{"id": "c1", "role": "Mapped"}], stream="crm-leavers")
    result = run_here(tmp_path, sent, UNREACHABLE)
    assert result.status == 1
    assert result.last_line == (
        "contact_streams: the stream 'crm-leavers' is not listed; "
        "add it if its records are client contacts, or deselect it in the tap"
    )
    accepted = run_here(tmp_path, sent, UNREACHABLE | {"contact_streams": ["crm-leavers"], "dry_run": True})
    assert accepted.counts == {"updated": 1}


def test_stream_maps_rename_columns(tmp_path: Path) -> None:
    sent = messages([{"spott_id": "c1", "title": "Renamed"}], stream="people", keys=["spott_id"])
    sent[0]["schema"]["properties"] = {"spott_id": {"type": "string"}, "title": {"type": "string"}}
    mapping = {"people": {"id": "spott_id", "role": "title", "__key_properties__": ["id"], "__else__": None}}
    changes = {"contact_streams": ["people"], "stream_maps": mapping, "dry_run": True}
    result = run_here(tmp_path, sent, UNREACHABLE | changes)
    assert (result.status, result.counts) == (0, {"updated": 1}), result.stderr
    assert (result.outcomes[0]["id"], result.outcomes[0]["body"]) == ("c1", {"role": "Renamed"})


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"on_error": "halt"}, "on_error: 'halt' is not one of ['continue', 'stop']"),
        ({"dry_run": "yes"}, "dry_run: 'yes' is not of type 'boolean', 'null'"),
        ({"contact_streams": "leavers"}, "contact_streams: 'leavers' is not of type 'array', 'null'"),
        ({"dryrun": True}, "dryrun: unknown setting; did you mean dry_run?"),
        ({"batch_size_rows": 1}, "batch_size_rows: unknown setting; remove it"),
        ({"api_key": None}, "api_key: required setting is missing; set it, or the variable TARGET_SPOTT_API_KEY"),
        ({"api_url": "http://192.0.2.1"}, "api_url: http://192.0.2.1 would send the API key unencrypted"),
    ],
    ids=range(7),
)
def test_an_invalid_setting_is_named_with_the_problem(changes: dict[str, Any], line: str) -> None:
    result = run("", **changes)
    assert result.status == 1
    assert result.last_line.startswith(line)
