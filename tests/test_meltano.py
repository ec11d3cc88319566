"""Meltano runs the tap as the project says; what describes the tap to it is in `test_definitions.py`."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from jsonschema import Draft202012Validator

from demo import settings_of_pip
from demo_load import MELTANO
from spott_sandbox import Sandbox
from tests.model import assert_equal_to_source
from tests.tap import STREAMS, clean_environment, run
from tests.test_postgres import Database, new_database

ROOT = Path(__file__).parents[1]
PROJECT = yaml.safe_load((ROOT / "meltano.yml").read_text())
DEFINITION = yaml.safe_load((ROOT / "plugins/tap-spott.yml").read_text())
Plugin = dict[str, Any]


@pytest.fixture(scope="module")
def about() -> Plugin:
    """What the tap says about itself."""
    described: Plugin = json.loads(run("--about", "--format=json").stdout)
    return described


def default(name: str, setting: dict[str, Any]) -> object:
    # It has the version, which these files should not.
    return None if name == "user_agent" else setting.get("default")


def test_the_example_of_an_environment_has_every_setting_with_its_default(about: Plugin) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    shown = dict(line.removeprefix("# ").split("=", 1) for line in lines if "TAP_SPOTT_" in line)
    defaults = {
        name: "" if value is None else value if isinstance(value, str) else json.dumps(value)
        for name, value in ((name, default(name, each)) for name, each in about["settings"]["properties"].items())
    }
    assert shown == {f"TAP_SPOTT_{name.upper()}": value for name, value in defaults.items()}


class Meltano:
    """A Meltano project like this one, which leaves the checkout's alone."""

    def __init__(self, folder: Path, sandbox: Sandbox, database: str) -> None:
        text = (ROOT / "meltano.yml").read_text().replace("pip_url: -e .", f"pip_url: -e {ROOT}")
        (folder / "meltano.yml").write_text(text)
        self.folder = folder
        self.settings = {
            "TAP_SPOTT_API_KEY": sandbox.api_key,
            "TAP_SPOTT_API_URL": sandbox.url,
            "TAP_SPOTT_REQUESTS_PER_MINUTE": "100000",
            "TARGET_POSTGRES_SQLALCHEMY_URL": database.replace("postgresql://", "postgresql+psycopg://"),
        }

    def __call__(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return meltano(self.folder, *arguments, **self.settings | settings)


def meltano(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run Meltano in a project's folder; its hub can't be reached."""
    environment = settings_of_pip() | clean_environment() | {"MELTANO_HUB_URL": "http://127.0.0.1:1"} | settings
    # Four programs start in a run. Without compiled bytecode each takes twice as long.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(
        [*MELTANO, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def source() -> Iterator[Sandbox]:
    with Sandbox(contacts=150, seed=11) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def database(postgres: str) -> str:
    return new_database(postgres, "meltano").uri


@pytest.fixture(scope="module")
def project(source: Sandbox, database: str, tmp_path_factory: pytest.TempPathFactory) -> Meltano:
    return Meltano(tmp_path_factory.mktemp("project"), source, database)


def query(database: str, text: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute(text.encode()).fetchall()


def rows(database: str) -> dict[str, int]:
    return {stream: query(database, f"SELECT count(*) FROM tap_spott.{stream}")[0][0] for stream in STREAMS}  # noqa: S608 - our own names


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


def test_config_test_passes_and_a_start_date_without_offset_is_utc(project: Meltano, source: Sandbox) -> None:
    source.clear_requests()
    tested = project("config", "test", "tap-spott", TAP_SPOTT_START_DATE="2024-01-31T12:00:00", TZ="America/New_York")
    assert tested.returncode == 0, tested.stderr
    assert "Plugin configuration is valid" in tested.stdout
    assert source.requests()[0]["query"]["modifiedSince"] == ["2024-01-31T12:00:00.000Z"]


def test_config_test_says_all_about_a_wrong_key(project: Meltano) -> None:
    tested = project("config", "test", "tap-spott", TAP_SPOTT_API_KEY="wrong")
    assert tested.returncode == 1
    # Meltano shows the last line of the tap, and nothing else of it.
    (line,) = [line for line in tested.stderr.splitlines() if line.startswith("{")]
    assert json.loads(line)["message"].startswith("client_contacts: Spott rejected the API key (401, request ")


def test_run_loads_everything_and_then_what_has_changed(project: Meltano, source: Sandbox, database: str) -> None:
    expected = {
        "client_contacts": len(source.contacts()),
        "client_contact_details": len(source.details()),
        "opportunities": len(source.opportunities()),
    }
    first = project("run", "postgres")
    assert first.returncode == 0, first.stderr
    assert rows(database) == expected
    assert_equal_to_source(Database(database).as_warehouse(), source)

    (changed,) = source.touch(fields={"role": "Changed"})["ids"]
    source.clear_requests()
    second = project("run", "postgres")
    assert second.returncode == 0, second.stderr
    assert rows(database) == expected
    assert query(database, "SELECT id FROM tap_spott.client_contacts WHERE role = 'Changed'") == [(changed,)]
    assert_equal_to_source(Database(database).as_warehouse(), source)
    assert [request["path"] for request in source.requests()].count("/clients/contacts") == 1


def test_another_project_can_add_the_tap_from_its_definition(tmp_path: Path) -> None:
    (tmp_path / "meltano.yml").write_text("requires_meltano: '>=4'\nsend_anonymous_usage_stats: false\n")
    definition = str(ROOT / "plugins/tap-spott.yml")
    quiet = {"MELTANO_CLI_DISABLE_VERSION_CHECK": "true"}
    added = meltano(tmp_path, "add", "--no-install", "tap-spott", "--from-ref", definition, **quiet)
    assert added.returncode == 0, added.stderr
    (plugin,) = yaml.safe_load((tmp_path / "meltano.yml").read_text())["plugins"]["extractors"]
    assert plugin["pip_url"] == "tap-spott"
    assert [setting["name"] for setting in plugin["settings"]] == [each["name"] for each in DEFINITION["settings"]]
