"""The way back on a local Spott: load it, find leavers with SQL, end them in Spott, load again, and compare.

Run by `demo.py way-back`, while a local Spott runs.
"""

import os
import shutil
import subprocess
import sys

import psycopg

from demo_load import DEMO, MELTANO, ROOT, PostgresServer, get_server, say, show_table, step

HOME = DEMO / "way-back"
LEAVERS = """\
CREATE SCHEMA way_back;
CREATE VIEW way_back.client_contacts AS
SELECT DISTINCT ON (former.id) former.id, later."startDate" AS "endDate"
FROM tap_spott.client_contacts AS former
JOIN tap_spott.client_contacts AS later USING ("candidateId")
WHERE former."endDate" IS NULL
  AND later."startDate" > former."startDate"
  AND later.client -> 'company' ->> 'id' <> former.client -> 'company' ->> 'id'
ORDER BY former.id, later."startDate";
"""
EXPECTED = """\
CREATE TABLE expected AS
SELECT contact.*, leaver.id IS NOT NULL AS leaves, coalesce(leaver."endDate", contact."endDate") AS "newEndDate"
FROM tap_spott.client_contacts AS contact LEFT JOIN way_back.client_contacts AS leaver USING (id)
"""
COMPARISON = """\
SELECT count(*) AS contacts, count(*) FILTER (WHERE leaves) AS leavers, count(*) FILTER (WHERE
  (is_now."firstName", is_now."lastName", is_now.role, is_now.department, is_now."startDate", is_now."endDate",
   is_now.stage ->> 'id', is_now."mainContact" ->> 'id') IS DISTINCT FROM
  (was."firstName", was."lastName", was.role, was.department, was."startDate", was."newEndDate",
   was.stage ->> 'id', was."mainContact" ->> 'id')) AS not_as_expected
FROM expected AS was FULL JOIN tap_spott.client_contacts AS is_now USING (id)
"""


def main() -> None:
    """Go there and back."""
    os.chdir(ROOT)
    shutil.rmtree(HOME, ignore_errors=True)  # of a local Spott that is no more
    HOME.mkdir(parents=True)
    with (
        get_server(HOME / "postgres", cleanup_mode="delete") as server,
        psycopg.connect(server.get_uri(), autocommit=True) as connection,
    ):
        with step("Loading a local Spott of 500 contacts"):
            run_meltano(server, "postgres")
        with step("Finding leavers"):
            connection.execute(LEAVERS)
            connection.execute(EXPECTED)
        with step("Ending them in Spott"):
            run_meltano(server, "way-back")
        with step("Loading again"):
            run_meltano(server, "postgres")
        with step("Comparing"):
            result = connection.execute(COMPARISON)
            names, (found,) = [column.name for column in result.description or ()], result.fetchall()
    show_table(names, [found])
    if found[2] or not found[1]:
        sys.exit("demo: not all contacts are as they should be")
    say("\nSpott has the end dates that the query found, and everything else is as it was.")


def run_meltano(server: PostgresServer, job: str) -> None:
    """Run a job of the project; the local Spott has no quota."""
    environment = {
        "MELTANO_STATE_BACKEND_URI": (HOME / "state").as_uri(),
        # The tap insists on a host and a password; the server's socket, later in the address, overrules them.
        "TAP_POSTGRES_SQLALCHEMY_URL": server.get_uri(driver="psycopg2").replace(":@/", ":none@localhost/"),
        "TARGET_POSTGRES_SQLALCHEMY_URL": server.get_uri(driver="psycopg"),
        "TAP_SPOTT__SELECT": '["client_contacts.*"]',
        "TAP_SPOTT_REQUESTS_PER_MINUTE": "100000",
        "TARGET_SPOTT_REQUESTS_PER_MINUTE": "100000",
        "TARGET_SPOTT_OUTCOMES_PATH": str(HOME / "outcomes.jsonl"),
        "TARGET_SPOTT_REJECTS_PATH": str(HOME / "rejects.jsonl"),
    }
    command = [*MELTANO, "--log-level=warning", "run", job]
    status = subprocess.call(command, env=os.environ | environment)  # noqa: S603 - our own command
    if status:
        message = f"Meltano ended with status {status}; it says above why"
        raise RuntimeError(message)


if __name__ == "__main__":
    main()
