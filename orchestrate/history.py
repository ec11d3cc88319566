"""History in the warehouse: the accounts, their loads by stream, and a view of late accounts."""

import os
from collections.abc import Iterable

import sqlalchemy as sql

from orchestrate.load import StreamResult

SETUP = """\
CREATE SCHEMA IF NOT EXISTS orchestrate;
CREATE TABLE IF NOT EXISTS orchestrate.accounts (
  account text PRIMARY KEY,
  added timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS orchestrate.loads (
  run_id text NOT NULL,
  account text NOT NULL,
  stream text, -- null: the load as a whole
  started timestamptz NOT NULL,
  ended timestamptz,
  seconds double precision,
  records bigint,
  requests bigint,
  retries bigint,
  skipped bigint,
  throttled_seconds double precision,
  bookmark text,
  status text NOT NULL, -- running, succeeded, failed, interrupted or killed
  error text
);
CREATE INDEX IF NOT EXISTS loads_by_account ON orchestrate.loads (account, started);
CREATE OR REPLACE VIEW orchestrate.late_accounts AS
SELECT account, added, last_success, last.status AS last_status, last.error AS last_error
FROM orchestrate.accounts
LEFT JOIN LATERAL (
  SELECT max(ended) AS last_success FROM orchestrate.loads
  WHERE loads.account = accounts.account AND stream IS NULL AND status = 'succeeded'
) AS successes ON true
LEFT JOIN LATERAL (
  SELECT status, error FROM orchestrate.loads
  WHERE loads.account = accounts.account AND stream IS NULL
  ORDER BY started DESC LIMIT 1
) AS last ON true
WHERE coalesce(last_success, added) < now() - interval '{minutes} minutes';
"""
ADD = "INSERT INTO orchestrate.accounts (account) SELECT unnest(CAST(:accounts AS text[])) ON CONFLICT DO NOTHING"
REMOVE = "DELETE FROM orchestrate.accounts WHERE account <> ALL (CAST(:accounts AS text[]))"
RUNNING = "SELECT run_id FROM orchestrate.loads WHERE account = :account AND status = 'running'"
END_KILLED = """\
UPDATE orchestrate.loads SET status = 'killed', ended = now()
WHERE run_id = ANY (CAST(:run_ids AS text[])) AND status = 'running'
"""
LOCK_IS_STALE = """\
SELECT count(*) FILTER (WHERE status = 'running') = 0
  AND count(*) FILTER (WHERE status = 'killed' AND ended > now() - interval '10 minutes') > 0
FROM orchestrate.loads WHERE account = :account
"""
PRUNE = "DELETE FROM orchestrate.loads WHERE account = :account AND started < now() - interval '90 days'"
START = """\
INSERT INTO orchestrate.loads (run_id, account, started, status) VALUES (:run_id, :account, now(), 'running')
"""
STREAM = """\
INSERT INTO orchestrate.loads (
  run_id, account, stream, started, ended,
  seconds, records, requests, retries, skipped, throttled_seconds, bookmark, status, error
)
SELECT run_id, account, :stream, started, now(),
  :seconds, :records, :requests, :retries, :skipped, :throttled_seconds, :bookmark, :status, :error
FROM orchestrate.loads WHERE run_id = :run_id AND stream IS NULL
"""
END = """\
UPDATE orchestrate.loads SET
  ended = now(), seconds = extract(epoch FROM now() - started), status = :status, error = :error,
  (records, requests, retries, skipped, throttled_seconds) = (
    SELECT sum(records), sum(requests), sum(retries), sum(skipped), sum(throttled_seconds)
    FROM orchestrate.loads WHERE run_id = :run_id AND stream IS NOT NULL
  )
WHERE run_id = :run_id AND stream IS NULL
"""


def connect() -> sql.Connection:
    """Return a connection to the warehouse whose changes take effect at once."""
    url = os.environ["TARGET_POSTGRES_SQLALCHEMY_URL"]
    return sql.create_engine(url, poolclass=sql.NullPool, isolation_level="AUTOCOMMIT").connect()


def set_up(accounts: list[str], interval_minutes: int) -> None:
    """Create the tables and the view, and make the table of accounts equal to a list.

    Args:
        accounts: Names of the accounts.
        interval_minutes: Minutes between two loads of an account. An account is late after twice this time.
    """
    with connect() as connection:
        connection.exec_driver_sql(SETUP.format(minutes=2 * interval_minutes))
        for statement in (ADD, REMOVE):
            connection.execute(sql.text(statement), {"accounts": accounts})


def start(account: str, run_id: str) -> None:
    """Note the start of a load, and delete old loads of the account."""
    with connect() as connection:
        for statement in (PRUNE, START):
            connection.execute(sql.text(statement), {"account": account, "run_id": run_id})


def running(account: str) -> list[str]:
    """Return the runs of the account's loads whose end was not noted."""
    with connect() as connection:
        return list(connection.execute(sql.text(RUNNING), {"account": account}).scalars())


def lock_is_stale(account: str) -> bool:
    """Return whether only killed loads can hold Meltano's lock: it expires after five minutes."""
    with connect() as connection:
        return bool(connection.execute(sql.text(LOCK_IS_STALE), {"account": account}).scalar())


def end_killed(run_ids: list[str]) -> None:
    """Note that the processes of these runs were killed."""
    with connect() as connection:
        connection.execute(sql.text(END_KILLED), {"run_ids": run_ids})


def end(run_id: str, status: str, error: str | None, results: Iterable[StreamResult]) -> None:
    """Note the end of a load, and the result of each stream."""
    with connect() as connection:
        for result in results:
            connection.execute(sql.text(STREAM), {"run_id": run_id, **vars(result)})
        connection.execute(sql.text(END), {"run_id": run_id, "status": status, "error": error})


def schemas_with(tables: set[str], schemas: Iterable[str]) -> list[str]:
    """Return the schemas, in order, that have all these tables."""
    query = "SELECT table_schema, array_agg(table_name::text) FROM information_schema.tables GROUP BY table_schema"
    with connect() as connection:
        found = {schema: set(names) for schema, names in connection.execute(sql.text(query))}
    return sorted(schema for schema in schemas if tables <= found.get(schema, set()))
