"""Load a local Spott, build the dbt models from it, and print the first rows of each mart."""

import json
import shutil
from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

import psycopg
from psycopg import sql

from demo.console import print_table, step
from demo.install import DATA, ROOT
from demo.meltano import run_job, run_meltano, sandbox_variables
from demo.postgres import get_server
from spott_sandbox import Sandbox

HOME = DATA / "transform"
MARTS = sorted(path.stem for path in (ROOT / "transform/dbt_spott/models/marts").glob("*.sql"))
STREAMS = sorted(path.stem for path in (ROOT / "tap_spott/streams/schemas").glob("*.json"))
ROWS = 3


def main() -> None:
    """Load, build, print the marts, and write the documentation.

    Raises:
        SystemExit: A step failed.
    """
    shutil.rmtree(HOME, ignore_errors=True)  # the sandbox of an earlier run no longer exists
    HOME.mkdir(parents=True)
    with (
        get_server(HOME / "postgres", cleanup_mode="delete") as server,
        psycopg.connect(server.get_uri(), autocommit=True) as connection,
    ):
        environment = {
            "MELTANO_STATE_BACKEND_URI": (HOME / "state").as_uri(),
            "TARGET_POSTGRES_SQLALCHEMY_URL": server.get_uri(driver="psycopg"),
            "TAP_SPOTT__SELECT": '["*.*"]',
            "DBT_POSTGRES_TARGET_PATH": str(HOME / "target"),
            "DBT_QUIET": "true",  # prints errors only
        } | dbt_variables(server.get_uri(), STREAMS)
        with step("Loading all streams of a local Spott with 500 contacts"), Sandbox(contacts=500) as sandbox:
            run_job("postgres", environment | sandbox_variables(sandbox), "--log-level=error")
        with step("Building and testing the models, and taking snapshots"):
            run_meltano(environment, "--log-level=error", "invoke", "dbt-postgres:build")
        for mart in MARTS:
            print_mart(connection, mart)
        print()
        with step("Writing the documentation of the models"):
            run_meltano(environment, "--log-level=error", "invoke", "dbt-postgres:docs")
    print(f"\nOpen it in a browser:  {HOME / 'target/static_index.html'}")


def dbt_variables(uri: str, streams: Sequence[str]) -> dict[str, str]:
    """Return the variables that connect the plugin dbt-postgres to a server and enable the models of streams."""
    address = urlsplit(uri)
    return {
        "DBT_POSTGRES_HOST": parse_qs(address.query)["host"][0],  # the folder of the server's socket
        "DBT_POSTGRES_USER": address.username or "",
        "DBT_POSTGRES_DBNAME": address.path.removeprefix("/"),
        "DBT_POSTGRES_VARS": json.dumps({"spott_streams": streams}),
    }


def print_mart(connection: psycopg.Connection, mart: str) -> None:
    """Print the number of rows of a mart, and its first rows as columns, because marts are wider than a terminal."""
    table = sql.Identifier("spott", mart)
    count = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchall()[0][0]
    result = connection.execute(sql.SQL("SELECT * FROM {} ORDER BY 1, 2, 3 LIMIT {}").format(table, ROWS))
    names = [column.name for column in result.description or ()]
    rows = result.fetchall()
    print(f"\n{mart}: {count} rows")
    print_table(
        ["column", *(f"row {number}" for number, _ in enumerate(rows, 1))], list(zip(names, *rows, strict=True))
    )


if __name__ == "__main__":
    main()
