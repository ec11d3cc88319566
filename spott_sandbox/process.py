"""A sandbox in its own process, for tests and demos."""

import json
import subprocess
import sys
from types import TracebackType
from typing import Any, Self
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

_OPENER = build_opener(ProxyHandler({}))
_TIMEOUT = 60
DEFAULT_KEY = "sandbox-key"

Items = list[dict[str, Any]]
"""`{"id": "c...", "group": "", "watermark": "2024-...Z", "record": {...}}` for each record.

If several lists make up a stream, `group` is the list: `clients` for `/pipeline/clients/stages` and `/clients/columns`.
"""


class SandboxError(Exception):
    """The sandbox did not start, or rejected a call."""


class Sandbox:
    """A running sandbox. As a context manager, it stops at the end of the block.

    Attributes:
        url: The base URL of the API, without a trailing slash.
        api_key: The API key that requests need.
    """

    def __init__(
        self,
        *,
        contacts: int = 200,
        seed: int = 1,
        dirty: bool = False,
        api_key: str = DEFAULT_KEY,
        **settings: object,
    ) -> None:
        """Start a sandbox on a free port and wait until it is ready.

        Args:
            contacts: Number of client contacts; the number of other records is proportional to it.
            seed: Seed of the data: the same seed, the same data.
            dirty: Add records that violate the documentation.
            api_key: The API key that requests need.
            settings: Initial settings, named like the options of `spott-sandbox --help` but with underscores.

        Raises:
            SandboxError: The sandbox did not start, or a setting is invalid.
        """
        command = [sys.executable, "-m", "spott_sandbox", "--child", "--port=0", f"--api-key={api_key}"]
        command += [f"--contacts={contacts}", f"--seed={seed}", *(["--dirty"] if dirty else [])]
        # In its own session, so that Ctrl-C stops the commands that use the sandbox but not the sandbox.
        self._process = subprocess.Popen(  # noqa: S603 - runs this package
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        self.api_key = api_key
        self.url = self._read_address()
        try:
            self.settings(**settings)
        except SandboxError:
            self.stop()
            raise

    def __enter__(self) -> Self:
        """Return the sandbox, which is already running."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the sandbox."""
        self.stop()

    @property
    def pid(self) -> int:
        """The ID of the server's process."""
        return self._process.pid

    def stop(self) -> None:
        """Stop the sandbox and wait until its process has exited."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()

    def settings(self, **changes: object) -> dict[str, Any]:
        """Change settings and return all of them; None resets a setting to its default."""
        result: dict[str, Any] = self._call("PATCH", "settings", changes)
        return result

    def touch(
        self,
        stream: str = "client_contacts",
        *,
        ids: list[str] | None = None,
        count: int = 1,
        fields: dict[str, Any] | None = None,
        watermark_only: bool = False,
        at: str | None = None,
    ) -> dict[str, Any]:
        """Change records.

        Args:
            stream: The stream of a list, such as `opportunities`.
            ids: The IDs of the records; None for `count` random ones.
            count: Number of records, if no IDs are given.
            fields: New values of top-level fields; None to change a text.
            watermark_only: Move the watermark and keep `modifiedAt`.
            at: The new watermark as an ISO 8601 date-time; None for now. Lists without a watermark ignore it.

        Returns:
            `{"ids": [...], "watermark": "2024-...Z"}`.
        """
        changes = {"ids": ids, "count": count, "fields": fields, "watermark_only": watermark_only, "at": at}
        result: dict[str, Any] = self._call("POST", "touch", {"stream": stream, **changes})
        return result

    def delete(self, stream: str, ids: list[str]) -> None:
        """Delete records of a list."""
        self._call("POST", "delete", {"stream": stream, "ids": ids})

    def records(self, stream: str) -> Items:
        """Return every record of a stream as its endpoint sends it, with its watermark and ID.

        Args:
            stream: A list (`client_contacts`, `clients`...) or a detail (`client_details`...). A detail has the ID
                and watermark of its list's record; a person has those of the candidate and the newest contact.
        """
        items: Items = self._call("GET", f"records/{stream}")["items"]
        return items

    def directory(self) -> dict[str, list[dict[str, Any]]]:
        """Return `clients` (with their `company`), `users`, `contact_stages` and `opportunity_stages`."""
        result: dict[str, list[dict[str, Any]]] = self._call("GET", "directory")
        return result

    def requests(self) -> list[dict[str, Any]]:
        """Return the request log, oldest first.

        Each entry has `method`, `path`, `query` (lists by name), `status` (None for no response), `fault`, `started`
        and `ended` (monotonic seconds; `ended` is None until the response), and `in_flight`: the number of other
        requests in flight at the start.
        """
        result: list[dict[str, Any]] = self._call("GET", "requests")
        return result

    def clear_requests(self) -> None:
        """Clear the request log."""
        self._call("DELETE", "requests")

    def _read_address(self) -> str:
        line = self._process.stdout.readline().decode() if self._process.stdout else ""
        if not line:
            self.stop()
            message = f"The sandbox exited with status {self._process.returncode} before it was ready"
            raise SandboxError(message)
        return line.split()[0]

    def _call(self, method: str, name: str, body: object = None) -> Any:  # noqa: ANN401 - any JSON value
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self.url}/_sandbox/{name}", data, method=method)  # noqa: S310 - always the local sandbox
        try:
            with _OPENER.open(request, timeout=_TIMEOUT) as response:
                text = response.read()
        except HTTPError as error:
            with error:
                raise SandboxError(json.loads(error.read())["message"]) from None
        return json.loads(text) if text else None
