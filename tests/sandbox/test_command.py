"""Test the `spott-sandbox` command and the process of a `Sandbox`."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest
import requests

from tests.sandbox.client import CONTACTS


def spott_sandbox(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spott_sandbox", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_command_gets_connection_and_its_exit_status_is_returned() -> None:
    script = (
        "import os, sys, urllib.request as u;"
        "url = os.environ['TAP_SPOTT_API_URL'] + '/opportunities';"
        "u.urlopen(u.Request(url, headers={'x-api-key': os.environ['TAP_SPOTT_API_KEY']}));"
        "sys.exit(3)"
    )
    ended = spott_sandbox("--contacts", "5", "--", sys.executable, "-c", script)
    assert (ended.returncode, ended.stdout, ended.stderr) == (3, "", "")


def test_exit_status_of_killed_and_missing_commands() -> None:
    kill = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    assert spott_sandbox("--contacts=1", "--", sys.executable, "-c", kill).returncode == 128 + 9
    missing = spott_sandbox("--contacts=1", "--", "no-such-command")
    assert missing.returncode == 127
    assert missing.stderr == "spott-sandbox: no-such-command: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--fault", "nope=1"], "unknown kind 'nope'"),
        (["--fault", "500=2"], "faults"),
        (["--fault", "500=often"], "'often' is not a valid number"),
        (["--order", "random"], "order"),
        (["--contacts=-1"], "whole number"),
        (["--nonsense"], "--nonsense"),
        (["--"], "no command after --"),
    ],
)
def test_invalid_options_fail_with_one_line(arguments: list[str], reason: str) -> None:
    ended = spott_sandbox(*arguments)
    assert ended.returncode == 2
    assert reason in ended.stderr.splitlines()[-1]
    assert "Traceback" not in ended.stderr


def test_server_prints_its_url_and_a_table_on_ctrl_c() -> None:
    command = [sys.executable, "-m", "spott_sandbox", "--contacts=1", "--port=0", "--latency=0.01"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        url, _, key = process.stdout.readline().split()
        assert requests.get(url + CONTACTS, headers={"x-api-key": key}, timeout=10).status_code == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=10) == 0
        heading, row = process.stderr.read().splitlines()
        assert heading.split() == ["endpoint", "requests", "ok", "rejected", "throttled", "faults"]
        assert row.split() == ["GET", CONTACTS, "1", "1", "0", "0", "0"]


def test_server_logs_requests_every_ten_seconds() -> None:
    command = [sys.executable, "-m", "spott_sandbox", "--contacts=5", "--port=0", "--quota=4", "--fault=503=1"]
    command += ["--fault-limit=503=1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        url, _, key = process.stdout.readline().split()
        for each in (key, key, "wrong", key, key, key, key):
            requests.get(url + CONTACTS, headers={"x-api-key": each}, timeout=10)
        line = process.stderr.readline()
        process.terminate()
        process.stderr.read()
    assert re.fullmatch(r"7 requests, 1 a second, 0 in flight: 3 ok, 1 rejected, 2 throttled, 1 faults\n", line), line


def test_sandbox_exits_with_its_parent() -> None:
    start = "import time, spott_sandbox as s; x = s.Sandbox(contacts=1); print(x.pid, flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)
