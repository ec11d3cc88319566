"""The commands of the project documents work in a new clone, from the checks to a release's wheel."""

import json
import re
from pathlib import Path

import pytest

from tap_spott.records.personal_data import without_annotations
from tests.support.documents import DOCUMENTS, ROOT, code_blocks, run_bash, run_by_ci

UNIT_TESTS = ".venv/bin/pytest tests/unit"


def test_documented_commands_work(clone: Path) -> None:
    blocks = [block for document in DOCUMENTS for block in code_blocks(document, "sh")]
    commands = [command for block in blocks for command in block.splitlines()]
    assert UNIT_TESTS in commands
    for command in commands:
        if command not in run_by_ci():
            # These tests are a part of the suite that runs here.
            run_bash(f"{command} --collect-only" if command == UNIT_TESTS else command, clone)

    assert run_bash("git status --porcelain", clone) == ""  # the definitions were up to date
    (clone / "ugly.py").write_text("import os\n")
    with pytest.raises(AssertionError, match="F401"):
        run_bash("git add ugly.py && git commit --message 'Ugly'", clone)
    tag = re.search(r"git push origin (v\S+)", "\n".join(commands))
    assert tag
    assert run_bash("git ls-remote --tags origin", clone).endswith(f"refs/tags/{tag[1]}^{{}}\n")
    run_bash("git reset --quiet --hard && .venv/bin/uv build --quiet --wheel --out-dir ../dist", clone)
    assert [path.name.split("-")[1] for path in (clone.parent / "dist").glob("*.whl")] == [tag[1].removeprefix("v")]


def test_documented_stream_is_discovered(clone: Path) -> None:
    contributing = ROOT / "CONTRIBUTING.md"
    (code,), (schema,) = code_blocks(contributing, "python"), code_blocks(contributing, "json")
    streams = clone / "tap_spott/streams/definitions.py"
    before, after = streams.read_text().split("STREAMS:")
    streams.write_text(f"{before}{code}\n\nSTREAMS:{after}")
    (clone / "tap_spott/streams/schemas/offices.json").write_text(schema)
    run_bash(".venv/bin/ruff check && .venv/bin/ruff format --check", clone)
    discover = """\
from tap_spott.streams.definitions import Offices
from tap_spott.tap import TapSpott
assert [endpoint.path for endpoint in Offices.endpoints] == ["/offices"]
TapSpott.cli(["--discover"])"""
    catalog = json.loads(run_bash(f".venv/bin/python -c '{discover}'", clone))
    (offices,) = [stream for stream in catalog["streams"] if stream["stream"] == "offices"]
    assert (offices["key_properties"], offices["replication_key"]) == (["id"], "syncedAt")
    assert offices["schema"]["properties"] == without_annotations(json.loads(schema)["properties"])
    kinds = {tuple(part["breadcrumb"]): part["metadata"]["personal-data"] for part in offices["metadata"]}
    assert kinds[("properties", "city")] == ["address"]
