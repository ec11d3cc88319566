"""The demo starts with the standard library, and installs from pip's indexes. `.ci/run` runs the whole demo."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from demo.__main__ import COMMANDS
from demo.install import ROOT, translate_pip_config

LISTING = """\
:env:.cert='{folder}'
:env:.disable-pip-version-check='1'
:env:.find-links='{folder} {folder}/missing'
global.extra-index-url='https://one.example/simple\\nfile://{folder} file://{folder}/missing'
global.find-links='https://overruled.example'
global.index-url='https://user:secret@index.example/simple/'
global.trusted-host='index.example:8080'
"""


def test_uv_gets_the_indexes_of_pip_without_missing_folders(tmp_path: Path) -> None:
    assert translate_pip_config(LISTING.format(folder=tmp_path)) == {
        "SSL_CERT_FILE": str(tmp_path),
        "UV_DEFAULT_INDEX": "https://user:secret@index.example/simple/",
        "UV_FIND_LINKS": str(tmp_path),
        "UV_INDEX": f"https://one.example/simple file://{tmp_path}",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "UV_INSECURE_HOST": "index.example:8080",
    }


def test_no_uv_settings_without_pip_settings() -> None:
    assert translate_pip_config("") == {}


def test_demo_starts_without_installed_packages() -> None:
    # -S leaves out site-packages.
    command = [sys.executable, "-S", "-m", "demo", "--help"]
    started = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    assert all(f"    {name}" in started.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_a_module(name: str) -> None:
    assert find_spec(f"demo.{name.replace('-', '_')}")
