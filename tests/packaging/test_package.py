"""The wheel and the sdist contain the right files, and the wheel works in a new environment."""

import json
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from demo.install import pip_settings_for_uv
from spott_sandbox import Sandbox
from tests.support.tap import clean_environment

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).with_name("uv"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
COMMANDS: dict[str, str] = PROJECT["scripts"]
FAST = {"TAP_SPOTT_REQUESTS_PER_MINUTE": "100000"}
PACKAGES = ["spott_client", "spott_sandbox", "spott_singer", "tap_spott", "target_spott"]


def call(
    *command: str | Path, folder: Path = ROOT, check: bool = True, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command, with pip's package index for uv."""
    environment = pip_settings_for_uv() | clean_environment() | (env or {})
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=check)


def tracked(*paths: str) -> set[str]:
    """Return the files that git tracks or doesn't ignore."""
    listed = call("git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *paths).stdout.splitlines()
    return {path for path in listed if (ROOT / path).exists()}


def build(folder: Path, into: Path) -> tuple[Path, Path]:
    """Build the sdist, and the wheel from it, as a release does. Return both paths."""
    call(UV, "build", f"--python={sys.executable}", f"--out-dir={into}", folder=folder)
    (sdist,) = into.glob("*.tar.gz")
    (wheel,) = into.glob("*.whl")
    return sdist, wheel


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def version(built: tuple[Path, Path]) -> str:
    return built[0].name.removeprefix("tap_spott-").removesuffix(".tar.gz")


def locked(*options: str) -> set[str]:
    """Return the requirements in the lock file, without the project."""
    exported = call(UV, "export", "--frozen", "--no-emit-project", "--no-hashes", "--no-annotate", *options).stdout
    return {line for line in exported.splitlines() if not line.startswith("#")}


def names(requirements: set[str]) -> set[str]:
    return {re.split(r"[][ ;=~<>]", requirement)[0] for requirement in requirements}


Install = Callable[[str], Path]


@pytest.fixture(scope="module")
def install(built: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Install:
    """Return a function that installs the wheel with extras and returns the folder of the commands."""

    def install(extras: str) -> Path:
        home = tmp_path_factory.mktemp("environment")
        (home / "lock.txt").write_text("\n".join(locked("--all-extras")))
        call(UV, "venv", f"--python={sys.executable}", home / "venv")
        programs = home / "venv" / Path(sys.executable).parent.name
        python = f"--python={programs / 'python'}"
        call(UV, "pip", "install", python, f"--constraints={home / 'lock.txt'}", f"{built[1]}{extras}")
        return programs

    return install


@pytest.fixture(scope="module")
def bare(install: Install) -> Path:
    """Return the folder of the commands in an environment with the wheel and no extras."""
    return install("")


def test_wheel_contains_the_packages(built: tuple[Path, Path], version: str) -> None:
    with zipfile.ZipFile(built[1]) as wheel:
        found = set(wheel.namelist())
    information = f"tap_spott-{version}.dist-info"
    parts = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")
    assert found == tracked(*PACKAGES) | {f"{information}/{part}" for part in parts}
    assert {f"{package}/py.typed" for package in PACKAGES} <= found


def test_sdist_contains_the_sources_of_the_wheel(built: tuple[Path, Path], version: str) -> None:
    with tarfile.open(built[0]) as sdist:
        found = {member.name.removeprefix(f"tap_spott-{version}/") for member in sdist.getmembers()}
    documents = {"CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"}
    assert found == tracked(*PACKAGES) | documents | {"PKG-INFO", ".gitignore"}  # hatchling adds these two


def test_wheel_requires_only_the_dependencies_it_imports(bare: Path) -> None:
    listed = json.loads(call(UV, "pip", "list", "--format=json", f"--python={bare / 'python'}").stdout)
    assert {distribution["name"] for distribution in listed} <= names(locked()) | {"tap-spott"}
    used = {distribution for package in PACKAGES if package != "spott_sandbox" for distribution in imported_by(package)}
    assert names(set(PROJECT["dependencies"])) <= used
    assert not names(set(PROJECT["optional-dependencies"]["sandbox"])) & used


def imported_by(package: str) -> Iterator[str]:
    """Yield the distributions that a package's modules import."""
    distributions = packages_distributions()
    for path in (ROOT / package).rglob("*.py"):
        for module in re.findall(r"^\s*(?:import|from) (\w+)", path.read_text(), re.MULTILINE):
            yield from (name.lower().replace("_", "-") for name in distributions.get(module, []))


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_starts(bare: Path, tmp_path: Path, command: str) -> None:
    assert call(bare / command, "--help", folder=tmp_path).stdout.lower().startswith("usage: ")


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "spott-sandbox"])
def test_about_and_version_match_the_package(bare: Path, tmp_path: Path, version: str, command: str) -> None:
    about = json.loads(call(bare / command, "--about", "--format=json", folder=tmp_path).stdout)
    assert (about["name"], about["version"]) == (command, version)
    assert about["supported_python_versions"] == [
        name.rpartition(" ")[2] for name in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", name)
    ]
    assert call(bare / command, "--version", folder=tmp_path).stdout.startswith(f"{command} v{version}, ")


def test_wheel_without_extras_syncs(bare: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    settings = {"TAP_SPOTT_API_URL": sandbox.url, "TAP_SPOTT_API_KEY": sandbox.api_key}
    synced = call(bare / "tap-spott", "--config=ENV", folder=tmp_path, env=settings | FAST)
    messages = [json.loads(line) for line in synced.stdout.splitlines()]
    contacts = [each for each in messages if each["type"] == "RECORD" and each["stream"] == "client_contacts"]
    assert {each["record"]["id"] for each in contacts} == {
        each["record"]["id"] for each in sandbox.records("client_contacts")
    }


@pytest.mark.parametrize("arguments", [["--port=0"], ["--", "true"]])
def test_sandbox_without_its_extra_names_the_extra(bare: Path, tmp_path: Path, arguments: list[str]) -> None:
    ended = call(bare / "spott-sandbox", *arguments, folder=tmp_path, check=False)
    assert ended.returncode == 1
    assert ended.stderr == "spott-sandbox: server not installed; run pip install 'tap-spott[sandbox]'\n"


def test_sandbox_with_its_extra_serves(install: Install, tmp_path: Path) -> None:
    programs = install("[sandbox]")
    synced = call(
        *(programs / "spott-sandbox", "--contacts=20", "--", programs / "tap-spott", "--config=ENV"),
        folder=tmp_path,
        env=FAST,
    )
    assert synced.stdout.count('"stream":"client_contacts"') > 20


def test_copy_without_git_builds(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for path in tracked(*PACKAGES, "CHANGELOG.md", "LICENSE", "README.md", "pyproject.toml"):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, copy / path)
    assert build(copy, tmp_path / "dist")[1].name.startswith("tap_spott-0.0-")


def test_lock_file_is_up_to_date() -> None:
    call(UV, "lock", "--check")
