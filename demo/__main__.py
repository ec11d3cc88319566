"""Install this checkout in `.venv`, then run a command of the demo there."""

import argparse
import os
import sys

from demo.install import PYTHON, ROOT, install, is_installed, pip_settings_for_uv

COMMANDS = {
    "load": "load a local Spott, or your account, into an embedded PostgreSQL (default)",
    "reverse-etl": "update contacts of a local Spott from its warehouse",
    "transform": "build the dbt models from a local Spott, and print their first rows",
    "orchestrate": "load five local Spotts with Dagster, and leave its web UI running",
    "stop": "stop what load and orchestrate leave running",
}
"""Help by command. Each command is the module of this package with the same name."""


def main() -> None:
    """Install what the command needs, and replace this process with the command."""
    command = parse_command()
    if " " in str(ROOT):
        sys.exit(f"demo: {ROOT}: the embedded PostgreSQL can't run in a path with a space; move the checkout")
    if not is_installed():
        install()
    os.environ.update({name: value for name, value in pip_settings_for_uv().items() if name not in os.environ})
    os.chdir(ROOT)
    os.execv(PYTHON, [str(PYTHON), "-m", f"demo.{command.replace('-', '_')}"])  # noqa: S606 - no shell, fixed arguments


def parse_command() -> str:
    """Return the name of the command, `load` by default."""
    parser = argparse.ArgumentParser(
        prog="python3 -m demo",
        description="Run tap-spott with Meltano and an embedded PostgreSQL. "
        "If TAP_SPOTT_API_KEY is set in the environment or in .env, load reads your Spott account.",
    )
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND")
    for name, text in COMMANDS.items():
        commands.add_parser(name, help=text)
    return parser.parse_args().command or "load"


if __name__ == "__main__":
    main()
