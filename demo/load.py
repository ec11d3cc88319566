"""Load Spott into an embedded PostgreSQL with Meltano, and print the tables."""

import os
import shlex
import shutil

import psycopg
from dotenv import dotenv_values
from psycopg import sql

from demo.console import print_table, step
from demo.install import DATA, ROOT
from demo.meltano import run_job, sandbox_variables
from demo.postgres import get_server
from spott_sandbox import Sandbox

TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'tap_spott' ORDER BY table_name"
WHO_WORKS_WHERE = """\
SELECT "firstName", "lastName", client -> 'company' ->> 'name' AS company, stage ->> 'name' AS stage
FROM tap_spott.client_contacts
ORDER BY "modifiedAt" DESC
LIMIT 8"""


def main() -> None:
    """Load Spott, print the tables, and leave the server running."""
    real_account = has_api_key()
    # Each source has its own database and bookmarks, so that an account's rows never mix with generated ones.
    home = DATA / ("account" if real_account else "sandbox")
    home.mkdir(parents=True, exist_ok=True)
    with step("Starting PostgreSQL"):
        server = get_server(home / "postgres", cleanup_mode=None)
    environment = {
        "TARGET_POSTGRES_SQLALCHEMY_URL": server.get_uri(driver="psycopg"),
        "MELTANO_STATE_BACKEND_URI": (home / "state").as_uri(),
    }
    if real_account:
        with step("Loading your Spott account"):
            run_job("postgres", environment)
    else:
        with step("Loading a local Spott with 500 contacts"), Sandbox(contacts=500) as sandbox:
            run_job("postgres", environment | sandbox_variables(sandbox), "--log-level=warning")
    with step("Reading the tables"), psycopg.connect(server.get_uri()) as connection:
        print_tables(connection)
    psql = shutil.which("psql") or str(server.bin_path / "psql")
    print(f"\nConnect:  {shlex.join([psql, server.get_uri()])}\nStop it:  python3 -m demo stop")


def has_api_key() -> bool:
    """Return whether the environment or `.env` has an API key, as Meltano would find it."""
    return bool((dotenv_values(ROOT / ".env") | os.environ).get("TAP_SPOTT_API_KEY"))


def print_tables(connection: psycopg.Connection) -> None:
    """Print the number of rows of each table, then an example query and its result."""
    names = [name for (name,) in connection.execute(TABLES)]
    print_table(["table", "rows"], [(f"tap_spott.{name}", count_rows(connection, name)) for name in names])
    print(f"\n{WHO_WORKS_WHERE}")
    result = connection.execute(WHO_WORKS_WHERE)
    print_table([column.name for column in result.description or ()], result.fetchall())


def count_rows(connection: psycopg.Connection, table: str) -> object:
    """Return the number of rows of a table."""
    query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("tap_spott", table))
    return connection.execute(query).fetchall()[0][0]


if __name__ == "__main__":
    main()
