"""A server with one list in each family, whose records change from one request to the next as a test says."""

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
from tests.support.fake_list import Row

BEGAN = datetime(2025, 6, 1, 12, tzinfo=UTC)
Query = dict[str, list[str]]


def place(row: Row) -> str:
    """Return where a row stands, as a cursor that sorts."""
    return f"{row.watermark.isoformat()} {row.id:04}"


@dataclass(frozen=True)
class Change:
    """What becomes of a record: it is touched, deleted or added."""

    kind: str
    id: int


class Spott:
    """Lists of the same records, one path for each family; a second passes from one request to the next.

    Args:
        ages: Of its records, in seconds.
        changes: At which request (counted from 0) what changes.
    """

    def __init__(self, ages: Sequence[int] = (), changes: dict[int, Change] | None = None) -> None:
        self.rows = {number: Row(number, BEGAN - timedelta(seconds=age)) for number, age in enumerate(ages)}
        self.asked: list[tuple[str, Query]] = []
        self.refused = {"/gone": 404}
        """Status by path, for those that are not answered with 200."""
        self.refused_cursors: dict[int, int] = {}
        """Status by the number of a request, counted from 0, if it asks for a page after the first."""
        self._changes = changes or {}
        self._lock = Lock()

    @property
    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=len(self.asked))

    def answer(self, path: str, query: Query) -> tuple[int, datetime, Any]:
        """Return status, time and body."""
        with self._lock:
            now = self.now
            self._change(now)
            self.asked.append((path, query))
            answers = {"/bounded": self._bounded, "/unbounded": self._unbounded, "/numbered": self._numbered}
            answer = self._detail if path.startswith("/things/") else answers.get(path, self._all)
            status = self.refused_cursors.get(len(self.asked) - 1, 200) if _follows_page(query) else 200
            return self.refused.get(path, status), now, answer(query)

    def expected(self, since: datetime | None, until: datetime) -> set[tuple[int, int]]:
        """Return the records whose watermark lies there, as they are now."""
        with self._lock:
            return {row.key for row in self.rows.values() if (since or row.watermark) <= row.watermark <= until}

    def _bounded(self, query: Query) -> dict[str, Any]:
        until = datetime.fromisoformat(query["modifiedUntil"][0]) if "modifiedUntil" in query else self.now
        return self._page([row for row in self._since(query) if row.watermark <= until], query)

    def _unbounded(self, query: Query) -> dict[str, Any]:
        return self._page(self._since(query), query)

    def _detail(self, query: Query) -> dict[str, Any]:
        """Return an object that has, in two pages, parts too."""
        part, cursor = (2, None) if query else (1, "2")
        return {"id": "there", "parts": [{"part": part}], "pagination": {"cursor": cursor}}

    def _all(self, _: Query) -> list[dict[str, Any]]:
        return items(list(self.rows.values()))

    def _page(self, rows: list[Row], query: Query) -> dict[str, Any]:
        after = query.get("cursor", [""])[0]
        later = [row for row in sorted(rows, key=place) if place(row) > after]
        shown = later[: int(query["limit"][0])]
        return {"items": items(shown), "pagination": {"cursor": place(shown[-1]) if len(shown) < len(later) else None}}

    def _numbered(self, query: Query) -> dict[str, Any]:
        """Return a page by its number, newest first: each change shifts the others."""
        rows = sorted(self._since(query), key=place, reverse=True)
        size, page = int(query["pageSize"][0]), int(query["page"][0])
        shown = rows[page * size : (page + 1) * size]
        return {"rows": items(shown), "pagination": {"hasMore": len(rows) > (page + 1) * size}}

    def _since(self, query: Query) -> list[Row]:
        since = query.get("modifiedSince", ["1970-01-01T00:00:00Z"])[0]
        return [row for row in self.rows.values() if row.watermark >= datetime.fromisoformat(since)]

    def _change(self, now: datetime) -> None:
        change = self._changes.get(len(self.asked))
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
    """Answers for the server's Spott."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: "Server"

    def do_GET(self) -> None:
        address = urlsplit(self.path)
        status, now, body = self.server.spott.answer(address.path, parse_qs(address.query))
        text = json.dumps(body).encode()
        self.send_response_only(status)
        self.send_header("Date", format_datetime(now, usegmt=True))
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


class Server(ThreadingHTTPServer):
    """A server whose Spott is another one for each example."""

    daemon_threads = True
    spott = Spott()

    @classmethod
    @contextmanager
    def running(cls) -> Iterator[Self]:
        """Give a server that runs meanwhile."""
        with cls(("127.0.0.1", 0), Handler) as server:
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            yield server
            server.shutdown()

    def client(self) -> SpottClient:
        return SpottClient(
            api_key="k",
            api_url=f"http://127.0.0.1:{self.server_port}",
            user_agent="test",
            request_timeout=10,
            max_retries=0,
            concurrency=2,
            rate_limiter=RateLimiter(100_000),
        )
