"""The outcomes file: what happened to each record. Later runs read it, so that no contact is created twice."""

from typing import Any, NamedTuple

from target_spott.jsonl import JsonLinesFile
from target_spott.operations import Operation

OUTCOMES = ("created", "updated", "unchanged", "rejected", "unknown")


class Created(NamedTuple):
    """A create that was sent: its fingerprint, and the new contact's id, or None if no response had the id."""

    fingerprint: str
    contact_id: str | None


class OutcomeLog(JsonLinesFile):
    """A write-ahead log of creates, and the outcome of every operation.

    A line with the operation `creating` is on disk before the create is sent. If no later line has its outcome, the
    contact may or may not exist.
    """

    def __init__(self, path: str) -> None:
        """Open the file and read the creates of earlier runs.

        Raises:
            ConfigError: The file can't be opened, or is damaged.
        """
        super().__init__("outcomes_path", path)
        self._created: dict[str, Created] = {}
        for line in self.read():
            self._remember(line)

    def created(self, operation: Operation) -> Created | None:
        """Return the same create if this run or an earlier one has sent it."""
        return self._created.get(operation.idempotency_key)

    def begin(self, operation: Operation) -> None:
        """Append that a create is about to be sent.

        Raises:
            ConfigError: The file can't be written to, so the create must not be sent.
        """
        self._write({"operation": "creating", **self._identify(operation)}, fsync=True)

    def write(self, outcome: str, operation: Operation, contact_id: str | None = None, **details: object) -> None:
        """Append an operation's outcome; details that are None are left out.

        Raises:
            ConfigError: The file can't be written to.
        """
        line = {"operation": outcome, "id": contact_id or operation.contact_id, **self._identify(operation)}
        self._write(line | {name: value for name, value in details.items() if value is not None})

    def _identify(self, operation: Operation) -> dict[str, Any]:
        identity: dict[str, Any] = {"record": operation.source.reference}
        if operation.creates:
            identity |= {"create": operation.idempotency_key, "content": operation.fingerprint}
        return identity

    def _write(self, line: dict[str, Any], *, fsync: bool = False) -> None:
        self.append(line, fsync=fsync)
        self._remember(line)

    def _remember(self, line: dict[str, Any]) -> None:
        key, fingerprint = line.get("create"), line.get("content")
        if not isinstance(key, str) or not isinstance(fingerprint, str):
            return
        match line.get("operation"):
            case "creating" | "created":
                self._created[key] = Created(fingerprint, line.get("id"))
            case "rejected":
                self._created.pop(key, None)
