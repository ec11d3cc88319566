"""From a fresh clone to tables one can query, with nothing but Python and pip.

Installs this checkout in `.venv`, then leaves the rest to `demo_load.py`.
"""

import argparse
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

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = Path(sysconfig.get_path("scripts", "venv", {"base": str(VENV)})) / "python"
INSTALLED = VENV / "demo-installed"
UV_NAMES = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}


def main() -> None:
    """Install what is needed, and load."""
    if sys.version_info < (3, 11):  # noqa: UP036 - no installer has checked it yet
        sys.exit("demo: Python 3.11 or later is needed")
    parser = argparse.ArgumentParser(
        description="Load a local Spott into an embedded PostgreSQL, by Meltano. "
        "With TAP_SPOTT_API_KEY set, in the environment or in .env, the real account is loaded."
    )
    parser.add_argument(
        "command",
        nargs="?",
        choices=["load", "way-back", "stop"],
        default="load",
        help="way-back: change contacts of a local Spott from its warehouse; stop: the PostgreSQL of load",
    )
    command = parser.parse_args().command
    if " " in str(ROOT):
        sys.exit(f"demo: the embedded PostgreSQL does not start in a folder with a space in its path: {ROOT}")
    if not is_installed():
        install()
    os.environ.update({name: value for name, value in settings_of_pip().items() if name not in os.environ})
    os.execv(PYTHON, [str(PYTHON), *program(command)])  # noqa: S606 - no shell: a fixed list of arguments


def program(command: str) -> list[str]:
    """Return what Python is to run."""
    if command == "way-back":
        way_back = [str(PYTHON), str(ROOT / "demo_way_back.py")]
        return ["-m", "spott_sandbox", "--contacts=500", "--", *way_back]
    return [str(ROOT / "demo_load.py"), command]


def is_installed() -> bool:
    """Tell whether `.venv` has what `pyproject.toml` asks for."""
    return INSTALLED.exists() and INSTALLED.stat().st_mtime > (ROOT / "pyproject.toml").stat().st_mtime


def install() -> None:
    """Install this checkout and what the demonstration needs, in `.venv`."""
    print("Installing tap-spott in .venv ...", flush=True)  # noqa: T201 - for a person to read
    if not PYTHON.exists():
        # Debian's Python can't put pip into a virtual environment without one more package; the pip outside will do.
        venv.create(VENV, symlinks=os.name != "nt")
    if subprocess.call([*installer(), "--editable", f"{ROOT}[demo]"]):  # noqa: S603 - no shell, nobody's input
        sys.exit("demo: installing tap-spott failed; pip says above why")
    INSTALLED.touch()


def installer() -> list[str]:
    """Return the command that installs into `.venv`."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", f"--python={PYTHON}", "install", "--quiet", "--quiet"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", f"--python={PYTHON}", "--quiet"]
    sys.exit(f"demo: {sys.executable} has no pip")


@cache
def settings_of_pip() -> dict[str, str]:
    """Return pip's settings of where packages come from as uv's environment: uv does not read pip's."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    return as_uv(subprocess.run(command, capture_output=True, text=True, check=False).stdout)  # noqa: S603 - no shell, nobody's input


def as_uv(listing: str) -> dict[str, str]:
    """Translate what `pip config list` prints."""
    # `global.index-url='https://...'`; what comes from the environment is called `:env:.index-url`.
    lines = [line.partition("=") for line in listing.splitlines()]
    values = {name: ast.literal_eval(value).split() for name, _, value in lines if value}
    found = {}
    for option, uv_name in UV_NAMES.items():
        sections = [values.get(f"{section}.{option}") for section in (":env:", "install", "global")]
        sources = [source for source in next(filter(None, sections), []) if not is_missing(option, source)]
        if sources:
            found[uv_name] = ("," if option == "find-links" else " ").join(sources)
    if "UV_INDEX" in found:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does: the best version of all indexes
    return found


def is_missing(option: str, source: str) -> bool:
    """Tell whether this is a folder that is not there: pip passes over it, uv does not."""
    path = source.removeprefix("file://")
    return option != "trusted-host" and "://" not in path and not Path(path).exists()


if __name__ == "__main__":
    main()
