"""The sandbox as a process of its own, for tests and demonstrations."""

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

`group` says which of several lists has it: `clients` of `/pipeline/clients/stages` and `/clients/columns`.
"""


class SandboxError(Exception):
    """The sandbox did not start, or refused a call."""


class Sandbox:
    """A running sandbox; a context manager that stops it.

    Attributes:
        url: The address of the API, without a slash at the end.
        api_key: The key that the API asks for.
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
        """Start a sandbox on a free port and wait until it answers.

        Args:
            contacts: How many client contacts it has.
            seed: The same number gives the same data.
            dirty: Add records that break the documentation's word.
            api_key: The key that the API asks for.
            settings: First values of the settings that `spott-sandbox --help` names, with underscores.

        Raises:
            SandboxError: It did not start, or a setting is wrong.
        """
        command = [sys.executable, "-m", "spott_sandbox", "--child", "--port=0", f"--api-key={api_key}"]
        command += [f"--contacts={contacts}", f"--seed={seed}", *(["--dirty"] if dirty else [])]
        # A session of its own: Ctrl-C is for the commands that use the sandbox, which outlives them.
        self._process = subprocess.Popen(  # noqa: S603 - runs this very package
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
        """Return the sandbox, which runs already."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop the sandbox."""
        self.stop()

    @property
    def pid(self) -> int:
        """The id of the server's process."""
        return self._process.pid

    def stop(self) -> None:
        """Stop the sandbox and wait until it has ended."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        self._process.wait()

    def settings(self, **changes: object) -> dict[str, Any]:
        """Change settings and return all of them; None sets one back to its default."""
        result: dict[str, Any] = self._call("PATCH", "settings", changes)
        return result

    def touch(
        self,
        kind: str = "client_contacts",
        *,
        ids: list[str] | None = None,
        count: int = 1,
        fields: dict[str, Any] | None = None,
        watermark_only: bool = False,
        at: str | None = None,
    ) -> dict[str, Any]:
        """Let records change.

        Args:
            kind: The stream of a list, such as `opportunities`.
            ids: Which ones; None for any `count` of them.
            count: How many, where no ids are given.
            fields: New values of top-level fields; None for a change of a text that can be seen.
            watermark_only: Move the watermark and leave `modifiedAt`.
            at: The new watermark as an ISO date-time; None for now. Some lists have none
                to move.

        Returns:
            `{"ids": [...], "watermark": "2024-...Z"}`.
        """
        changes = {"ids": ids, "count": count, "fields": fields, "watermark_only": watermark_only, "at": at}
        result: dict[str, Any] = self._call("POST", "touch", {"kind": kind, **changes})
        return result

    def delete(self, kind: str, ids: list[str]) -> None:
        """Take records of a list out."""
        self._call("POST", "delete", {"kind": kind, "ids": ids})

    def records(self, stream: str) -> Items:
        """Return every record of a stream as its endpoint sends it, with its watermark and id.

        Args:
            stream: A list (`client_contacts`, `clients`...) or a detail (`client_details`...); the latter's id
                and watermark are those of the record that it is of, or the newest of them.
        """
        items: Items = self._call("GET", f"records/{stream}")["items"]
        return items

    def directory(self) -> dict[str, list[dict[str, Any]]]:
        """Return `clients` (with their `company`), `users`, `contact_stages` and `opportunity_stages`."""
        result: dict[str, list[dict[str, Any]]] = self._call("GET", "directory")
        return result

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests that the API was asked, oldest first.

        Each has `method`, `path`, `query` (lists by name), `status` (None for no answer), `fault`, `started`
        and `ended` (monotonic seconds; None while it is served), and `in_flight`: how many were served then.
        """
        result: list[dict[str, Any]] = self._call("GET", "requests")
        return result

    def clear_requests(self) -> None:
        """Forget the requests so far."""
        self._call("DELETE", "requests")

    def _read_address(self) -> str:
        line = self._process.stdout.readline().decode() if self._process.stdout else ""
        if not line:
            self.stop()
            message = f"The sandbox ended with status {self._process.returncode} before it answered"
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
