"""The rejects file: rejected records, each with the reason."""

from target_spott.jsonl import JsonLinesFile
from target_spott.operations import SourceRecord


class RejectsFile(JsonLinesFile):
    """The rejected records, in a form that target-spott reads again once they are corrected."""

    def __init__(self, path: str) -> None:
        """Open the file and check its lines.

        Raises:
            ConfigError: The file can't be opened, or is damaged.
        """
        super().__init__("rejects_path", path)
        for _ in self.read():
            pass

    def write(self, source: SourceRecord, reason: str, request_id: str | None = None, **details: object) -> None:
        """Append a record with the reason; details that are None are left out.

        Raises:
            ConfigError: The file can't be written to.
        """
        known = {name: value for name, value in details.items() if value is not None}
        self.append(
            {"record": source.record, "reason": reason, "requestId": request_id}
            | known
            | {"stream": source.stream, "key_properties": list(source.keys)}
        )
