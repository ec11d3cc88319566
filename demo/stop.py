"""Stop everything that `load` and `orchestrate` left running."""

from demo.console import step
from demo.install import DATA, ROOT
from demo.postgres import get_server


def main() -> None:
    """Stop the services and each PostgreSQL server that have a process file in the demo's data."""
    for file in DATA.glob("*/services.pid"):
        from demo.services import stop  # noqa: PLC0415 - imports fcntl, which Windows lacks

        with step(f"Stopping the services in {file.parent.relative_to(ROOT)}"):
            stop(file.parent)
    for file in DATA.glob("*/postgres/postmaster.pid"):
        with step(f"Stopping PostgreSQL in {file.parent.relative_to(ROOT)}"):
            get_server(file.parent, cleanup_mode=None).stop()


if __name__ == "__main__":
    main()
