"""Meltano runs the tap as the project says; what describes the tap to it is in `test_definitions.py`."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from demo import settings_of_pip
from demo_load import MELTANO
from scripts import plugin_definitions
from spott_sandbox import Sandbox
from tests.meltano import ROOT, Project, meltano, source_settings
from tests.tap import clean_environment

PROJECT = yaml.safe_load((ROOT / "meltano.yml").read_text())
DEFINITION = yaml.safe_load((ROOT / "plugins/tap-spott.yml").read_text())
Plugin = dict[str, Any]


def default(name: str, setting: dict[str, Any]) -> object:
    # It has the version, which these files should not.
    return None if name == "user_agent" else setting.get("default")


@pytest.mark.parametrize("program", ["tap-spott", "target-spott"])
def test_the_example_of_an_environment_has_every_setting_with_its_default(program: str) -> None:
    about, prefix = plugin_definitions.about(program), program.upper().replace("-", "_")
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = dict(line.removeprefix("# ").split("=", 1) for line in lines if line.startswith(f"# {prefix}_"))
    defaults = {
        name: "" if value is None else value if isinstance(value, str) else json.dumps(value)
        for name, value in ((name, default(name, each)) for name, each in about["settings"]["properties"].items())
    }
    assert shown == {f"{prefix}_{name.upper()}": value for name, value in defaults.items()}


def test_the_project_is_what_meltano_calls_one() -> None:
    show = (
        "from importlib.resources import files; print((files('meltano') / 'schemas/meltano.schema.json').read_text())"
    )
    uvx, python, version = MELTANO
    shown = subprocess.run(
        [uvx, python, f"--from={version}", "python", "-c", show],
        env=settings_of_pip() | clean_environment(),
        capture_output=True,
        check=True,
    )
    assert not [error.message for error in Draft202012Validator(json.loads(shown.stdout)).iter_errors(PROJECT)]


def test_config_test_passes_and_a_start_date_without_offset_is_utc(project: Project, sandbox: Sandbox) -> None:
    start = {"TAP_SPOTT_START_DATE": "2024-01-31T12:00:00", "TZ": "America/New_York"}
    tested = project.run("config", "test", "tap-spott", **source_settings(sandbox), **start)
    assert tested.returncode == 0, tested.stderr
    assert "Plugin configuration is valid" in tested.stdout
    assert sandbox.requests()[0]["query"]["modifiedSince"] == ["2024-01-31T12:00:00.000Z"]


def test_config_test_says_all_about_a_wrong_key(project: Project, sandbox: Sandbox) -> None:
    wrong = source_settings(sandbox) | {"TAP_SPOTT_API_KEY": "wrong"}
    tested = project.run("config", "test", "tap-spott", **wrong)
    assert tested.returncode == 1
    # Meltano shows the last line of the tap, and nothing else of it.
    (line,) = [line for line in tested.stderr.splitlines() if line.startswith("{")]
    assert json.loads(line)["message"].startswith("client_contacts: Spott rejected the API key (401, request ")


def test_another_project_can_add_the_tap_from_its_definition(tmp_path: Path) -> None:
    (tmp_path / "meltano.yml").write_text("requires_meltano: '>=4'\nsend_anonymous_usage_stats: false\n")
    definition = str(ROOT / "plugins/tap-spott.yml")
    quiet = {"MELTANO_CLI_DISABLE_VERSION_CHECK": "true"}
    added = meltano(tmp_path, "add", "--no-install", "tap-spott", "--from-ref", definition, **quiet)
    assert added.returncode == 0, added.stderr
    (plugin,) = yaml.safe_load((tmp_path / "meltano.yml").read_text())["plugins"]["extractors"]
    assert plugin["pip_url"] == "tap-spott"
    assert [setting["name"] for setting in plugin["settings"]] == [each["name"] for each in DEFINITION["settings"]]
