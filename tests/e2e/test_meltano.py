"""This project's `meltano.yml` is valid, and the README's pipe works. test_postgres.py runs the README's job."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from demo.meltano import MELTANO
from scripts import plugin_definitions
from spott_sandbox import Sandbox
from tests.support.documents import command_with, run_bash
from tests.support.meltano import (
    ROOT,
    Project,
    environment,
    source_settings,
    target_settings,
)
from tests.support.oracle import assert_equal_to_source
from tests.support.postgres import Database

PROJECT = yaml.safe_load((ROOT / "meltano.yml").read_text())
DEFINITION = yaml.safe_load((ROOT / "plugins/tap-spott.yml").read_text())
Plugin = dict[str, Any]


def default(name: str, setting: dict[str, Any]) -> object:
    # The default user agent contains the version, so files omit it.
    return None if name == "user_agent" else setting.get("default")


@pytest.mark.parametrize("program", ["tap-spott", "target-spott"])
def test_env_example_has_each_setting_with_its_default(program: str) -> None:
    about, prefix = plugin_definitions.about(program), program.upper().replace("-", "_")
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = dict(line.removeprefix("# ").split("=", 1) for line in lines if line.startswith(f"# {prefix}_"))
    defaults = {
        name: "" if value is None else value if isinstance(value, str) else json.dumps(value)
        for name, value in ((name, default(name, each)) for name, each in about["settings"]["properties"].items())
    }
    assert shown == {f"{prefix}_{name.upper()}": value for name, value in defaults.items()}


@pytest.mark.usefixtures("plugins")
def test_meltano_yml_matches_the_schema_of_meltano() -> None:
    show = (
        "from importlib.resources import files; print((files('meltano') / 'schemas/meltano.schema.json').read_text())"
    )
    uvx, python, version = MELTANO
    shown = subprocess.run(
        [uvx, python, f"--from={version}", "python", "-c", show],
        env=environment({}),
        capture_output=True,
        check=True,
    )
    assert not [error.message for error in Draft202012Validator(json.loads(shown.stdout)).iter_errors(PROJECT)]


def test_config_test_shows_the_error_for_a_wrong_key(project: Project, sandbox: Sandbox) -> None:
    wrong = source_settings(sandbox) | {"TAP_SPOTT_API_KEY": "wrong"}
    tested = project.run("config", "test", "tap-spott", **wrong)
    assert tested.returncode == 1
    # Meltano shows only the last line of the tap.
    (line,) = [line for line in tested.stderr.splitlines() if line.startswith("{")]
    assert json.loads(line)["message"].startswith("client_contacts: Spott rejected the API key (401, request ")


def test_pipe_of_the_readme_loads_an_account_and_resumes(tmp_path: Path, postgres: str, sandbox: Sandbox) -> None:
    database = Database(postgres, "pipes")
    target = {"sqlalchemy_url": target_settings(database)["TARGET_POSTGRES_SQLALCHEMY_URL"]}
    (tmp_path / "target.json").write_text(json.dumps(target | {"default_target_schema": "tap_spott"}))
    programs = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    for _ in range(2):
        sandbox.clear_requests()
        run_bash(command_with("state.json"), tmp_path, environment(source_settings(sandbox) | programs))
        assert_equal_to_source(database.as_warehouse("client_contacts"), sandbox, "client_contacts")
    (again,) = [each for each in sandbox.requests() if each["path"] == "/clients/contacts"]
    assert again["query"]["modifiedSince"]
