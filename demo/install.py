"""Install this checkout and the demo's requirements in `.venv`, with the standard library only."""

import ast
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / ".demo"
VENV = ROOT / ".venv"
PYTHON = Path(sysconfig.get_path("scripts", "venv", {"base": str(VENV)})) / "python"
INSTALL_MARKER = VENV / "demo-installed"
UV_VARIABLES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
"""The environment variable of uv for each of pip's options."""


def is_installed() -> bool:
    """Return whether `.venv` was installed after the last change of `pyproject.toml`."""
    return INSTALL_MARKER.exists() and INSTALL_MARKER.stat().st_mtime > (ROOT / "pyproject.toml").stat().st_mtime


def install() -> None:
    """Install this checkout with its extra `demo` in `.venv`.

    Raises:
        SystemExit: Neither pip nor uv is available, or the installation failed.
    """
    print("Installing tap-spott in .venv ...", flush=True)
    if not PYTHON.exists():
        # Debian's Python can't add pip to a virtual environment without python3-venv, so pip runs from outside.
        venv.create(VENV, symlinks=os.name != "nt")
    if subprocess.call([*install_command(), "--editable", f"{ROOT}[demo]"]):
        sys.exit("demo: installing tap-spott failed; the installer's output above says why")
    INSTALL_MARKER.touch()


def install_command() -> list[str]:
    """Return the command that installs requirements in `.venv`.

    Raises:
        SystemExit: Neither pip nor uv is available.
    """
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", f"--python={PYTHON}", "install", "--quiet", "--quiet"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", f"--python={PYTHON}", "--quiet"]
    sys.exit(f"demo: {sys.executable} has no pip, and uv is not on the PATH; install one of them")


@cache
def pip_settings_for_uv() -> dict[str, str]:
    """Return pip's package indexes as environment variables for uv, which doesn't read pip's configuration."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    return translate_pip_config(subprocess.run(command, capture_output=True, text=True, check=False).stdout)


def translate_pip_config(listing: str) -> dict[str, str]:
    """Translate the output of `pip config list` to environment variables for uv."""
    # A line is `global.index-url='https://...'`; `:env:` is the section of environment variables.
    lines = [line.partition("=") for line in listing.splitlines()]
    values = {name: ast.literal_eval(value).split() for name, _, value in lines if value}
    settings = {}
    for option, variable in UV_VARIABLES.items():
        sections = [values.get(f"{section}.{option}") for section in (":env:", "install", "global")]
        sources = [source for source in next(filter(None, sections), []) if not is_missing_folder(option, source)]
        if sources:
            settings[variable] = ("," if option == "find-links" else " ").join(sources)
    if "UV_INDEX" in settings:
        settings["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # pip takes the best version of all indexes
    return settings


def is_missing_folder(option: str, source: str) -> bool:
    """Return whether a source is a folder that doesn't exist: pip ignores it, uv fails."""
    path = source.removeprefix("file://")
    return option != "trusted-host" and "://" not in path and not Path(path).exists()
