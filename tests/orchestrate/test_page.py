"""docs/orchestration.md is correct: each of its commands and queries runs."""

import os
import shlex
import sys
from pathlib import Path

import psycopg

from demo.fleet import BIN, COMMANDS, Fleet
from demo.install import ROOT, pip_settings_for_uv
from tests.support.documents import code_blocks, run_bash

PAGE = ROOT / "docs/orchestration.md"
BY_FIXTURES = {
    "orchestrate/install",
    *(f"orchestrate/.venv/bin/{shlex.join(command)}" for command in COMMANDS),
    "orchestrate/.venv/bin/celery --app=orchestrate.worker worker --concurrency=4",
}
"""Commands that the fixtures of these tests run: the services with ports and names of their own."""


def test_commands_work(fleet: Fleet, tmp_path: Path) -> None:
    run_by_ci = {line.removesuffix(" </dev/null") for line in (ROOT / ".ci/run").read_text().splitlines()}
    blocks = code_blocks(PAGE, "sh")
    assert set("".join(blocks).splitlines()) >= BY_FIXTURES
    new = {"DAGSTER_HOME": str(tmp_path / "home"), "NORTH_KEY": "a-key"}
    path = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for block in blocks:
        if set(block.splitlines()) <= BY_FIXTURES | run_by_ci:
            continue
        if "dagster.yaml" in block:
            run_bash(block, ROOT, os.environ | new)
        elif "NORTH_KEY" in block:
            run_bash(block, tmp_path, os.environ | new)
        else:
            run_bash(block, ROOT, pip_settings_for_uv() | os.environ | fleet.environment | path)
    assert (tmp_path / "home/dagster.yaml").read_text() == (ROOT / "orchestrate/dagster.yaml").read_text()
    listed = (
        "from orchestrate.accounts import list_accounts, read_account as read; print(list_accounts(), read('north'))"
    )
    shown = run_bash(f'{BIN}/python -c "{listed}"', ROOT, os.environ | {"SPOTT_ACCOUNTS": str(tmp_path / "accounts")})
    assert shown == "['north'] {'TAP_SPOTT_API_KEY': 'a-key'}\n"
    assert (tmp_path / "accounts/north.env").stat().st_mode & 0o077 == 0


def test_queries_work(fleet: Fleet) -> None:
    with psycopg.connect(fleet.database["warehouse"]) as connection:
        for query in code_blocks(PAGE, "sql"):
            connection.execute(query.encode())
