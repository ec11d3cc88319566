"""Makes an environment for each contender, once, and says which versions it holds."""

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

# A folder of this name is ignored by Git, and by the tools that search this checkout.
HOME = Path(__file__).resolve().parent / ".venv"


PACKAGES = ("spott_client", "spott_sandbox", "spott_singer", "tap_spott", "target_spott")


def scripts(contender: Contender) -> Path:
    """Return the folder of the programs that a contender's environment has."""
    return Path(sysconfig.get_path("scripts", "venv", {"base": str(HOME / contender.environment)}))


def prepare(contender: Contender) -> None:
    """Install what a contender needs, unless it is there already."""
    folder = HOME / contender.environment
    stamp, wanted = folder / "installed", _fingerprint(contender)
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    print(f"installing {contender.package} ...", flush=True)
    # Debian's Python can't put pip into a virtual environment without one more package; the pip outside will do.
    venv.create(folder, clear=True, symlinks=sys.platform != "win32")
    subprocess.run([*_installer(scripts(contender) / "python"), *contender.requirements], check=True)
    stamp.write_text(wanted, "utf-8")


def version(contender: Contender) -> str:
    """Return the version of a contender's package, with its name."""
    program = f"from importlib.metadata import version; print(version({contender.package!r}))"
    found = subprocess.run([scripts(contender) / "python", "-c", program], check=True, capture_output=True, text=True)
    return f"{contender.package} {found.stdout.strip()}"


def _fingerprint(contender: Contender) -> str:
    """Return what an environment depends on. This checkout's own is made anew when the checkout has changed."""
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
        # Without the refresh uv would take an earlier build of this checkout.
        options = ["--quiet", "--compile-bytecode", f"--refresh-package={TAP_SPOTT.package}"]
        return [uv, "pip", "install", f"--python={python}", *options]
    sys.exit(f"benchmarks: {sys.executable} has no pip")
