"""Start the sandbox that all contenders read, and query its request log."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from benchmarks.contenders import TAP_SPOTT
from benchmarks.environments import scripts

_OPENER = build_opener(ProxyHandler({}))


class Sandbox:
    """A running sandbox."""

    def __init__(self, url: str, key: str) -> None:
        """Use the sandbox at this URL."""
        self._url = url
        self.environment = {
            f"{prefix}_{name}": value
            for prefix in ("TAP_SPOTT", "TAP_PLAIN", "TARGET_SPOTT")  # the plain SDK tap is named tap-plain
            for name, value in {"API_URL": url, "API_KEY": key}.items()
        }

    def candidate_count(self) -> int:
        """Return the number of candidates of all contacts, which is the number of detail records."""
        return len(self._records("client_contact_details"))

    def contacts(self) -> list[dict[str, Any]]:
        """Return every contact."""
        return self._records("client_contacts")

    def pop_statuses(self) -> Counter[int | None]:
        """Return the number of responses by status since the last call."""
        with _OPENER.open(f"{self._url}/_sandbox/requests") as response:
            statuses = Counter(request["status"] for request in json.load(response))
        clear = Request(f"{self._url}/_sandbox/requests", method="DELETE")  # noqa: S310 - always the local sandbox
        _OPENER.open(clear).close()
        return statuses

    def touch(self, stream: str, count: int) -> None:
        """Change this number of records."""
        body = json.dumps({"stream": stream, "count": count}).encode()
        _OPENER.open(Request(f"{self._url}/_sandbox/touch", body, method="POST")).close()  # noqa: S310 - always the local sandbox

    def _records(self, stream: str) -> list[dict[str, Any]]:
        with _OPENER.open(f"{self._url}/_sandbox/records/{stream}") as response:
            return [item["record"] for item in json.load(response)["items"]]


@contextmanager
def sandbox(
    contacts: int,
    *,
    latency: float = 0,
    rate_limit: int = 0,
    faults: Mapping[str, float] | None = None,
    fault_seed: int = 0,
) -> Iterator[Sandbox]:
    """Run a sandbox without compression, because not every contender requests it.

    Args:
        contacts: Number of contacts.
        latency: Seconds that each response takes.
        rate_limit: Requests per minute; 0 for no limit.
        faults: The share of requests that fail, by the kind of fault.
        fault_seed: Seed of the faults.
    """
    command = [str(scripts(TAP_SPOTT) / "spott-sandbox"), "--port=0", "--no-gzip", f"--contacts={contacts}"]
    command += [f"--latency={latency}", f"--quota={rate_limit}", f"--fault-seed={fault_seed}"]
    command += [f"--fault={kind}={share}" for kind, share in (faults or {}).items()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            # The sandbox prints `http://127.0.0.1:PORT key KEY` once it is listening.
            line = process.stdout.readline().split() if process.stdout else []
            yield Sandbox(line[0], line[2])
        finally:
            process.terminate()
