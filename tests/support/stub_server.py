"""A stub server with fixed responses."""

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

DATE = "Sat, 31 May 2025 10:20:30 GMT"
FOUND = b'{"id": "found"}'


@dataclass
class StubResponse:
    """One response."""

    status: int = 200
    body: bytes = FOUND
    headers: dict[str, str] = field(default_factory=dict)


class StubServer(ThreadingHTTPServer):
    """A server that sends these responses in order, and then repeats the last one."""

    daemon_threads = True

    def __init__(self, *responses: StubResponse) -> None:
        self.responses = list(responses)
        self.requests: list[tuple[str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), Handler)
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def server_close(self) -> None:
        self.shutdown()
        super().server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Records a request and sends the next response."""

    server: StubServer

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))
        response = self.server.responses.pop(0) if len(self.server.responses) > 1 else self.server.responses[0]
        self.send_response_only(response.status)
        for name, value in ({"Date": DATE, "Content-Length": str(len(response.body))} | response.headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()
