"""The file of what was done with each record, from which later runs learn."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from target_spott.jsonl import JsonLines

if TYPE_CHECKING:
    from target_spott.operations import Change


class Created(NamedTuple):
    """What is known of a create that was sent once: a digest of what was sent, and the new id if it has come back."""

    content: str
    contact_id: str | None


class Outcomes:
    """What was done with each record; and of creates also that they are about to be sent, for they must not be twice.

    A later run that is given the same record finds it here. If a create was about to be sent, and nothing after that
    tells what became of it, nobody but Spott knows.
    """

    def __init__(self, path: str) -> None:
        """Read what earlier runs have done.

        Raises:
            ConfigError: The file can't be read.
        """
        self._file = JsonLines("outcomes_path", path)
        self._lock = threading.Lock()
        self._created: dict[str, Created] = {}
        self._file.read(self._learn)
        self.path = self._file.path
        self.close = self._file.close

    def created(self, change: Change) -> Created | None:
        """Return what is known of the same create, from this run or an earlier one."""
        with self._lock:
            return self._created.get(change.identity)

    def begin(self, change: Change) -> None:
        """Write that a create is about to be sent, before it is.

        Raises:
            ConfigError: The file can't be written to; then it must not be sent.
        """
        self._write({"operation": "creating", **self._about(change)}, durably=True)

    def write(self, operation: str, change: Change, contact_id: str | None = None, **more: object) -> None:
        """Write what was done.

        Raises:
            ConfigError: The file can't be written to.
        """
        line = {"operation": operation, "id": contact_id or change.contact_id, **self._about(change)}
        self._write(line | {name: value for name, value in more.items() if value is not None})

    def _about(self, change: Change) -> dict[str, Any]:
        about: dict[str, Any] = {"record": change.source.reference}
        if change.contact_id is None:
            about |= {"create": change.identity, "content": change.content}
        return about

    def _write(self, line: dict[str, Any], *, durably: bool = False) -> None:
        self._file.write(line, durably=durably)
        with self._lock:
            self._learn(line)

    def _learn(self, line: dict[str, Any]) -> None:
        identity, content, contact_id = line.get("create"), line.get("content"), line.get("id")
        if not isinstance(identity, str) or not isinstance(content, str):
            return
        if line["operation"] in {"creating", "created"}:
            self._created[identity] = Created(content, contact_id)
        elif line["operation"] == "rejected":
            self._created.pop(identity, None)
