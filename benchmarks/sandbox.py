"""The local Spott that all contenders read, and the book it keeps of their requests."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from benchmarks.contenders import TAP_SPOTT
from benchmarks.environments import scripts

_OPENER = build_opener(ProxyHandler({}))


class Sandbox:
    """A running sandbox."""

    def __init__(self, url: str, key: str) -> None:
        """Take its address and key."""
        self._url = url
        self.environment = {
            f"{prefix}_{name}": value
            for prefix in ("TAP_SPOTT", "TAP_PLAIN", "TARGET_SPOTT")  # the plain SDK tap reads its own
            for name, value in {"API_URL": url, "API_KEY": key}.items()
        }

    def candidates(self) -> int:
        """Return how many people there are behind the contacts: so many details."""
        return len(self._records("client_contact_details"))

    def contacts(self) -> list[dict[str, Any]]:
        """Return every contact."""
        return self._records("client_contacts")

    def answers(self) -> Counter[int | None]:
        """Return how often each status was answered since the last call."""
        with _OPENER.open(f"{self._url}/_sandbox/requests") as answer:
            statuses = Counter(request["status"] for request in json.load(answer))
        forget = Request(f"{self._url}/_sandbox/requests", method="DELETE")  # noqa: S310 - always the local sandbox
        _OPENER.open(forget).close()
        return statuses

    def touch(self, stream: str, count: int) -> None:
        """Change some records."""
        body = json.dumps({"stream": stream, "count": count}).encode()
        _OPENER.open(Request(f"{self._url}/_sandbox/touch", body, method="POST")).close()  # noqa: S310 - always the local sandbox

    def _records(self, stream: str) -> list[dict[str, Any]]:
        with _OPENER.open(f"{self._url}/_sandbox/records/{stream}") as answer:
            return [item["record"] for item in json.load(answer)["items"]]


@contextmanager
def sandbox(contacts: int, *, latency: float = 0, quota: int = 0) -> Iterator[Sandbox]:
    """Run a sandbox without compression: not every contender would ask for it."""
    command = [str(scripts(TAP_SPOTT) / "spott-sandbox"), "--port=0", "--no-gzip", f"--contacts={contacts}"]
    command += [f"--latency={latency}", f"--quota={quota}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            # It prints `http://127.0.0.1:PORT key KEY` as soon as it answers.
            line = process.stdout.readline().split() if process.stdout else []
            yield Sandbox(line[0], line[2])
        finally:
            process.terminate()
