"""Test that docs/sandbox.md is correct and that its commands work."""

import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import requests
from starlette.routing import Route

from spott_sandbox.admin_api import AdminAPI
from spott_sandbox.dataset import generate_dataset
from spott_sandbox.settings import FaultKind
from spott_sandbox.state import State
from tests.support.documents import ROOT, code_blocks, marked, run_bash
from tests.support.tap import clean_environment

PAGE = ROOT / "docs/sandbox.md"
SCRIPTS = Path(sys.executable).parent
PROGRAM = str(SCRIPTS / "spott-sandbox")
ADDRESS = "http://127.0.0.1:8710"


def commands(start: str) -> list[str]:
    return [block for block in code_blocks(PAGE, "sh") if block.startswith(start)]


@contextmanager
def running(command: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Run a server command of the page on a free port, and yield its base URL and process."""
    arguments = [PROGRAM, *command.split()[1:], "--port=0"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield process.stdout.readline().split()[0], process
        process.send_signal(signal.SIGINT)


def test_every_command_has_a_test() -> None:
    assert [len(commands(start)) for start in ("spott-sandbox", "curl", "")] == [3, 3, 6]


def test_server_and_admin_commands(tmp_path: Path) -> None:
    serve, _, _ = commands("spott-sandbox")
    change, reset, touch = commands("curl")
    with running(serve) as (url, process):
        settings = json.loads(run_bash(change.replace(ADDRESS, url), tmp_path))
        assert (settings["latency"], settings["faults"]) == (0.2, {"503": 0.05})
        assert json.loads(run_bash(reset.replace(ADDRESS, url), tmp_path))["faults"] == {}
        assert len(json.loads(run_bash(touch.replace(ADDRESS, url), tmp_path))["ids"]) == 3
        opportunities = requests.get(f"{url}/_sandbox/records/opportunities", timeout=10).json()["items"]
        assert sum(" · change " in str(item["record"]) for item in opportunities) == 3
        requests.get(f"{url}/clients/contacts", headers={"x-api-key": "sandbox-key"}, timeout=10)
        process.send_signal(signal.SIGINT)
        assert process.stderr
        heading = process.stderr.readline().split()
    assert heading in [line.split() for line in PAGE.read_text().splitlines()]


def test_fault_command() -> None:
    _, _, serve = commands("spott-sandbox")
    with running(serve) as (url, _), requests.Session() as session:
        session.headers["x-api-key"] = "sandbox-key"
        statuses = Counter(session.get(f"{url}/clients/contacts?limit=1").status_code for _ in range(60))
    assert set(statuses) == {200, 503}


def test_command_with_tap(tmp_path: Path) -> None:
    _, command, _ = commands("spott-sandbox")
    environment = clean_environment() | {"PATH": f"{SCRIPTS}:/usr/bin:/bin", "TAP_SPOTT_REQUESTS_PER_MINUTE": "100000"}
    run_bash(command, tmp_path, environment)
    messages = [json.loads(line) for line in (tmp_path / "output.jsonl").read_text().splitlines()]
    records = [each for each in messages if each["type"] == "RECORD" and each["stream"] == "client_contacts"]
    assert len({record["record"]["id"] for record in records}) == 50


def test_python_example(tmp_path: Path) -> None:
    (example,) = code_blocks(PAGE, "python")
    subprocess.run([sys.executable, "-c", example], cwd=tmp_path, check=True)


def test_options_are_current() -> None:
    environment = clean_environment() | {"COLUMNS": "120"}
    shown = subprocess.run([PROGRAM, "--help"], env=environment, capture_output=True, text=True, check=True).stdout
    options = re.search(r"^data and address.*?(?=\n\nexamples:)", shown, re.MULTILINE | re.DOTALL)
    assert options
    assert marked(PAGE, "options") == f"```\n{options[0]}\n```"


def test_table_of_faults_is_complete() -> None:
    section = PAGE.read_text().partition("| Fault |")[2].partition("\n## ")[0]
    first_cells = re.findall(r"^\| (`.*?) \|", section, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(first_cells))) == sorted(get_args(FaultKind))


def test_table_of_admin_endpoints_is_complete() -> None:
    mount = AdminAPI(State(generate_dataset(1, 1), "key")).mount
    routes = [route for route in mount.routes if isinstance(route, Route)]
    names = {f"{method} /_sandbox{route.path}" for route in routes for method in (route.methods or set()) - {"HEAD"}}
    assert set(re.findall(r"^\| `(\w+ /_sandbox\S+)` \|", PAGE.read_text(), re.MULTILINE)) == names
