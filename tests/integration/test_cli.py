"""The installed command: its output and how it ends."""

import json
import os
import shlex
import subprocess
from pathlib import Path

import pytest

from spott_sandbox import Sandbox
from tests.support.client import wait_until
from tests.support.tap import BY_DEFAULT, CORE, KEYS, STREAMS, TAP, arguments, clean_environment, run, settings


def test_about_lists_settings_without_batch() -> None:
    about = json.loads(run("--about", "--format=json").stdout)
    assert {"api_key", "page_size", "concurrency", "lookback_seconds"} <= about["settings"]["properties"].keys()
    assert about["settings"]["properties"]["api_key"]["secret"] is True
    assert "batch" not in about["capabilities"]


def test_discover_needs_no_api_key() -> None:
    discovery = run("--discover")
    assert discovery.returncode == 0
    streams = {stream["tap_stream_id"]: stream for stream in json.loads(discovery.stdout)["streams"]}
    assert list(streams) == list(STREAMS)
    assert {name: tuple(stream["key_properties"]) for name, stream in streams.items()} == KEYS
    assert [streams[name]["replication_key"] for name in CORE] == ["modifiedAt", "syncedAt", "modifiedAt"]


def test_connection_test_reads_one_record_per_selected_stream(sandbox: Sandbox, tmp_path: Path) -> None:
    process = run(*arguments(tmp_path, settings(sandbox)), "--test")
    assert process.returncode == 0
    assert "ERROR" not in process.stderr
    assert [line.count('"type":"RECORD"') for line in process.stdout.splitlines()].count(1) == len(BY_DEFAULT)


def test_connection_test_fails_if_a_stream_fails(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(forbidden=["/opportunities"])
    process = run(*arguments(tmp_path, settings(sandbox)), "--test")
    assert process.returncode == 1
    assert "opportunities: GET /opportunities: the API key has no permission" in process.stderr.splitlines()[-1]


def test_settings_come_from_the_environment(sandbox: Sandbox) -> None:
    environment = {"TAP_SPOTT_API_KEY": sandbox.api_key, "TAP_SPOTT_API_URL": sandbox.url, "TAP_SPOTT_PAGE_SIZE": "7"}
    process = run("--config=ENV", "--test", env=environment)
    assert process.returncode == 0
    assert sandbox.requests()[0]["query"]["limit"] == ["7"]


def test_invalid_settings_end_with_one_line() -> None:
    process = run()
    assert process.returncode == 1
    assert "| ERROR " in process.stderr.splitlines()[-1]
    assert process.stderr.endswith("api_key: required setting is missing; set it, or the variable TAP_SPOTT_API_KEY\n")
    assert "Traceback" not in process.stderr


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="only Linux has this policy")
def test_threads_run_as_a_batch_program(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.settings(latency=1)
    with subprocess.Popen(
        [TAP, *arguments(tmp_path, settings(sandbox))],
        env=clean_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as tap:
        wait_until(lambda: bool(sandbox.requests()))
        policies = {os.sched_getscheduler(int(thread.name)) for thread in Path(f"/proc/{tap.pid}/task").iterdir()}
        tap.kill()
    assert policies == {os.SCHED_BATCH}


def test_closed_pipe_ends_with_one_line(sandbox: Sandbox, tmp_path: Path) -> None:
    command = shlex.join([TAP, *arguments(tmp_path, settings(sandbox))])
    process = subprocess.run(
        ["/bin/bash", "-c", f"set -o pipefail; {command} | head -1"],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 1
    assert "The target closed the pipe" in process.stderr.splitlines()[-1]
    assert "Traceback" not in process.stderr
