"""A server that says what it was told to say."""

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

DATE = "Sat, 31 May 2025 10:20:30 GMT"
FOUND = b'{"id": "found"}'


@dataclass
class Said:
    """One answer of a server."""

    status: int = 200
    body: bytes = FOUND
    headers: dict[str, str] = field(default_factory=dict)


class Scripted(ThreadingHTTPServer):
    """A server that gives these answers, one after the other, and then the last one for ever."""

    daemon_threads = True

    def __init__(self, *script: Said) -> None:
        self.script = list(script)
        self.asked: list[tuple[str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), Handler)
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers from the server's script."""

    server: Scripted

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        said = self.server.script.pop(0) if len(self.server.script) > 1 else self.server.script[0]
        self.send_response_only(said.status)
        for name, value in ({"Date": DATE, "Content-Length": str(len(said.body))} | said.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(said.body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
