"""A fake server with one list per kind of pagination, whose records change between requests."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from spott_client.client import SpottClient
from spott_client.rate_limiter import RateLimiter
from spott_client.worker_pool import WorkerPool
from tests.support.client import make_client
from tests.support.fake_list import Row

START = datetime(2025, 6, 1, 12, tzinfo=UTC)
Query = dict[str, list[str]]


def cursor_of(row: Row) -> str:
    """Return a row's cursor; cursors sort like their rows."""
    return f"{row.watermark.isoformat()} {row.id:04}"


@dataclass(frozen=True)
class Change:
    """A change of a record: "touched", "deleted" or "added"."""

    kind: str
    id: int


class FakeSpott:
    """Lists of the same records, one path per kind of pagination; each request takes a second.

    Args:
        ages: The ages of the records, in seconds.
        changes: The changes, by the number of the request (from 0) before which they happen.
    """

    def __init__(self, ages: Sequence[int] = (), changes: dict[int, Change] | None = None) -> None:
        self.rows = {number: Row(number, START - timedelta(seconds=age)) for number, age in enumerate(ages)}
        self.requests: list[tuple[str, Query]] = []
        self.error_statuses = {"/gone": 404}
        """Status of the responses, by path; others have status 200."""
        self.rejected_cursors: dict[int, int] = {}
        """Status of the responses to requests with a cursor, by the number of the request (from 0)."""
        self._changes = changes or {}
        self._lock = Lock()

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=len(self.requests))

    def respond(self, path: str, query: Query) -> tuple[int, datetime, Any]:
        """Return the status, the time and the body of a response."""
        with self._lock:
            now = self.now
            self._change(now)
            self.requests.append((path, query))
            handlers = {"/bounded": self._bounded, "/unbounded": self._unbounded, "/numbered": self._numbered}
            handler = self._detail if path.startswith("/things/") else handlers.get(path, self._all)
            status = self.rejected_cursors.get(len(self.requests) - 1, 200) if _follows_page(query) else 200
            return self.error_statuses.get(path, status), now, handler(query)

    def expected(self, since: datetime | None, until: datetime) -> set[tuple[int, int]]:
        """Return the current keys of the records with these watermarks."""
        with self._lock:
            return {row.key for row in self.rows.values() if (since or row.watermark) <= row.watermark <= until}

    def _bounded(self, query: Query) -> dict[str, Any]:
        until = datetime.fromisoformat(query["modifiedUntil"][0]) if "modifiedUntil" in query else self.now
        return self._page([row for row in self._since(query) if row.watermark <= until], query)

    def _unbounded(self, query: Query) -> dict[str, Any]:
        return self._page(self._since(query), query)

    def _detail(self, query: Query) -> dict[str, Any]:
        """Return an object with a list of parts in two pages."""
        part, cursor = (2, None) if query else (1, "2")
        return {"id": "there", "parts": [{"part": part}], "pagination": {"cursor": cursor}}

    def _all(self, _: Query) -> list[dict[str, Any]]:
        return items(list(self.rows.values()))

    def _page(self, rows: list[Row], query: Query) -> dict[str, Any]:
        after = query.get("cursor", [""])[0]
        later = [row for row in sorted(rows, key=cursor_of) if cursor_of(row) > after]
        shown = later[: int(query["limit"][0])]
        return {
            "items": items(shown),
            "pagination": {"cursor": cursor_of(shown[-1]) if len(shown) < len(later) else None},
        }

    def _numbered(self, query: Query) -> dict[str, Any]:
        """Return a page by its number, newest records first, so that each change moves other records."""
        rows = sorted(self._since(query), key=cursor_of, reverse=True)
        size, page = int(query["pageSize"][0]), int(query["page"][0])
        shown = rows[page * size : (page + 1) * size]
        return {"rows": items(shown), "pagination": {"hasMore": len(rows) > (page + 1) * size}}

    def _since(self, query: Query) -> list[Row]:
        since = query.get("modifiedSince", ["1970-01-01T00:00:00Z"])[0]
        return [row for row in self.rows.values() if row.watermark >= datetime.fromisoformat(since)]

    def _change(self, now: datetime) -> None:
        change = self._changes.get(len(self.requests))
        if change is None:
            return
        if change.kind == "added":
            self.rows[1000 + change.id] = Row(1000 + change.id, now)
        elif change.id in self.rows and change.kind == "touched":
            row = self.rows[change.id]
            self.rows[change.id] = replace(row, watermark=now, version=row.version + 1)
        elif change.id in self.rows:
            del self.rows[change.id]


def _follows_page(query: Query) -> bool:
    return "cursor" in query or query.get("page", ["0"]) != ["0"]


def items(rows: list[Row]) -> list[dict[str, Any]]:
    return [{"id": row.id, "version": row.version} for row in rows]


class Handler(BaseHTTPRequestHandler):
    """Sends the responses of the server's FakeSpott."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "FakeServer"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        status, now, body = self.server.spott.respond(address.path, parse_qs(address.query))
        text = json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("Date", format_datetime(now, usegmt=True))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class FakeServer(ThreadingHTTPServer):
    """A server for a FakeSpott, which each test replaces."""

    daemon_threads = True
    spott = FakeSpott()

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Yield a running server."""
        with cls(("127.0.0.1", 0), Handler) as server:
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            yield server
            server.shutdown()

    def client(self, pool: WorkerPool | None = None, max_retries: int = 0) -> SpottClient:
        return make_client(
            f"http://127.0.0.1:{self.server_port}",
            max_retries=max_retries,
            pool=pool or WorkerPool(2),
            rate_limiter=RateLimiter(100_000),
        )
