"""The one sink: records that are client contacts."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from singer_sdk import Sink
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from typing_extensions import override

from target_spott.operations import DELETED, InvalidError, Source
from target_spott.validators import Problem

MAX_MESSAGE_LENGTH = 200
"""Characters of a validation message; a value may hold anything."""

if TYPE_CHECKING:
    from collections.abc import Sequence

    from target_spott.target import TargetSpott

NOT_AS_SAID = "not as the SCHEMA message says"

MOST_ERRORS = 5
"""To list of a record that is not what its SCHEMA message says."""


class ClientContacts(Sink):
    """Hands each record on as soon as it comes. Nothing is collected here, so the SDK has nothing to drain."""

    name = "client_contacts"
    is_full = False

    def __init__(
        self, target: TargetSpott, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        """Take what the SDK gives."""
        super().__init__(target, stream_name, schema, key_properties)
        self._target = target
        self._schema_validator = DEFAULT_JSONSCHEMA_VALIDATOR(self.schema)

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        source = Source(self.stream_name, self.key_properties, record)
        errors = islice(self._schema_validator.iter_errors(record), MOST_ERRORS)
        problems = [
            Problem(".".join(map(str, error.path)) or "record", f"{NOT_AS_SAID}: {error.message[:MAX_MESSAGE_LENGTH]}")
            for error in errors
        ]
        if problems:
            self._target.run.reject(source, InvalidError(problems))
        else:
            self._target.run.take(source)

    @override
    def process_batch(self, context: dict[str, Any]) -> None:
        """Do nothing: there are no batches."""

    @override
    def get_validator(self) -> None:
        """Return none: the SDK's ends the run at the first bad record, and shows it in the log."""

    @override
    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Leave times as they are written. The SDK would end the run at the first that is wrong."""
        return record

    @override
    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        """Keep that a row was deleted, which is no record to send."""
        deleted = {DELETED: record[DELETED]} if record.get(DELETED) is not None else {}
        super()._remove_sdc_metadata_from_record(record)
        record.update(deleted)

    @override
    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """Let records pass that lack their key: without `id` they create."""
