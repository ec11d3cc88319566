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
    if sys.version_info < (3, 11):  # noqa: UP036 - whoever tries it with less is told so
        sys.exit("demo: Python 3.11 or later is needed")
    parser = argparse.ArgumentParser(
        description="Load a local Spott into an embedded PostgreSQL, by Meltano. "
        "With TAP_SPOTT_API_KEY set, in the environment or in .env, the real account is loaded."
    )
    parser.add_argument("command", nargs="?", choices=["load", "stop"], default="load", help="stop: the PostgreSQL")
    command = parser.parse_args().command
    if not is_installed():
        install()
    os.environ.update({name: value for name, value in settings_of_pip().items() if name not in os.environ})
    os.execv(PYTHON, [str(PYTHON), str(ROOT / "demo_load.py"), command])  # noqa: S606 - no shell is needed


def is_installed() -> bool:
    """Tell whether `.venv` has what `pyproject.toml` asks for."""
    return INSTALLED.exists() and INSTALLED.stat().st_mtime > (ROOT / "pyproject.toml").stat().st_mtime


def install() -> None:
    """Install this checkout and what the demonstration needs, in `.venv`."""
    print("Installing tap-spott in .venv ...", flush=True)  # noqa: T201 - for a person to read
    if not PYTHON.exists():
        # Debian's Python can't put pip into a virtual environment without one more package; the pip outside will do.
        venv.create(VENV, symlinks=os.name != "nt")
    if subprocess.call([*installer(), "--editable", f"{ROOT}[demo]"]):  # noqa: S603 - nobody's input
        sys.exit("demo: installing tap-spott failed; pip says above why")
    INSTALLED.touch()


def installer() -> list[str]:
    """Return the command that installs into `.venv`."""
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", f"--python={PYTHON}", "install", "--quiet", "--quiet"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", f"--python={PYTHON}", "--quiet"]
    sys.exit(f"demo: {sys.executable} has no pip")


def settings_of_pip() -> dict[str, str]:
    """Return pip's settings of where packages come from as uv's environment: uv does not read pip's."""
    listing = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    lines = [line.partition("=") for line in listing.stdout.splitlines()]
    # `global.index-url='https://...'`; the environment's are called `:env:.index-url`.
    values = {name: ast.literal_eval(value) for name, _, value in lines if value}
    found = {}
    for option, uv_name in UV_NAMES.items():
        for section in (":env:", "install", "global"):
            if sources := [
                source for source in values.get(f"{section}.{option}", "").split() if not is_missing(source)
            ]:
                found[uv_name] = ("," if uv_name == "UV_FIND_LINKS" else " ").join(sources)
                break
    if "UV_INDEX" in found:
        found["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip does: the best version of all indexes
    return found


def is_missing(source: str) -> bool:
    """Tell whether this is a folder that is not there: pip passes over it, uv does not."""
    path = source.removeprefix("file://")
    return "://" not in path and not Path(path).exists()


if __name__ == "__main__":
    main()
