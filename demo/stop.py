"""Stop the PostgreSQL servers that `load` left running."""

from demo.console import step
from demo.install import DATA, ROOT
from demo.postgres import get_server


def main() -> None:
    """Stop each server that has a process file in the demo's data."""
    for file in DATA.glob("*/postgres/postmaster.pid"):
        with step(f"Stopping PostgreSQL in {file.parent.relative_to(ROOT)}"):
            get_server(file.parent, cleanup_mode=None).stop()


if __name__ == "__main__":
    main()
