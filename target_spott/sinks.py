"""The sink for streams whose records are client contacts."""

from collections.abc import Sequence
from itertools import islice
from typing import Any

from singer_sdk import RecordSink, Target
from singer_sdk.typing import DEFAULT_JSONSCHEMA_VALIDATOR
from typing_extensions import override

from spott_singer.config import MAX_MESSAGE_LENGTH
from target_spott.operations import DELETED_AT, InvalidRecordError, SourceRecord
from target_spott.session import LoadSession
from target_spott.validators import FieldError

MAX_SCHEMA_ERRORS = 5
"""Errors to list of a record that doesn't match its SCHEMA message."""


class ClientContactsSink(RecordSink):
    """Validates each record against its SCHEMA message, and submits it to the session."""

    name = "client_contacts"

    def __init__(
        self, target: Target, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        super().__init__(target, stream_name, schema, key_properties)
        self._session: LoadSession = target.session  # type: ignore[attr-defined] # TargetSpott imports this module
        self._schema_validator = DEFAULT_JSONSCHEMA_VALIDATOR(self.schema)

    @override
    def process_record(self, record: dict[str, Any], context: dict[str, Any]) -> None:
        source = SourceRecord(self.stream_name, self.key_properties, record)
        errors = [
            FieldError(
                ".".join(map(str, error.path)) or "record",
                f"doesn't match the SCHEMA message: {error.message[:MAX_MESSAGE_LENGTH]}",
            )
            for error in islice(self._schema_validator.iter_errors(record), MAX_SCHEMA_ERRORS)
        ]
        if errors:
            self._session.reject(source, InvalidRecordError(errors))
        else:
            self._session.submit(source)

    @override
    def _validate_and_parse(self, record: dict[str, Any]) -> dict[str, Any]:
        """Skip the SDK's validation, which logs the first invalid record or timestamp and ends the run."""
        return record

    @override
    def _remove_sdc_metadata_from_record(self, record: dict[str, Any]) -> None:
        """Keep the mark of a deleted row, so that the row is rejected."""
        deleted = {DELETED_AT: record[DELETED_AT]} if record.get(DELETED_AT) is not None else {}
        super()._remove_sdc_metadata_from_record(record)
        record.update(deleted)

    @override
    def _singer_validate_message(self, record: dict[str, Any]) -> None:
        """Accept records that lack their key: a record without `id` creates a contact."""
