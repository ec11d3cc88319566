"""The two files that a run leaves: what was done, from which later runs learn, and what was rejected, and why."""

from __future__ import annotations

import errno
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from spott_client.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from target_spott.contacts import Change, Source

if sys.platform != "win32":
    import fcntl


class JsonLines:
    """A file of JSON lines that is added to a whole line at a time, so that a kill loses none of those before."""

    def __init__(self, setting: str, path: str) -> None:
        """Open the file, for this process alone; a new one is readable for its owner alone.

        Args:
            setting: What messages call it.
            path: Where it is.

        Raises:
            ConfigError: It can't be opened, or another process has.
        """
        self._setting = setting
        self.path = Path(path)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            if sys.platform != "win32":
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            msg = f"{setting}: another target-spott is writing to {path}; wait for it, or name another file"
            raise ConfigError(msg) from None
        except OSError as error:
            raise self._failure(error) from None

    def read(self, take: Callable[[dict[str, Any]], None]) -> None:
        """Give each line that is in the file to `take`, and cut off what a crash has left of one.

        Raises:
            ConfigError: A line is no JSON object.
        """
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    take(msgspec.json.decode(line, type=dict[str, Any]))
                except ValueError:
                    if line.endswith(b"\n"):
                        msg = f"{self._setting}: line {number} of {self.path} is no JSON object; mend or move it"
                        raise ConfigError(msg) from None
                    os.truncate(self._file, file.tell() - len(line))
                else:
                    if not line.endswith(b"\n"):
                        os.write(self._file, b"\n")

    def write(self, line: dict[str, Any], *, durably: bool = False) -> None:
        """Add a line; durably: so that not even a power failure loses it.

        Raises:
            ConfigError: The file can't be written to.
        """
        encoded = msgspec.json.encode(line, enc_hook=str) + b"\n"
        try:
            written = os.write(self._file, encoded)
            if durably:
                os.fsync(self._file)
        except OSError as error:
            raise self._failure(error) from None
        if written < len(encoded):
            raise self._failure(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    def is_same_file(self, descriptor: int) -> bool:
        """Tell whether an open file is this one."""
        return os.path.samestat(os.fstat(descriptor), os.fstat(self._file))

    def close(self) -> None:
        """Close the file; remove it if it holds nothing."""
        if os.fstat(self._file).st_size == 0:
            self.path.unlink(missing_ok=True)
        os.close(self._file)

    def _failure(self, error: OSError) -> ConfigError:
        return ConfigError(f"{self._setting}: {self.path}: {error.strerror}")


class Rejects:
    """The records that were not taken, each in a form that can be mended and sent again."""

    def __init__(self, path: str) -> None:
        """Take the file's path.

        Raises:
            ConfigError: The file can't be opened.
        """
        self._file = JsonLines("rejects_path", path)
        self._file.read(lambda _: None)
        self.path = self._file.path
        self.is_same_file = self._file.is_same_file
        self.close = self._file.close

    def write(self, source: Source, reason: str, request_id: str | None = None, **more: object) -> None:
        """Write a record with what is wrong about it.

        Raises:
            ConfigError: The file can't be written to.
        """
        line = {"record": source.record, "reason": reason, "requestId": request_id}
        told = {name: value for name, value in more.items() if value is not None}
        self._file.write(line | told | {"stream": source.stream, "key_properties": list(source.keys)})


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
