"""docs/orchestration.md is correct: each of its commands and queries runs."""

import os
import shlex
from pathlib import Path

import psycopg

from demo.fleet import BIN, COMMANDS, Fleet
from demo.install import ROOT
from tests.support.documents import code_blocks, run_bash

PAGE = ROOT / "docs/orchestration.md"
INSTALL = "orchestrate/install"
"""The fixture `fleet` runs it."""
COMMENTED = {f"orchestrate/.venv/bin/{shlex.join(command)}" for command in COMMANDS}
"""Commands of the services, which the fixture starts with a port of its own."""


def commands() -> list[str]:
    return [line for block in code_blocks(PAGE, "sh") for line in block.splitlines()]


def test_commands_work(fleet: Fleet, tmp_path: Path) -> None:
    run_by_ci = {line.removesuffix(" </dev/null") for line in (ROOT / ".ci/run").read_text().splitlines()}
    assert {INSTALL, *COMMENTED} <= set(commands())
    home = {"DAGSTER_HOME": str(tmp_path / "home"), "NORTH_KEY": "a-key"}
    for command in commands():
        if command in {INSTALL, *COMMENTED} | run_by_ci:
            continue
        if "accounts" in command:
            run_bash(command, tmp_path, os.environ | home)
        else:
            run_bash(command, ROOT, os.environ | fleet.environment | ({} if "migrate" in command else home))
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
