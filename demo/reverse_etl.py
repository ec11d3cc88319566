"""Reverse ETL on a local Spott: load it, find leavers with SQL, write their end dates to Spott, and compare."""

import shutil
import sys

import psycopg

from demo.console import print_table, step
from demo.install import DATA
from demo.meltano import run_job, sandbox_variables
from demo.postgres import get_server
from spott_sandbox import Sandbox

HOME = DATA / "reverse-etl"
LEAVERS = """\
CREATE SCHEMA reverse_etl;
CREATE VIEW reverse_etl.client_contacts AS
SELECT DISTINCT ON (former.id) former.id, later."startDate" AS "endDate"
FROM tap_spott.client_contacts AS former
JOIN tap_spott.client_contacts AS later USING ("candidateId")
WHERE former."endDate" IS NULL
  AND later."startDate" > former."startDate"
  AND later.client -> 'company' ->> 'id' <> former.client -> 'company' ->> 'id'
ORDER BY former.id, later."startDate";
"""
EXPECTED = """\
CREATE TABLE expected_contacts AS
SELECT contact.*, leaver.id IS NOT NULL AS leaves, coalesce(leaver."endDate", contact."endDate") AS "newEndDate"
FROM tap_spott.client_contacts AS contact LEFT JOIN reverse_etl.client_contacts AS leaver USING (id)
"""
COMPARISON = """\
SELECT count(*) AS contacts, count(*) FILTER (WHERE leaves) AS leavers, count(*) FILTER (WHERE
  (actual."firstName", actual."lastName", actual.role, actual.department, actual."startDate", actual."endDate",
   actual.stage ->> 'id', actual."mainContact" ->> 'id') IS DISTINCT FROM
  (expected."firstName", expected."lastName", expected.role, expected.department, expected."startDate",
   expected."newEndDate", expected.stage ->> 'id', expected."mainContact" ->> 'id')) AS mismatches
FROM expected_contacts AS expected FULL JOIN tap_spott.client_contacts AS actual USING (id)
"""


def main() -> None:
    """Load a local Spott, update it from the warehouse, load it again, and compare every contact.

    Raises:
        SystemExit: A step failed, no leaver was found, or a contact is not as expected.
    """
    shutil.rmtree(HOME, ignore_errors=True)  # the sandbox of an earlier run no longer exists
    HOME.mkdir(parents=True)
    with (
        Sandbox(contacts=500) as sandbox,
        get_server(HOME / "postgres", cleanup_mode="delete") as server,
        psycopg.connect(server.get_uri(), autocommit=True) as connection,
    ):
        environment = sandbox_variables(sandbox) | {
            "MELTANO_STATE_BACKEND_URI": (HOME / "state").as_uri(),
            # tap-postgres requires a host and a password; the server's socket, later in the URL, takes precedence.
            "TAP_POSTGRES_SQLALCHEMY_URL": server.get_uri(driver="psycopg2").replace(":@/", ":none@localhost/"),
            "TARGET_POSTGRES_SQLALCHEMY_URL": server.get_uri(driver="psycopg"),
            "TAP_SPOTT__SELECT": '["client_contacts.*"]',
            "TARGET_SPOTT_OUTCOMES_PATH": str(HOME / "outcomes.jsonl"),
            "TARGET_SPOTT_REJECTS_PATH": str(HOME / "rejects.jsonl"),
        }
        with step("Loading a local Spott with 500 contacts"):
            run_job("postgres", environment, "--log-level=warning")
        with step("Finding leavers with SQL"):
            connection.execute(LEAVERS)
            connection.execute(EXPECTED)
        with step("Writing their end dates to Spott"):
            run_job("reverse-etl", environment, "--log-level=warning")
        with step("Loading Spott again"):
            run_job("postgres", environment, "--log-level=warning")
        with step("Comparing every contact"):
            result = connection.execute(COMPARISON)
            header, (row,) = [column.name for column in result.description or ()], result.fetchall()
    print_table(header, [row])
    _, leavers, mismatches = row
    if mismatches or not leavers:
        sys.exit("demo: the contacts in Spott are not as expected; the table above says how many")
    print("\nSpott has the end dates that the query found; nothing else changed.")


if __name__ == "__main__":
    main()
