"""The command line: what it prints, and how it ends."""

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from spott_sandbox import Sandbox
from tests.support.tap import BY_DEFAULT, CORE, KEYS, STREAMS, TAP, arguments, clean_environment, run, settings


def test_about_lists_the_settings_and_no_batch() -> None:
    about = json.loads(run("--about", "--format=json").stdout)
    assert {"api_key", "page_size", "concurrency", "lookback_seconds"} <= about["settings"]["properties"].keys()
    assert about["settings"]["properties"]["api_key"]["secret"] is True
    assert "batch" not in about["capabilities"]


def test_discover_needs_no_key() -> None:
    discovery = run("--discover")
    assert discovery.returncode == 0
    streams = {stream["tap_stream_id"]: stream for stream in json.loads(discovery.stdout)["streams"]}
    assert list(streams) == list(STREAMS)
    assert {name: tuple(stream["key_properties"]) for name, stream in streams.items()} == KEYS
    assert [streams[name]["replication_key"] for name in CORE] == ["modifiedAt", "modifiedAt", "syncedAt"]


def test_test_reads_one_record_of_each_stream(sandbox: Sandbox, tmp_path: Path) -> None:
    process = run(*arguments(tmp_path, settings(sandbox)), "--test")
    assert process.returncode == 0
    assert "ERROR" not in process.stderr
    assert [line.count('"type":"RECORD"') for line in process.stdout.splitlines()].count(1) == len(BY_DEFAULT)


def test_test_fails_where_a_stream_can_not_be_read(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(forbidden=["/opportunities"])
    process = run(*arguments(tmp_path, settings(sandbox)), "--test")
    assert process.returncode == 1
    assert "opportunities: GET /opportunities: the API key has no permission" in process.stderr.splitlines()[-1]


def test_settings_from_the_environment(sandbox: Sandbox) -> None:
    environment = {"TAP_SPOTT_API_KEY": sandbox.api_key, "TAP_SPOTT_API_URL": sandbox.url, "TAP_SPOTT_PAGE_SIZE": "7"}
    process = run("--config=ENV", "--test", env=environment)
    assert process.returncode == 0
    assert sandbox.requests()[0]["query"]["limit"] == ["7"]


BAD_COMMANDS = {
    "no settings": ([], "api_key: this setting is required; in the environment it is TAP_SPOTT_API_KEY"),
    "no such file": (["--config", "nowhere.json"], "--config nowhere.json: No such file or directory"),
    "a folder": (["--config", "."], "--config .: Is a directory"),
    "settings are not JSON": (["--config", "text"], "--config text: this is not JSON"),
    "settings are a list": (["--config", "list"], "--config list: this is not a JSON object"),
    "state is not JSON": (["--config", "good", "--state", "text"], "--state: this is not JSON"),
    "state is a list": (["--config", "good", "--state", "list"], "--state: this is not a JSON object"),
    "catalog is a list": (["--config", "good", "--catalog", "list"], "--catalog: this is not a JSON object"),
    "no catalog": (["--config", "good", "--catalog", "good"], "--catalog: this is no Singer catalog"),
    "an integer that is none": (["--config", "ENV"], "TAP_SPOTT_PAGE_SIZE: 'many' is no integer"),
}


@pytest.mark.parametrize("case", BAD_COMMANDS)
def test_a_bad_command_ends_with_one_line(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, message = BAD_COMMANDS[case]
    for name, text in {"text": "api_key=x", "list": "[1]", "good": '{"api_key": "x"}'}.items():
        (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    process = run(*command, env={"TAP_SPOTT_PAGE_SIZE": "many", "TAP_SPOTT_API_KEY": "x"} if "ENV" in command else {})
    assert process.returncode == 1
    assert message in process.stderr.splitlines()[-1]
    assert "Traceback" not in process.stderr


def test_a_closed_pipe_ends_with_one_line(sandbox: Sandbox, tmp_path: Path) -> None:
    command = shlex.join([TAP, *arguments(tmp_path, settings(sandbox))])
    process = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {command} | head -1"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert "The target has closed the pipe" in process.stderr.splitlines()[-1]
    assert "Traceback" not in process.stderr
