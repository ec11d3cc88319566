"""docs/privacy.md is correct: its settings work, and it lists all columns with personal data."""

import json
import re
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest
import yaml

from spott_sandbox import Sandbox
from spott_singer.pseudonyms import pseudonym
from tests.support.documents import ROOT, code_blocks, run_bash
from tests.support.meltano import Project, do, source_settings
from tests.support.oracle import SCHEMAS, source
from tests.support.tap import TAP, Record, clean_environment, select, settings, sync

PRIVACY = ROOT / "docs/privacy.md"


def test_excluded_columns_are_not_written(tmp_path: Path, plugins: Path, small: Sandbox) -> None:
    (selection, _), (_, command) = code_blocks(PRIVACY, "yaml"), code_blocks(PRIVACY, "sh")
    project = Project(tmp_path, plugins)
    path = tmp_path / "meltano.yml"
    content = yaml.safe_load(path.read_text())
    content["plugins"]["extractors"][0] |= yaml.safe_load(selection)
    path.write_text(yaml.safe_dump(content))
    connection = {name: value for name, value in source_settings(small).items() if name != "TAP_SPOTT__SELECT"}
    written = do(project.folder, f"{command}meltano invoke tap-spott\n", **connection)
    records = records_by_stream(written)
    excluded = [name.removeprefix("!") for name in yaml.safe_load(selection)["select"] if name.startswith("!")]
    for name in ["client_contacts.avatarUrl", *excluded]:
        stream, column = name.split(".")
        assert records[stream]
        assert column in SCHEMAS[stream]["properties"]
        assert not any(column in record for record in records[stream])


def records_by_stream(written: str) -> dict[str, list[Record]]:
    records: dict[str, list[Record]] = {stream: [] for stream in SCHEMAS}
    for line in written.splitlines():
        if line.startswith("{") and (message := json.loads(line)).get("type") == "RECORD":
            records[message["stream"]].append(message["record"])
    return records


def test_stream_maps_hash_columns(sandbox: Sandbox) -> None:
    _, maps = code_blocks(PRIVACY, "yaml")
    config: dict[str, Any] = yaml.safe_load(maps)
    output = sync(settings(sandbox, **config), catalog=select("client_contacts"))
    people = source(sandbox, "client_contacts")
    assert {record["id"] for record in output.records("client_contacts")} == people.keys()
    for record in output.records("client_contacts"):
        for column in ("firstName", "lastName"):
            text = config["stream_map_config"]["secret"] + (people[record["id"]][column] or "")
            assert record[column] == md5(text.encode(), usedforsecurity=False).hexdigest()
        assert "avatarUrl" not in record


def test_commands_make_a_key_and_print_pseudonyms(tmp_path: Path) -> None:
    (make_key, _), (shown,) = code_blocks(PRIVACY, "sh"), code_blocks(PRIVACY, "console")
    run_bash(make_key, tmp_path)
    _, _, key = (tmp_path / ".env").read_text().strip().partition("=")
    command, address, printed = shown.removeprefix("$ ").splitlines()
    environment = clean_environment() | {"TAP_SPOTT_PSEUDONYM_KEY": key, "PATH": str(Path(TAP).parent)}
    found = run_bash(f"echo '{address}' | {command}", tmp_path, environment)
    assert found == pseudonym(key.encode(), "email", address) + "\n"
    assert len(found.strip()) == len(printed)


def personal_columns() -> dict[str, set[str]]:
    """Return the columns with personal data that the page lists, by stream."""
    rows = re.findall(r"^\| `(\w+)` \|(.*)$", PRIVACY.read_text(), re.MULTILINE)
    return {stream: set(re.findall(r"`(\w+)`", cells)) for stream, cells in rows}


PERSONAL = re.compile(
    "firstName|lastName|mail|phone|birth|gender|nationality|compensation|^content$|customAttribute|otherFields",
    re.IGNORECASE,
)


def paths(schema: Any) -> set[tuple[str, ...]]:  # noqa: ANN401 - JSON may be anything
    """Return the path of each property of a schema, at every depth."""
    schema = schema.get("items", schema)
    inner = schema.get("properties", {})
    return {(name, *path) for name, column in inner.items() for path in {(), *paths(column)}}


@pytest.mark.parametrize("stream", SCHEMAS)
def test_page_lists_columns_with_personal_data(stream: str) -> None:
    listed, columns = personal_columns()[stream], paths(SCHEMAS[stream])
    assert listed <= {name for path in columns for name in path}
    assert [path for path in columns if PERSONAL.search(path[-1]) and not listed & set(path)] == []
