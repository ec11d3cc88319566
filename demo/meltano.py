"""Run the Meltano project of this checkout."""

import os
import subprocess
import sys
from pathlib import Path

from spott_sandbox import Sandbox

MELTANO = [str(Path(sys.executable).with_name("uvx")), f"--python={sys.executable}", "meltano@4.4.1"]


def run_job(job: str, environment: dict[str, str], *options: str) -> None:
    """Run a job of `meltano.yml`.

    Args:
        job: Its name.
        environment: Variables in addition to those of this process.
        options: Options of the `meltano` command.

    Raises:
        RuntimeError: Meltano's exit status is not 0.
    """
    run_meltano(environment, *options, "run", job)


def run_meltano(environment: dict[str, str], *arguments: str) -> None:
    """Run Meltano with these arguments, and with variables in addition to those of this process.

    Raises:
        RuntimeError: Its exit status is not 0.
    """
    status = subprocess.call([*MELTANO, *arguments], env=os.environ | environment)
    if status:
        message = f"meltano exited with status {status}; its output above says why"
        raise RuntimeError(message)


def sandbox_variables(sandbox: Sandbox) -> dict[str, str]:
    """Return the variables that connect both plugins to a sandbox, which has no rate limit."""
    settings = {"API_URL": sandbox.url, "API_KEY": sandbox.api_key, "REQUESTS_PER_MINUTE": "100000"}
    return {f"{plugin}_SPOTT_{name}": value for plugin in ("TAP", "TARGET") for name, value in settings.items()}
