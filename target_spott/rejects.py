"""The file of the records that were rejected, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from target_spott.jsonl import JsonLines

if TYPE_CHECKING:
    from target_spott.operations import Source


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
