"""Create a virtual environment per contender, and look up the installed versions."""

import hashlib
import json
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.util import find_spec
from pathlib import Path

from benchmarks.contenders import ROOT, TAP_SPOTT, Contender

# Git and the linters ignore folders with this name.
HOME = Path(__file__).resolve().parent / ".venv"


PACKAGES = ("spott_client", "spott_sandbox", "spott_singer", "tap_spott", "target_spott")


def scripts(contender: Contender) -> Path:
    """Return the folder of executables in a contender's environment."""
    return Path(sysconfig.get_path("scripts", "venv", {"base": str(HOME / contender.environment)}))


def prepare(contender: Contender) -> None:
    """Install a contender's requirements, unless they are installed already."""
    folder = HOME / contender.environment
    marker, fingerprint = folder / "installed", _fingerprint(contender)
    if marker.exists() and marker.read_text("utf-8") == fingerprint:
        return
    print(f"Installing {contender.package} ...", flush=True)
    # Debian's Python can't add pip to a virtual environment without python3-venv, so pip runs from outside.
    venv.create(folder, clear=True, symlinks=sys.platform != "win32")
    subprocess.run([*_installer(scripts(contender) / "python"), *contender.requirements], check=True)
    marker.write_text(fingerprint, "utf-8")


def version(contender: Contender) -> str:
    """Return the name and version of a contender's package."""
    program = f"from importlib.metadata import version; print(version({contender.package!r}))"
    found = subprocess.run([scripts(contender) / "python", "-c", program], check=True, capture_output=True, text=True)
    return f"{contender.package} {found.stdout.strip()}"


def _fingerprint(contender: Contender) -> str:
    """Return everything an environment depends on. tap-spott's includes the source code of this checkout."""
    parts = [sys.version, json.dumps(contender.requirements)]
    if contender is TAP_SPOTT:
        files = [
            ROOT / "pyproject.toml",
            *sorted(path for package in PACKAGES for path in ROOT.glob(f"{package}/**/*.*")),
        ]
        parts += [hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.suffix != ".pyc"]
    return "\n".join(parts)


def _installer(python: Path) -> list[str]:
    if find_spec("pip"):
        return [sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--quiet"]
    if uv := shutil.which("uv"):
        # Without the refresh, uv would install a cached build of this checkout.
        options = ["--quiet", "--compile-bytecode", f"--refresh-package={TAP_SPOTT.package}"]
        return [uv, "pip", "install", f"--python={python}", *options]
    sys.exit(f"benchmarks: {sys.executable} has no pip, and uv is not on the PATH; install one of them")
