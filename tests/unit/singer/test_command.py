"""The command line: invalid options and files end with one line that names them."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from spott_singer.command import schedule_as_batch
from tap_spott.tap import TapSpott
from tests.support.logs import logged

NOT_JSON = "not valid JSON; correct the file"
NOT_AN_OBJECT = "not a JSON object; the file must look like {...}"
INVALID_COMMANDS = {
    "no settings": ([], "api_key: required setting is missing; set it, or the variable TAP_SPOTT_API_KEY"),
    "missing file": (["--config", "nowhere.json"], "--config nowhere.json: No such file or directory; check the path"),
    "folder": (["--config", "."], "--config .: Is a directory; check the path"),
    "settings not JSON": (["--config", "text"], f"--config text: {NOT_JSON}"),
    "settings not text": (["--config", "bytes"], f"--config bytes: {NOT_JSON}"),
    "settings NaN": (["--config", "nan"], f"--config nan: {NOT_JSON}"),
    "settings array": (["--config", "array"], f"--config array: {NOT_AN_OBJECT}"),
    "state not JSON": (["--config", "good", "--state", "text"], f"--state: {NOT_JSON}"),
    "state array": (["--config", "good", "--state", "array"], f"--state: {NOT_AN_OBJECT}"),
    "catalog array": (["--config", "good", "--catalog", "array"], f"--catalog: {NOT_AN_OBJECT}"),
    "catalog without streams": (["--config", "good", "--catalog", "good"], "--catalog: not a Singer catalog; create"),
    "variable not an integer": (["--config", "ENV"], "TAP_SPOTT_PAGE_SIZE: 'many' is not an integer; use digits only"),
}
FILES = {
    "text": b"api_key=x",
    "bytes": b"\xff",
    "nan": b'{"api_key": NaN}',
    "array": b"[1]",
    "good": b'{"api_key": "x"}',
}


@pytest.mark.parametrize("case", INVALID_COMMANDS)
def test_invalid_command_ends_with_one_line(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command, message = INVALID_COMMANDS[case]
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TAP_SPOTT_PAGE_SIZE", "many")
    monkeypatch.setenv("TAP_SPOTT_API_KEY", "x")
    with logged("tap-spott") as lines, pytest.raises(SystemExit) as end:
        TapSpott.cli.main(command, prog_name="tap-spott")
    assert end.value.code == 1
    assert lines[-1].startswith(message)


@pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="only Linux has this policy")
@pytest.mark.parametrize(("given", "used"), [("SCHED_OTHER", "SCHED_BATCH"), ("SCHED_IDLE", "SCHED_IDLE")])
def test_batch_policy_replaces_only_the_default(given: str, used: str) -> None:
    def policy_of_a_thread() -> int:
        os.sched_setscheduler(0, getattr(os, given), os.sched_param(0))
        schedule_as_batch()
        return os.sched_getscheduler(0)

    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(policy_of_a_thread).result() == getattr(os, used)
